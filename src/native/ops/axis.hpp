// One axis of an array: sums and maxima over it, and what is then done to each of its numbers.
//
// The array is `outer` × `size` × `inner` numbers; a group is the `size` numbers that lie `inner` apart. There are
// outer · inner groups, and results, one a group, lie in that order.
//
// The functions handed in take vectors and single numbers alike. What doesn't fill a vector is done number by number:
// for a few classes that is the fastest way on every instruction set, since many groups are in flight at a time. The
// order of a sum depends on the size of the axis alone.
#pragma once

#include <algorithm>
#include <utility>

#include "../core/simd.hpp"

namespace chainrule {

// The lanes of a vector joined into one number, half with half.
template <class T, int half = lanes<T> / 2, class Join>
CHAINRULE_INLINE T join_lanes(Vec<T> v, Join join) {
    const auto other = [v]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
        return __builtin_shufflevector(v, v, (i ^ half)...);
    }(std::make_integer_sequence<int, lanes<T>>{});
    const Vec<T> joined = join(v, other);
    if constexpr (half > 1) return join_lanes<T, half / 2>(joined, join);
    return joined[0];
}

// Where `each` is: at a whole vector, or at one number.
template <class T>
struct AtVector {
    Index i;
    CHAINRULE_INLINE Vec<T> get(const T* p) const { return load(p + i); }
    CHAINRULE_INLINE void set(T* p, Vec<T> v) const { store(p + i, v); }
};
template <class T>
struct AtNumber {
    Index i;
    CHAINRULE_INLINE T get(const T* p) const { return p[i]; }
    CHAINRULE_INLINE void set(T* p, T v) const { p[i] = v; }
};

// n numbers side by side: vectors, and then what is left.
template <class T, class F>
CHAINRULE_INLINE void each(Index n, F f) {
    Index i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) f(AtVector<T>{i});
    for (; i < n; ++i) f(AtNumber<T>{i});
}

template <class T>
struct Axis {
    Index outer, size, inner;

    // results[g] = start joined with f(x, y) for each number of the group.
    template <class F, class Join>
    void reduce(const T* X, const T* Y, T* results, T start, F f, Join join) const {
        for (Index o = 0; o < outer; ++o, X += size * inner, Y += size * inner, results += inner)
            if (inner == 1)
                *results = reduce_neighbours(X, Y, start, f, join);
            else
                reduce_apart(X, Y, results, start, f, join);
    }

    // Z[i] = f(X[i], Y[i], the result of i's group); Z may be X or Y.
    template <class F>
    void spread(const T* X, const T* Y, const T* results, T* Z, F f) const {
        for (Index o = 0; o < outer; ++o, X += size * inner, Y += size * inner, Z += size * inner, results += inner)
            if (inner == 1)
                each<T>(size, [=, result = *results](auto at) { at.set(Z, f(at.get(X), at.get(Y), result)); });
            else
                spread_apart(X, Y, results, Z, f);
    }

private:
    template <class F, class Join>
    CHAINRULE_INLINE T reduce_neighbours(const T* X, const T* Y, T start, F f, Join join) const {
        constexpr int chains = 4;  // so that one join needn't wait for the last
        T result = start;
        Index i = 0;
        if (size >= lanes<T>) {
            Vec<T> so_far[chains];
            for (Vec<T>& chain : so_far) chain = broadcast<T>(start);
            const auto take = [&](Vec<T>& chain) { chain = join(chain, f(load(X + i), load(Y + i))), i += lanes<T>; };
            while (i + chains * lanes<T> <= size)
                for (Vec<T>& chain : so_far) take(chain);
            while (i + lanes<T> <= size) take(so_far[0]);
            result = join_lanes<T>(join(join(so_far[0], so_far[1]), join(so_far[2], so_far[3])), join);
        }
        for (; i < size; ++i) result = join(result, f(X[i], Y[i]));
        return result;
    }

    template <class F, class Join>
    void reduce_apart(const T* X, const T* Y, T* results, T start, F f, Join join) const {
        std::fill_n(results, inner, start);
        for (Index c = 0; c < size; ++c, X += inner, Y += inner)
            each<T>(inner, [=](auto at) { at.set(results, join(at.get(results), f(at.get(X), at.get(Y)))); });
    }

    template <class F>
    void spread_apart(const T* X, const T* Y, const T* results, T* Z, F f) const {
        for (Index c = 0; c < size; ++c, X += inner, Y += inner, Z += inner)
            each<T>(inner, [=](auto at) { at.set(Z, f(at.get(X), at.get(Y), at.get(results))); });
    }
};

}  // namespace chainrule
