// Elementwise activations: y = f(x), dx = dy · f′. Each function is a struct; two kernels run them all.
//
//     FromOutput   f′ is had from y as exactly as from x, so Y is all that backward reads:
//                      Vec<T> value(Vec<T> x), slope(Vec<T> y)
//     WithSlope    f′ comes out of the same work as f, so it is kept in place of X:
//                      Result<T> operator()(Vec<T> x)
//
// Both may write Y over X. Structs are made from the options. The formulas, and what is done at kinks and infinities,
// are those of src/chainrule/ops/activations. dy · f′ is a product also where f′ = 0, so no NaN or ∞ of dy is lost.
#pragma once

#include "table.hpp"

namespace chainrule {
namespace activation {

template <class T, template <class> class F>
class Elementwise : public Kernel<T> {
public:
    explicit Elementwise(const Step& step) : Kernel<T>(step), f_(step.options) { require_same_size(step); }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    double work() const override { return static_cast<double>(this->out.size) * F<T>::work; }

protected:
    // Rows lo … hi are one run of numbers.
    Index numbers(Index lo, Index hi) const { return (hi - lo) * this->out.size; }

    F<T> f_;
};

template <class T, template <class> class F>
class FromOutput final : public Elementwise<T, F> {
public:
    using Elementwise<T, F>::Elementwise;

    bool reads_output_again() const override { return true; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        map(this->numbers(lo, hi), run.at(this->in[0].value, lo), run.at(this->out.value, lo),
            [f = this->f_](Vec<T> x) __attribute__((always_inline)) { return f.value(x); });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        map(this->numbers(lo, hi), run.at(this->out.gradient, lo), run.at(this->out.value, lo),
            run.at(this->in[0].gradient, lo),
            [f = this->f_](Vec<T> dy, Vec<T> y) __attribute__((always_inline)) { return dy * f.slope(y); });
    }
};

template <class T>
struct Result {
    Vec<T> value, slope;
};

template <class T, template <class> class F>
class WithSlope final : public Elementwise<T, F> {
public:
    using Elementwise<T, F>::Elementwise;

    void reserve(Plan& plan) override {
        if (plan.training() && this->in[0].wanted()) slope_ = plan.rows(this->out.size);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* X = run.at(this->in[0].value, lo);
        T* Y = run.at(this->out.value, lo);
        const Index n = this->numbers(lo, hi);
        if (slope_ < 0)  // the compiler leaves out what only the slope needs
            map(n, X, Y, [f = this->f_](Vec<T> x) __attribute__((always_inline)) { return f(x).value; });
        else
            keep_slope(n, X, Y, run.at(slope_, lo));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        map(this->numbers(lo, hi), run.at(this->out.gradient, lo), run.at(slope_, lo),
            run.at(this->in[0].gradient, lo), [](Vec<T> dy, Vec<T> slope) { return dy * slope; });
    }

private:
    void keep_slope(Index n, const T* X, T* Y, T* D) const {
        const F<T> f = this->f_;
        Index i = 0;
        for (; i + lanes<T> <= n; i += lanes<T>) {
            const Result<T> y = f(load(X + i));
            store(Y + i, y.value), store(D + i, y.slope);
        }
        if (const int rest = static_cast<int>(n - i)) {
            const Result<T> y = f(load_part(X + i, rest));
            store_part(Y + i, y.value, rest), store_part(D + i, y.slope, rest);
        }
    }

    int slope_ = -1;
};

// Entries of the table: all["relu"] = from_output<Relu, T>;
template <template <class> class F, class T>
std::unique_ptr<Kernel<T>> from_output(const Step& step) {
    return std::make_unique<FromOutput<T, F>>(step);
}
template <template <class> class F, class T>
std::unique_ptr<Kernel<T>> with_slope(const Step& step) {
    return std::make_unique<WithSlope<T, F>>(step);
}

// What a number costs, in multiply-adds of a dense layer: by it the number of threads is chosen.
struct Cheap {
    static constexpr double work = 2;
};
struct Costly {  // an exponential, a division
    static constexpr double work = 16;
};

// Functions without options are made from them all the same.
template <class Cost>
struct Plain : Cost {
    explicit Plain(const Options&) {}
};

// x held within lowest … highest; NaN stays.
template <class T>
CHAINRULE_INLINE Vec<T> clip(Vec<T> x, T lowest, T highest) {
    return smaller<T>(larger<T>(x, broadcast<T>(lowest)), broadcast<T>(highest));
}

}  // namespace activation

template <class T>
void add_rectified(Kernels<T>&);  // activations_rectified.cpp
template <class T>
void add_smooth(Kernels<T>&);  // activations_smooth.cpp

}  // namespace chainrule
