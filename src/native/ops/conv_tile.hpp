// The kernel of conv_product.cpp: a tile of C held in registers through all of K, as in core/gemm_tile.hpp, but K is
// walked through in stretches that lie apart in A.
#pragma once

#include "../core/gemm_tile.hpp"

namespace chainrule::conv_detail {

using gemm_detail::Edge;
using gemm_detail::most_rows;

// What tiles see of a product. Vector v of B's row k lies at B + k·row + (v / 2)·panel + (v % 2)·lanes.
template <class T>
struct Operands {
    const Index* begins;
    Index n_begins, run;
    Index ars, acs;
    Index row, panel;
    Index ldc;
    int rest;   // columns in the last vector at N's edge
    bool adds;  // to what is there, at the end
};

template <class T, int rows, int vectors, Edge edge>
[[gnu::noinline]] void tile(const Operands<T>& o, const T* A, const T* B, T* C, const T* bias) {
    using namespace gemm_detail;
    using Sum = std::conditional_t<edge == Edge::number, T, Vec<T>>;
    constexpr int last = edge == Edge::none ? vectors : vectors - 1;  // the vector that is cut
    const int rest = o.rest;

    Sum sum[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v)
            sum[i][v] = bias ? read<edge>(bias + v * lanes<T>, v == last, rest) : Sum{};

    constexpr int group = 3;  // rows that share a pointer: x86 reaches p, p + ars and p + 2 ars at no cost
    constexpr int groups = (rows + group - 1) / group;
    const Index ars = o.ars, acs = o.acs, row = o.row, panel = o.panel;
    for (const Index *begin = o.begins, *end = begin + o.n_begins; begin < end; ++begin) {
        const T* a[groups];
        a[0] = A + *begin;
#pragma GCC unroll 16
        for (int g = 1; g < groups; ++g) a[g] = a[g - 1] + group * ars;
        for (Index k = o.run; k > 0; --k) {
            Sum b[vectors];
#pragma GCC unroll 16
            for (int v = 0; v < vectors; ++v)
                b[v] = read<edge>(B + v / 2 * panel + v % 2 * lanes<T>, edge == Edge::direct && v == last, rest);
#pragma GCC unroll 16
            for (int i = 0; i < rows; ++i) {
                const Sum x = spread<edge>(a[i / group][i % group * ars]);
#pragma GCC unroll 16
                for (int v = 0; v < vectors; ++v) sum[i][v] = multiply_add<T>(x, b[v], sum[i][v]);
            }
#pragma GCC unroll 16
            for (int g = 0; g < groups; ++g) a[g] += acs;
            B += row;
        }
    }

    if (o.adds) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
            for (int v = 0; v < vectors; ++v)
                sum[i][v] += read<edge>(C + i * o.ldc + v * lanes<T>, v == last, rest);
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v) write(C + i * o.ldc + v * lanes<T>, sum[i][v], v == last, rest);
}

// The tiles of 1, 2, … rows.
template <class T>
using Tile = void (*)(const Operands<T>&, const T* A, const T* B, T* C, const T* bias);

template <class T, int vectors, Edge edge, std::size_t... r>
constexpr std::array<Tile<T>, sizeof...(r)> tiles_of(std::index_sequence<r...>) {
    return {tile<T, static_cast<int>(r) + 1, vectors, edge>...};
}
template <class T, int vectors, Edge edge>
inline constexpr auto tiles = tiles_of<T, vectors, edge>(std::make_index_sequence<most_rows<vectors>>());

}  // namespace chainrule::conv_detail
