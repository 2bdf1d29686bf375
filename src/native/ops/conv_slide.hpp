// Tiles for a result that is one vector wide. A tile of conv_tile.hpp would load a number of A for each multiplication;
// here each serves all the windows of a line that see it: `taps` neighbours, one after the other.
//
// So the sums over a window run line by line, in a line channel by channel, and in a channel place by place.
#pragma once

#include "conv_tile.hpp"

namespace chainrule::conv_detail {

// ---- Y: neighbouring windows

// So many windows at a time; they and a kernel's line fill the registers.
template <int taps>
constexpr int most_slid = most_rows<2> + 2;

template <class T, int rows, int taps, Edge edge>
[[gnu::noinline]] void slide(const Operands<T>& o, const T* A, const T* B, T* C, const T* bias) {
    using namespace gemm_detail;
    constexpr bool part = edge != Edge::none;
    constexpr int inputs = rows + taps - 1, group = 3, groups = (inputs + group - 1) / group;
    Vec<T> sum[rows];
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) sum[i] = bias ? read<edge>(bias, part, o.rest) : Vec<T>{};

    const Index ars = o.ars, place = o.run / taps, next = place * o.row;
    for (Index n = 0; n < o.n_begins; ++n) {
        const T* a[groups];
        a[0] = A + o.begins[n];
#pragma GCC unroll 16
        for (int g = 1; g < groups; ++g) a[g] = a[g - 1] + group * ars;
        for (Index c = 0; c < place; ++c) {
            Vec<T> b[taps];
#pragma GCC unroll 8
            for (int j = 0; j < taps; ++j) b[j] = read<edge>(B + j * next, edge == Edge::direct, o.rest);
#pragma GCC unroll 32
            for (int q = 0; q < inputs; ++q) {
                const Vec<T> x = broadcast(a[q / group][q % group * ars]);
#pragma GCC unroll 8
                for (int j = 0; j < taps; ++j)
                    if (0 <= q - j && q - j < rows) sum[q - j] = multiply_add<T>(x, b[j], sum[q - j]);
            }
#pragma GCC unroll 16
            for (int g = 0; g < groups; ++g) ++a[g];
            B += o.row;
        }
        B += (taps - 1) * next;
    }
    if (o.adds) {
#pragma GCC unroll 32
        for (int i = 0; i < rows; ++i) sum[i] += read<edge>(C + i * o.ldc, part, o.rest);
    }
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) write(C + i * o.ldc, sum[i], part, o.rest);
}

template <class T, int taps, Edge edge, std::size_t... r>
constexpr std::array<Tile<T>, sizeof...(r)> slides_of(std::index_sequence<r...>) {
    return {slide<T, static_cast<int>(r) + 1, taps, edge>...};
}
template <class T, int taps, Edge edge>
inline constexpr auto slides = slides_of<T, taps, edge>(std::make_index_sequence<most_slid<taps>>());

// ---- dW: the taps of some channels

// So many channels at a time.
template <int taps>
constexpr int channels_slid = (2 * most_rows<2> + taps - 1) / taps - 1;

// dW(j, c) = Σ over lines and x of P(line, x + j, c) dY(line, x), for `channels` channels and all taps j of a line of
// the kernel.
template <class T, int channels, int taps>
[[gnu::noinline]] void slide_weights(const Operands<T>& o, const T* A, const T* dY, T* C) {
    const int rest = o.rest;
    const Index width = o.run, place = o.acs, next = place * o.ldc;
    const auto get = [rest](const T* p) __attribute__((always_inline)) { return rest ? load_part(p, rest) : load(p); };
    Vec<T> sum[taps][channels] = {};
    for (Index n = 0; n < o.n_begins; ++n) {
        const T* a = A + o.begins[n];
        Vec<T> g[taps] = {};  // dY(x), dY(x − 1), …
        for (Index x = 0; x < width + taps - 1; ++x, a += place) {
#pragma GCC unroll 8
            for (int j = taps - 1; j > 0; --j) g[j] = g[j - 1];
            g[0] = x < width ? get(dY + x * o.row) : Vec<T>{};
#pragma GCC unroll 16
            for (int c = 0; c < channels; ++c) {
                const Vec<T> p = broadcast(a[c]);
#pragma GCC unroll 8
                for (int j = 0; j < taps; ++j) sum[j][c] = multiply_add<T>(p, g[j], sum[j][c]);
            }
        }
        dY += width * o.row;
    }
    if (o.adds) {
#pragma GCC unroll 8
        for (int j = 0; j < taps; ++j)
#pragma GCC unroll 16
            for (int c = 0; c < channels; ++c) sum[j][c] += get(C + j * next + c * o.ldc);
    }
#pragma GCC unroll 8
    for (int j = 0; j < taps; ++j)
#pragma GCC unroll 16
        for (int c = 0; c < channels; ++c) gemm_detail::write(C + j * next + c * o.ldc, sum[j][c], rest > 0, rest);
}

template <class T>
using SlideWeights = void (*)(const Operands<T>&, const T* A, const T* dY, T* C);

template <class T, int taps, std::size_t... c>
constexpr std::array<SlideWeights<T>, sizeof...(c)> slides_of_weights(std::index_sequence<c...>) {
    return {slide_weights<T, static_cast<int>(c) + 1, taps>...};
}
template <class T, int taps>
inline constexpr auto weight_slides = slides_of_weights<T, taps>(std::make_index_sequence<channels_slid<taps>>());

}  // namespace chainrule::conv_detail
