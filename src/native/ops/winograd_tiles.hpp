// The transforms of winograd_scheme.hpp over images: a row of tiles, each of 2 × 2 results, a vector of channels at a
// time.
//
// What they make lies in planes: plane p holds number p of each tile, (tiles, channels), so that it is a matrix.
#pragma once

#include <algorithm>

#include "../core/columns.hpp"
#include "winograd_scheme.hpp"

namespace chainrule {

// Planes lie a whole number of pages and a cache line apart: numbers of one tile don't collide in the first cache.
template <class T>
Index plane_size(Index tiles, Index channels) {
    constexpr Index page = 4096 / sizeof(T), line = 64 / sizeof(T);
    return (tiles * channels + page - 1) / page * page + line;
}

// A row of tiles of a padded image, whose lines are `line` numbers apart, and places `place`.
template <class S, class T>
void transform_input(const T* P, Index line, Index place, Index channels, Index tiles, T* V, Index plane) {
    constexpr int kept = S::inputs - winograd_results;  // columns that a tile shares with the next one
    each_vector<T>(0, channels, [&](Index c, auto access) {
        Vec<T> columns[S::inputs][S::products];
        const T* p = P + c;
        const auto read_column = [&](int j) __attribute__((always_inline)) {
            Vec<T> x[S::inputs];
#pragma GCC unroll 8
            for (int i = 0; i < S::inputs; ++i) x[i] = access(p + i * line);
            S::input(x, columns[j]);
            p += place;
        };
#pragma GCC unroll 8
        for (int j = 0; j < kept; ++j) read_column(j);
        T* to = V + c;
        for (Index tile = 0; tile < tiles; ++tile, to += channels) {
#pragma GCC unroll 8
            for (int j = kept; j < S::inputs; ++j) read_column(j);
#pragma GCC unroll 8
            for (int a = 0; a < S::products; ++a) {
                Vec<T> x[S::inputs], v[S::products];
#pragma GCC unroll 8
                for (int j = 0; j < S::inputs; ++j) x[j] = columns[j][a];
                S::input(x, v);
#pragma GCC unroll 8
                for (int b = 0; b < S::products; ++b) access(to + (a * S::products + b) * plane, v[b]);
            }
#pragma GCC unroll 8
            for (int j = 0; j < kept; ++j)
#pragma GCC unroll 8
                for (int a = 0; a < S::products; ++a) columns[j][a] = columns[j + winograd_results][a];
        }
    });
}

// A row of tiles of an image's results: `rows` (1 or 2) lines of `width` places.
template <class S, class T>
void transform_output(const T* M, Index plane, Index channels, Index rows, Index width, const T* bias, T* Y) {
    each_vector<T>(0, channels, [&](Index c, auto access) {
        const Vec<T> b = bias ? access(bias + c) : Vec<T>{};
        const T* from = M + c;
        T* to = Y + c;
        for (Index x = 0; x < width; x += winograd_results, from += channels, to += winograd_results * channels) {
            Vec<T> half[winograd_results][S::products];
#pragma GCC unroll 8
            for (int j = 0; j < S::products; ++j) {
                Vec<T> m[S::products], y[winograd_results];
#pragma GCC unroll 8
                for (int a = 0; a < S::products; ++a) m[a] = access(from + (a * S::products + j) * plane);
                S::output(m, y);
                half[0][j] = y[0], half[1][j] = y[1];
            }
#pragma GCC unroll 2
            for (int i = 0; i < winograd_results; ++i) {
                if (i >= rows) break;
                Vec<T> y[winograd_results];
                S::output(half[i], y);
                T* place = to + i * width * channels;
                access(place, y[0] + b);
                if (x + 1 < width) access(place + channels, y[1] + b);
            }
        }
    });
}

// The same backward: a row of tiles of dY, whose places are `place` numbers apart; what lies beyond it is 0.
template <class S, class T>
void transform_output_gradient(const T* dY, Index place, Index channels, Index rows, Index width, T* Z, Index plane) {
    each_vector<T>(0, channels, [&](Index c, auto access) {
        const T* from = dY + c;
        T* to = Z + c;
        for (Index x = 0; x < width; x += winograd_results, to += channels, from += winograd_results * place) {
            Vec<T> half[winograd_results][S::products];
#pragma GCC unroll 2
            for (int i = 0; i < winograd_results; ++i) {
                const T* line = from + i * width * place;
                Vec<T> y[winograd_results] = {};
                if (i < rows) y[0] = access(line);
                if (i < rows && x + 1 < width) y[1] = access(line + place);
                S::output_gradient(y, half[i]);
            }
#pragma GCC unroll 8
            for (int j = 0; j < S::products; ++j) {
                Vec<T> y[winograd_results] = {half[0][j], half[1][j]}, m[S::products];
                S::output_gradient(y, m);
#pragma GCC unroll 8
                for (int a = 0; a < S::products; ++a) access(to + (a * S::products + j) * plane, m[a]);
            }
        }
    });
}

// u (products × products) from w (taps × taps), both as vectors, and backward.
template <class S, class V>
CHAINRULE_INLINE void transform_kernel(const V (&w)[S::taps][S::taps], V (&u)[S::products][S::products]) {
    V half[S::products][S::taps];
#pragma GCC unroll 8
    for (int j = 0; j < S::taps; ++j) {
        V column[S::taps], made[S::products];
        for (int i = 0; i < S::taps; ++i) column[i] = w[i][j];
        S::kernel(column, made);
        for (int a = 0; a < S::products; ++a) half[a][j] = made[a];
    }
#pragma GCC unroll 8
    for (int a = 0; a < S::products; ++a) S::kernel(half[a], u[a]);
}
template <class S, class V>
CHAINRULE_INLINE void transform_kernel_gradient(const V (&u)[S::products][S::products], V (&w)[S::taps][S::taps]) {
    V half[S::taps][S::products];
#pragma GCC unroll 8
    for (int b = 0; b < S::products; ++b) {
        V column[S::products], made[S::taps];
        for (int a = 0; a < S::products; ++a) column[a] = u[a][b];
        S::kernel_gradient(column, made);
        for (int i = 0; i < S::taps; ++i) half[i][b] = made[i];
    }
#pragma GCC unroll 8
    for (int i = 0; i < S::taps; ++i) S::kernel_gradient(half[i], w[i]);
}

}  // namespace chainrule
