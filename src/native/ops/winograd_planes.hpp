// What both users of winograd.hpp share: the choice of the scheme, and the product of a plane.
#pragma once

#include "conv_product.hpp"
#include "winograd_tiles.hpp"

namespace chainrule {

// f(the scheme for so many taps).
template <class F>
void with_scheme(Index taps, F f) {
    if (taps == Winograd<3>::taps) f(Winograd<3>());
    else f(Winograd<5>());
}

inline Index products_of(Index taps) {
    Index side = 0;
    with_scheme(taps, [&]<class S>(S) { side = S::products; });
    return side * side;
}

// The matrix product of one plane.
template <class T>
WindowProduct<T> plane_product(Index M, Index N, Index K, const T* A, Index ars, Index acs, const T* B, T* C) {
    static constexpr Index whole = 0;
    WindowProduct<T> p;
    p.M = M, p.N = N, p.begins = &whole, p.n_begins = 1, p.run = K;
    p.A = A, p.ars = ars, p.acs = acs, p.B = B, p.row = N, p.C = C, p.ldc = N;
    return p;
}

}  // namespace chainrule
