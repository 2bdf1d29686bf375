// What several losses share: the clip of probabilities, label smoothing, labels that are whole numbers
// (ops/losses/common.py).
#pragma once

#include <stdexcept>

#include "../core/options.hpp"
#include "rows.hpp"

namespace chainrule {

constexpr double epsilon = 1e-7;  // EPSILON in Python

// A NaN stays, as in NumPy's clip.
template <class T>
CHAINRULE_INLINE Vec<T> clipped(Vec<T> x, double low, double high) {
    return smaller<T>(larger<T>(x, broadcast(static_cast<T>(low))), broadcast(static_cast<T>(high)));
}

// 1 where p was not clipped, else 0: a factor, since NaN · 0 stays NaN, as in the reference.
template <class T>
CHAINRULE_INLINE Vec<T> inside(Vec<T> p, Vec<T> q) {
    return select<T>(p == q, broadcast(T(1)), Vec<T>{});
}

// t (1 − s) + s / K
template <class T>
struct Smoothing {
    Smoothing(const Options& options, Index classes) {
        const double s = options.number("label_smoothing", 0);
        kept = static_cast<T>(1 - s), spread = static_cast<T>(s / static_cast<double>(classes));
    }
    CHAINRULE_INLINE Vec<T> operator()(Vec<T> t) const { return t * kept + spread; }

    T kept, spread;
};

// The last guard before labels are used as positions; Python has looked at them and says it better.
inline const std::int64_t* checked_labels(const void* targets, Index rows, Index classes) {
    const auto* labels = static_cast<const std::int64_t*>(targets);
    bool outside = false;
    for (Index r = 0; r < rows; ++r) outside |= labels[r] < 0 || labels[r] >= classes;
    if (outside) throw std::out_of_range("a label is outside 0 ... classes - 1");
    return labels;
}

}  // namespace chainrule
