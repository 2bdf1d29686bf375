// Sweep: one pass over a piece lo … hi of several arrays, a vector at a time; what every update is written with.
//
//     sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(theta, at.get(theta) - rate * at.get(g)); });
//
// The last vector may be a part of one. It goes through the same instructions as a whole one, so an entry's bits don't
// depend on where a piece is cut.
#pragma once

#include "../core/simd.hpp"

#define CHAINRULE_ALWAYS __attribute__((always_inline))

namespace chainrule {

template <class T>
struct WholeVector {
    Index i;
    CHAINRULE_INLINE Vec<T> get(const T* p) const { return load<T>(p + i); }
    CHAINRULE_INLINE void set(T* p, Vec<T> v) const { store<T>(p + i, v); }
};

template <class T>
struct PartOfVector {
    Index i;
    int n;
    CHAINRULE_INLINE Vec<T> get(const T* p) const { return load_part<T>(p + i, n); }
    CHAINRULE_INLINE void set(T* p, Vec<T> v) const { store_part<T>(p + i, v, n); }
};

template <class T, class F>
CHAINRULE_INLINE void sweep(Index lo, Index hi, F f) {
    Index i = lo;
    for (; i + lanes<T> <= hi; i += lanes<T>) f(WholeVector<T>{i});
    if (i < hi) f(PartOfVector<T>{i, static_cast<int>(hi - i)});
}

// average ← (1 − weight) · average + weight · x, as `move_towards` in base.py; returns the new average.
template <class T, class At>
CHAINRULE_INLINE Vec<T> move_towards(At at, T* average, Vec<T> x, T weight) {
    const Vec<T> a = at.get(average);
    const Vec<T> moved = a + weight * (x - a);
    at.set(average, moved);
    return moved;
}

// NumPy's maximum: a NaN on either side stays.
template <class T>
CHAINRULE_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) {
    return select<T>((a >= b) | (a != a), a, b);
}

// NumPy's sign: 0 at 0, and NaN stays.
template <class T>
CHAINRULE_INLINE Vec<T> sign(Vec<T> x) {
    const Vec<T> zero{}, one = broadcast<T>(1);
    return select<T>(x > zero, one, select<T>(x < zero, -one, select<T>(x == zero, zero, x)));
}

}  // namespace chainrule
