// Losses that are a sum or a mean over the last axis of one formula for each number: l = share · Σₒ f(pₒ, tₒ).
//
// A formula is a class template on T, made from Options, with
//     Point<T> at(Vec<T> p, Vec<T> t) const      f and ∂f/∂p
//     static constexpr Over over                 whether the last axis is summed or averaged
#pragma once

#include "loss.hpp"
#include "rows.hpp"

namespace chainrule {

template <class T>
struct Point {
    Vec<T> value, slope;
};

enum class Over { mean, sum };

template <template <class> class Formula, class T>
class Pointwise final : public Loss<T> {
public:
    Pointwise(Index width, const Options& options)
        : Loss<T>(width),
          formula_(options),
          share_(Formula<T>::over == Over::mean ? static_cast<T>(1.0 / static_cast<double>(width)) : T(1)) {}

    void measure(Index rows, const T* P, const void* targets, T* L, const T* dL, T* dP) const override {
        const auto* Y = static_cast<const T*>(targets);
        if (this->width == 1) across_rows(rows, P, Y, L, dL, dP);
        else along_rows(rows, P, Y, L, dL, dP);
    }

private:
    // One number a row: vectors hold many rows.
    void across_rows(Index rows, const T* P, const T* Y, T* L, const T* dL, T* dP) const {
        const Formula<T> formula = formula_;
        for (Index r = 0; r < rows; r += lanes<T>) {
            const int n = filled<T>(rows - r);
            const Point<T> point = formula.at(load_first(P + r, n), load_first(Y + r, n));
            store_first(L + r, point.value, n);
            if (dP) store_first(dP + r, load_first(dL + r, n) * point.slope, n);
        }
    }

    void along_rows(Index rows, const T* P, const T* Y, T* L, const T* dL, T* dP) const {
        const Formula<T> formula = formula_;
        const Index width = this->width;
        const T share = share_;
        for (Index r = 0; r < rows; ++r) {
            Vec<T> sum{};
            for (Index i = r * width, end = i + width; i < end; i += lanes<T>) {
                const int n = filled<T>(end - i);
                const Point<T> point = formula.at(load_first(P + i, n), load_first(Y + i, n));
                sum += first<T>(n, point.value, 0);
                if (dP) store_first(dP + i, (dL[r] * share) * point.slope, n);
            }
            L[r] = sum_of<T>(sum) * share;
        }
    }

    Formula<T> formula_;
    T share_;
};

}  // namespace chainrule
