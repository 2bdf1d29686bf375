// Sums over rows, for each column: in the order of the rows, a few vectors of columns at a time in registers.
//
// Columns don't touch each other, so parts of them may go to any number of threads and the bits stay the same.
#pragma once

#include <algorithm>
#include <array>

#include "simd.hpp"

namespace chainrule {

// Columns of one part: enough vectors to hide the latency of an addition, few enough for the registers.
constexpr int vectors_of_columns = 4;
template <class T>
constexpr Index columns_of_a_part = vectors_of_columns * lanes<T>;

template <class T>
Index parts_of_columns(Index columns) {
    return (columns + columns_of_a_part<T> - 1) / columns_of_a_part<T>;
}

// How a whole vector, and the first n lanes of one, are read and written.
template <class T>
struct WholeAccess {
    CHAINRULE_INLINE Vec<T> operator()(const T* p) const { return load(p); }
    CHAINRULE_INLINE void operator()(T* p, Vec<T> v) const { store(p, v); }
};
template <class T>
struct PartAccess {
    int n;
    CHAINRULE_INLINE Vec<T> operator()(const T* p) const { return load_part(p, n); }
    CHAINRULE_INLINE void operator()(T* p, Vec<T> v) const { store_part(p, v, n); }
};

// f(column, access) for each vector of the columns from … to.
template <class T, class F>
CHAINRULE_INLINE void each_vector(Index from, Index to, F f) {
    for (; from + lanes<T> <= to; from += lanes<T>) f(from, WholeAccess<T>{});
    if (from < to) f(from, PartAccess<T>{static_cast<int>(to - from)});
}

// sums[k][column] = Σ over the rows of terms(row, column, access)[k], for the columns of one part.
template <class T, int K, class F>
void sum_columns(Index rows, Index columns, Index part, const std::array<T*, K>& sums, F terms) {
    const Index from = part * columns_of_a_part<T>, to = std::min(columns, from + columns_of_a_part<T>);
    if (to - from == columns_of_a_part<T>) {
        Vec<T> sum[K][vectors_of_columns] = {};
        for (Index row = 0; row < rows; ++row)
            for (int v = 0; v < vectors_of_columns; ++v) {
                const std::array<Vec<T>, K> term = terms(row, from + v * lanes<T>, WholeAccess<T>{});
                for (int k = 0; k < K; ++k) sum[k][v] += term[k];
            }
        for (int k = 0; k < K; ++k)
            for (int v = 0; v < vectors_of_columns; ++v) store(sums[k] + from + v * lanes<T>, sum[k][v]);
        return;
    }
    each_vector<T>(from, to, [&](Index column, auto access) {
        Vec<T> sum[K] = {};
        for (Index row = 0; row < rows; ++row) {
            const std::array<Vec<T>, K> term = terms(row, column, access);
            for (int k = 0; k < K; ++k) sum[k] += term[k];
        }
        for (int k = 0; k < K; ++k) access(sums[k] + column, sum[k]);
    });
}

// The sum of a vector's lanes, by halves.
template <class T>
CHAINRULE_INLINE T sum_of_lanes(Vec<T> v) {
    T lane[lanes<T>];
    store(lane, v);
    for (int half = lanes<T> / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
}

// The first n lanes, and zeros after them.
template <class T>
CHAINRULE_INLINE Vec<T> keep_lanes(Vec<T> v, int n) {
    T lane[lanes<T>];
    store(lane, v);
    return load_part(lane, n);
}

// Σ terms(i, access)[k] over i = 0 … n − 1, a vector at a time: K sums of one row.
template <class T, int K, class F>
CHAINRULE_INLINE std::array<T, K> sums_of(Index n, F terms) {
    Vec<T> sum[K][vectors_of_columns] = {};
    Index i = 0;
    auto add = [&](int v, const std::array<Vec<T>, K>& term) {
        for (int k = 0; k < K; ++k) sum[k][v] += term[k];
    };
    for (; i + vectors_of_columns * lanes<T> <= n; i += vectors_of_columns * lanes<T>)
        for (int v = 0; v < vectors_of_columns; ++v) add(v, terms(i + v * lanes<T>, WholeAccess<T>{}));
    for (; i + lanes<T> <= n; i += lanes<T>) add(0, terms(i, WholeAccess<T>{}));
    if (const int rest = static_cast<int>(n - i)) {
        std::array<Vec<T>, K> term = terms(i, PartAccess<T>{rest});
        for (Vec<T>& one : term) one = keep_lanes<T>(one, rest);
        add(1, term);
    }
    std::array<T, K> totals;
    for (int k = 0; k < K; ++k) totals[k] = sum_of_lanes<T>((sum[k][0] + sum[k][1]) + (sum[k][2] + sum[k][3]));
    return totals;
}

// One such sum.
template <class T, class F>
CHAINRULE_INLINE T sum_of(Index n, F term) {
    return sums_of<T, 1>(n, [=](Index i, auto access) { return std::array<Vec<T>, 1>{term(i, access)}; })[0];
}

}  // namespace chainrule
