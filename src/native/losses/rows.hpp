// How losses walk along a row, and what they make of its vectors.
//
//     for (Index i = 0; i < width; i += lanes<T>) {
//         const int n = filled<T>(width - i);      lanes<T>, fewer in the last vector
//         Vec<T> x = load_first(X + i, n);         zeros behind the row's end
//     }
#pragma once

#include <utility>

#include "../core/simd.hpp"

namespace chainrule {

template <class T>
CHAINRULE_INLINE int filled(Index left) {
    return left < lanes<T> ? static_cast<int>(left) : lanes<T>;
}

template <class T>
CHAINRULE_INLINE Vec<T> load_first(const T* p, int n) {
    return n == lanes<T> ? load(p) : load_part(p, n);
}
template <class T>
CHAINRULE_INLINE void store_first(T* p, Vec<T> v, int n) {
    if (n == lanes<T>) store(p, v);
    else store_part(p, v, n);
}

template <class T>
using Whole = decltype(Mask<T>{}[0] + 0);
template <class T>
CHAINRULE_INLINE Mask<T> lane_numbers() {
    Mask<T> number;
    for (int i = 0; i < lanes<T>; ++i) number[i] = static_cast<Whole<T>>(i);
    return number;
}

// The first n lanes as they are, `otherwise` in those behind the row's end.
template <class T>
CHAINRULE_INLINE Vec<T> first(int n, Vec<T> v, T otherwise) {
    return select<T>(lane_numbers<T>() < static_cast<Whole<T>>(n), v, broadcast(otherwise));
}
// 1 in one lane and 0 in all others; 0 in all where there is no such lane.
template <class T>
CHAINRULE_INLINE Vec<T> one_at(Index lane) {
    const bool here = 0 <= lane && lane < lanes<T>;
    return select<T>(lane_numbers<T>() == static_cast<Whole<T>>(here ? lane : -1), broadcast(T(1)), Vec<T>{});
}

// Lane i of the answer is lane i XOR step of v.
template <int step, class T, int... i>
CHAINRULE_INLINE Vec<T> exchange(Vec<T> v, std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(v, v, (i ^ step)...);
}
// All lanes joined by f, the far ones first.
template <class T, int step = lanes<T> / 2, class F>
CHAINRULE_INLINE T joined(Vec<T> v, F f) {
    v = f(v, exchange<step, T>(v, std::make_integer_sequence<int, lanes<T>>{}));
    if constexpr (step > 1) return joined<T, step / 2>(v, f);
    return v[0];
}
template <class T>
CHAINRULE_INLINE T sum_of(Vec<T> v) {
    return joined<T>(v, [](Vec<T> a, Vec<T> b) { return a + b; });
}
template <class T>
CHAINRULE_INLINE T largest_of(Vec<T> v) {
    return joined<T>(v, [](Vec<T> a, Vec<T> b) { return larger<T>(a, b); });
}

template <class T>
CHAINRULE_INLINE T sum_along(Index width, const T* X) {
    Vec<T> sum{};
    for (Index i = 0; i < width; i += lanes<T>) sum += load_first(X + i, filled<T>(width - i));
    return sum_of<T>(sum);
}

}  // namespace chainrule
