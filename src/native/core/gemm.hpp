// Matrix products: C = A · B (+ bias, or + C).
//
// A (M, K), B (K, N), C (M, N). A(i, k) lies at A[i·ars + k·acs], so A may be a transpose; the rows of C are contiguous,
// ldc apart. B is packed (pack.hpp), or direct: contiguous rows, ldb apart.
//
// Each C(i, j) is one chain: it starts from 0, bias[j] or C(i, j), then adds A(i, k) B(k, j) for k = 0, 1, … K − 1, each
// by one fused multiply-add where the instruction set has it. So its bits do not depend on how rows, columns or K are
// cut, into calls, tiles, threads or vectors, nor on whether B is packed.
//
// Which form: direct is as fast as packed wherever rows of B are less than a page apart (`prefers_packed`), also for few
// rows. A transposed weight must be packed. A weight gradient Xᵀ dY has A = Xᵀ (ars 1, acs the row size of X) and
// B = dY: threads cut its rows (not its columns: a far Xᵀ is copied once for all of them), best by many a tile.
#pragma once

#include <algorithm>

#include "gemm_tile.hpp"
#include "pack.hpp"
#include "simd.hpp"

namespace chainrule {
namespace gemm_detail {

// K and M are cut so that a panel and some rows of A stay in the second cache. Cuts of K are few: each passes over C.
constexpr Index depth = 1024;
template <class T>
constexpr Index height = 256 * 1024 / (depth * sizeof(T));
// From here on, each row lies in a page of its own, and rows collide in the first cache.
template <class T>
constexpr Index far_apart = 4096 / sizeof(T);
constexpr Index gathered_depth = 256;

// A column of tiles, as equal in rows as can be: small tiles keep the multipliers less busy.
template <class T, int vectors, Edge edge>
void column(const Operands<T>& o, Index M, const T* B, Index j) {
    const T* A = o.A;
    T* C = o.C + j;
    const T* start = o.start ? o.start + j : nullptr;
    for (Index tiles_left = (M + most_rows<vectors> - 1) / most_rows<vectors>; tiles_left > 0; --tiles_left) {
        const Index rows = tiles_left == 1 ? M : (M + tiles_left - 1) / tiles_left;
        tiles<T, vectors, edge>[rows - 1](o, A, B, C, start);
        A += rows * o.ars, C += rows * o.ldc, M -= rows;
        if (start) start += rows * o.start_row;
    }
}

// Columns j … N, as many as possible by tiles `vectors` wide.
template <class T, int vectors>
Index whole_columns(const Operands<T>& o, Index M, Index N, Index j) {
    constexpr Index width = vectors * lanes<T>;
    for (; j + width <= N; j += width) column<T, vectors, Edge::none>(o, M, o.B + j / panel_width<T> * o.panel, j);
    return j;
}

// All columns, one after the other, so that a panel stays in the first cache.
template <class T, Edge edge>
void sweep(Operands<T>& o, Index M, Index N) {
    Index j = 0;
    if (M == 1) j = whole_columns<T, 8>(o, M, N, j);
    else if (M <= most_rows<4>) j = whole_columns<T, 4>(o, M, N, j);
    j = whole_columns<T, 2>(o, M, N, j);
    const Index left = N - j;
    if (left == 0) return;
    const T* B = o.B + j / panel_width<T> * o.panel;
    o.rest = static_cast<int>(left % lanes<T>);
    if (left > lanes<T>) column<T, 2, edge>(o, M, B, j);
    else if (left == lanes<T>) column<T, 1, Edge::none>(o, M, B, j);
    else if (left == 1) column<T, 1, Edge::number>(o, M, B, j);
    else column<T, 1, edge>(o, M, B, j);
}

// The same for an A whose columns lie far apart: the rows of one tile are gathered, and meet all columns in turn.
template <class T, Edge edge>
void sweep_gathered(Operands<T> o, Index M, Index N) {
    constexpr int most = most_rows<2>;
    alignas(64) T gathered[gathered_depth * most];
    const T* A = o.A;
    const Index ars = o.ars, acs = o.acs;
    o.A = gathered, o.ars = 1, o.acs = most;
    for (Index tiles_left = (M + most - 1) / most; tiles_left > 0; --tiles_left) {
        const Index rows = (M + tiles_left - 1) / tiles_left;
        for (Index k = 0; k < o.K; ++k)
            for (Index i = 0; i < rows; ++i) gathered[k * most + i] = A[i * ars + k * acs];
        sweep<T, edge>(o, rows, N);
        A += rows * ars, o.C += rows * o.ldc, M -= rows;
        if (o.start) o.start += rows * o.start_row;
    }
}

template <class T, Edge edge>
void product(Operands<T>& o, Index M, Index N) {
    const bool gather = o.acs >= far_apart<T> && N > 2 * panel_width<T>;
    const Index K = o.K;
    if (K <= depth && M <= height<T> && !gather) return sweep<T, edge>(o, M, N);
    const Index most = gather ? gathered_depth : depth;
    for (Index k = 0; k < K || k == 0; k += most) {
        o.K = std::min(most, K - k);
        Operands<T> part = o;
        for (Index i = 0; i < M; i += height<T>) {
            const Index rows = std::min(height<T>, M - i);
            if (gather) sweep_gathered<T, edge>(part, rows, N);
            else sweep<T, edge>(part, rows, N);
            part.A += rows * o.ars, part.C += rows * o.ldc;
            if (part.start) part.start += rows * o.start_row;
        }
        o.A += o.K * o.acs, o.B += o.K * o.row;
        o.start = o.C, o.start_row = o.ldc;  // the chains go on
    }
}

}  // namespace gemm_detail

// Whether packing a B of contiguous rows, ldb apart, pays for M rows.
template <class T>
bool prefers_packed(Index M, Index ldb) {
    return ldb >= gemm_detail::far_apart<T> && M > 2 * gemm_detail::most_rows<2>;
}

// B packed by pack.hpp. With `accumulate` the chains start from C, whatever the bias.
template <class T>
void gemm_packed(Index M, Index N, Index K, const T* A, Index ars, Index acs, const T* packed, T* C, Index ldc,
                 const T* bias, bool accumulate) {
    using namespace gemm_detail;
    Operands<T> o{K, A, ars, acs, packed, panel_width<T>, K * panel_width<T>, C, ldc,
                  accumulate ? C : bias, accumulate ? ldc : 0, 0};
    product<T, Edge::packed>(o, M, N);
}

// B as it lies.
template <class T>
void gemm(Index M, Index N, Index K, const T* A, Index ars, Index acs, const T* B, Index ldb, T* C, Index ldc,
          const T* bias, bool accumulate) {
    using namespace gemm_detail;
    if (N == 1 && M > 1 && ars == 1 && ldc == 1 && (accumulate || !bias)) {
        // One column, from contiguous columns of A: Cᵀ = Bᵀ · Aᵀ has whole vectors, and the same chains.
        gemm(1, M, K, B, 0, ldb, A, acs, C, M, bias, accumulate);
        return;
    }
    Operands<T> o{K, A, ars, acs, B, ldb, panel_width<T>, C, ldc, accumulate ? C : bias, accumulate ? ldc : 0, 0};
    product<T, Edge::direct>(o, M, N);
}

}  // namespace chainrule
