// The kernel of gemm.hpp: a tile of C, `rows` × `vectors`, held in registers through all of K.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "simd.hpp"

namespace chainrule::gemm_detail {

// Rows of a tile at most: it fills the registers, less what B and A need.
#if defined(__AVX512F__)
constexpr int most_rows_of_two = 14;
#elif defined(__AVX2__)
constexpr int most_rows_of_two = 6;
#elif defined(__aarch64__)
constexpr int most_rows_of_two = 12;
#else
constexpr int most_rows_of_two = 4;
#endif
// Wide tiles are for few rows alone, which would wait for their own sums otherwise.
template <int vectors>
constexpr int most_rows = vectors == 8 ? 1 : vectors == 4 ? 3 : most_rows_of_two;

// A product as tiles see it. Vector v of B's row k lies at B + k·row + (v / 2)·panel + (v % 2)·lanes.
template <class T>
struct Operands {
    Index K;
    const T* A;
    Index ars, acs;
    const T* B;
    Index row, panel;
    T* C;
    Index ldc;
    const T* start;  // where the chains start: C, or the bias (its rows 0 apart), or null for 0
    Index start_row;
    int rest;  // columns in the last vector at N's edge
};

// What a tile's last vector is: whole; partly beyond N, where a packed B has zeros and a direct one must not be read; or
// a single number.
enum class Edge { none, packed, direct, number };

template <Edge edge, class T>
CHAINRULE_INLINE auto read(const T* p, bool part, int rest) {
    if constexpr (edge == Edge::number) return *p;
    else return part ? load_part(p, rest) : load(p);
}
template <Edge edge, class T>
CHAINRULE_INLINE auto spread(T x) {
    if constexpr (edge == Edge::number) return x;
    else return broadcast(x);
}
template <class T>
CHAINRULE_INLINE void write(T* p, Vec<T> v, bool part, int rest) {
    if (part) store_part(p, v, rest);
    else store(p, v);
}
template <class T>
CHAINRULE_INLINE void write(T* p, T x, bool, int) {
    *p = x;
}

template <class T, int rows, int vectors, Edge edge>
[[gnu::noinline]] void tile(const Operands<T>& o, const T* A, const T* B, T* C, const T* start) {
    using Sum = std::conditional_t<edge == Edge::number, T, Vec<T>>;
    constexpr int last = edge == Edge::none ? vectors : vectors - 1;  // the vector that is cut
    const int rest = o.rest;

    Sum sum[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v)
            sum[i][v] = start ? read<edge>(start + i * o.start_row + v * lanes<T>, v == last, rest) : Sum{};

    constexpr int group = 3;  // rows that share a pointer: x86 reaches p, p + ars and p + 2 ars at no cost
    const T* a[(rows + group - 1) / group];
#pragma GCC unroll 16
    for (int g = 0; g * group < rows; ++g) a[g] = A + g * group * o.ars;
    const Index ars = o.ars, acs = o.acs, row = o.row, panel = o.panel;
    for (Index k = o.K; k > 0; --k) {
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
        for (int g = 0; g * group < rows; ++g) a[g] += acs;
        B += row;
    }

#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v) write(C + i * o.ldc + v * lanes<T>, sum[i][v], v == last, rest);
}

// The tiles of 1, 2, … rows.
template <class T>
using Tile = void (*)(const Operands<T>&, const T* A, const T* B, T* C, const T* start);

template <class T, int vectors, Edge edge, std::size_t... r>
constexpr std::array<Tile<T>, sizeof...(r)> tiles_of(std::index_sequence<r...>) {
    return {tile<T, static_cast<int>(r) + 1, vectors, edge>...};
}
template <class T, int vectors, Edge edge>
inline constexpr auto tiles = tiles_of<T, vectors, edge>(std::make_index_sequence<most_rows<vectors>>());

}  // namespace chainrule::gemm_detail
