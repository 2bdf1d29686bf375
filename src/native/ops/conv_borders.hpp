// An image with rows and columns of zeros around it, so that no window need ask where it lies.
#pragma once

#include <algorithm>

#include "../core/simd.hpp"

namespace chainrule {

// Where an image goes, with `top` rows and `left` columns before it: negative ones are cut off it instead, and so is
// what doesn't fit.
struct Borders {
    Index H, W, C;    // the image
    Index Hp, Wp;     // the place it goes to
    Index top, left;

    Index size() const { return Hp * Wp * C; }
    bool none() const { return Hp == H && Wp == W && top == 0 && left == 0; }
};

// `place`: how far apart the places of X lie, of which C channels are taken.
template <class T>
void place_image(const Borders& b, const T* X, Index place, T* P) {
    const Index first_row = std::clamp<Index>(b.top, 0, b.Hp);
    const Index end_row = std::clamp<Index>(b.top + b.H, first_row, b.Hp);
    const Index first = std::clamp<Index>(b.left, 0, b.Wp), end = std::clamp<Index>(b.left + b.W, first, b.Wp);
    const Index before = first * b.C, inside = (end - first) * b.C, after = (b.Wp - end) * b.C;
    T* to = std::fill_n(P, first_row * b.Wp * b.C, T{});
    for (Index row = first_row; row < end_row; ++row) {
        to = std::fill_n(to, before, T{});
        const T* from = X + ((row - b.top) * b.W + first - b.left) * place;
        if (place == b.C) to = std::copy_n(from, inside, to);
        else
            for (Index x = first; x < end; ++x, from += place) to = std::copy_n(from, b.C, to);
        to = std::fill_n(to, after, T{});
    }
    std::fill_n(to, (b.Hp - end_row) * b.Wp * b.C, T{});
}

template <class T>
void place_image(const Borders& b, const T* X, T* P) {
    place_image(b, X, b.C, P);
}

}  // namespace chainrule
