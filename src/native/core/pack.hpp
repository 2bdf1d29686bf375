// Packing: B (K, N) into panels of panel_width columns, so that a kernel of gemm.hpp reads it from front to back.
//
// B(k, j) lies at B[k·row_stride + j·column_stride]: one of the strides is 1 as a rule, and B is W (column_stride 1) or
// its transpose (row_stride 1). Panel p holds the columns from p · panel_width on, row by row; where N ends within it,
// zeros. A panel is whole by itself, so threads may share the panels, or the rows, between them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "simd.hpp"

namespace chainrule {

// Two vectors: what a kernel multiplies each number of A by.
template <class T>
constexpr Index panel_width = 2 * lanes<T>;

template <class T>
Index n_panels(Index N) {
    return (N + panel_width<T> - 1) / panel_width<T>;
}
// Numbers in a packed B.
template <class T>
Index packed_size(Index K, Index N) {
    return n_panels<T>(N) * panel_width<T> * K;
}

namespace pack_detail {

// What rows x and y, `half` apart, become: they trade the half, quarter … of their columns where a column's bit differs
// from its row's.
template <class T, int half, std::size_t... j>
CHAINRULE_INLINE void trade(Vec<T>& x, Vec<T>& y, std::index_sequence<j...>) {
    constexpr int L = lanes<T>;
    const Vec<T> low = __builtin_shufflevector(x, y, (j & half ? L + j - half : j)...);
    y = __builtin_shufflevector(x, y, (j & half ? L + j : j + half)...);
    x = low;
}

// v[i][j] becomes v[j][i].
template <class T, int half = lanes<T> / 2>
CHAINRULE_INLINE void transpose(Vec<T> (&v)[lanes<T>]) {
    if constexpr (half > 0) {
#pragma GCC unroll 16
        for (int i = 0; i < lanes<T>; ++i)
            if (!(i & half)) trade<T, half>(v[i], v[i + half], std::make_index_sequence<lanes<T>>());
        transpose<T, half / 2>(v);
    }
}

// `width` columns, 0 < width ≤ lanes, of rows k0 … k1, from contiguous columns `column_stride` apart.
template <class T>
void pack_columns(Index k0, Index k1, int width, const T* B, Index column_stride, T* to) {
    constexpr int L = lanes<T>;
    for (Index k = k0; k < k1; k += L) {
        const int rows = static_cast<int>(std::min<Index>(L, k1 - k));
        Vec<T> v[L];
#pragma GCC unroll 16
        for (int j = 0; j < L; ++j) {
            if (j >= width) v[j] = Vec<T>{};
            else if (rows == L) v[j] = load(B + k + j * column_stride);
            else v[j] = load_part(B + k + j * column_stride, rows);
        }
        transpose<T>(v);
#pragma GCC unroll 16
        for (int i = 0; i < L; ++i)
            if (i < rows) store(to + (k + i) * panel_width<T>, v[i]);
    }
}

// The same from contiguous rows, `row_stride` apart.
template <class T>
void pack_rows(Index k0, Index k1, int width, const T* B, Index row_stride, T* to) {
    constexpr int L = lanes<T>;
    if (width == L)
        for (Index k = k0; k < k1; ++k) store(to + k * panel_width<T>, load(B + k * row_stride));
    else
        for (Index k = k0; k < k1; ++k) store(to + k * panel_width<T>, load_part(B + k * row_stride, width));
}

template <class T>
void pack_any(Index k0, Index k1, int width, const T* B, Index row_stride, Index column_stride, T* to) {
    for (Index k = k0; k < k1; ++k)
        for (int j = 0; j < lanes<T>; ++j)
            to[k * panel_width<T> + j] = j < width ? B[k * row_stride + j * column_stride] : T(0);
}

}  // namespace pack_detail

// One panel, and of it rows k0 … k1 alone.
template <class T>
void pack_panel(Index K, Index N, const T* B, Index row_stride, Index column_stride, T* packed, Index panel, Index k0,
                Index k1) {
    using namespace pack_detail;
    constexpr int L = lanes<T>;
    for (int half = 0; half < 2; ++half) {
        const Index j = panel * panel_width<T> + half * L;
        T* to = packed + panel * panel_width<T> * K + half * L;
        const int width = static_cast<int>(std::clamp<Index>(N - j, 0, L));
        const T* from = B + (width ? j * column_stride : 0);
        if (width == 0)
            for (Index k = k0; k < k1; ++k) store(to + k * panel_width<T>, Vec<T>{});
        else if (column_stride == 1) pack_rows(k0, k1, width, from, row_stride, to);
        else if (row_stride == 1) pack_columns(k0, k1, width, from, column_stride, to);
        else pack_any(k0, k1, width, from, row_stride, column_stride, to);
    }
}
template <class T>
void pack_panel(Index K, Index N, const T* B, Index row_stride, Index column_stride, T* packed, Index panel) {
    pack_panel(K, N, B, row_stride, column_stride, packed, panel, 0, K);
}

// All panels.
template <class T>
void pack(Index K, Index N, const T* B, Index row_stride, Index column_stride, T* packed) {
    for (Index panel = 0; panel < n_panels<T>(N); ++panel)
        pack_panel(K, N, B, row_stride, column_stride, packed, panel, 0, K);
}

}  // namespace chainrule
