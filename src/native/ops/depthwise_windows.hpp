// What depthwise convolution is made of: sums over the places of a window, each channel by itself, a vector of channels
// at a time.
#pragma once

#include <type_traits>
#include <vector>

#include "../core/columns.hpp"
#include "conv_places.hpp"

namespace chainrule {

// Places that share a vector of weights, so that several sums are under way at a time.
constexpr Index places_at_once = 8;

// C(place, d) = bias(d) + Σ over the window's places n of A(place + begins[n], d) W(places[n], d), for D channels.
template <class T>
void depthwise_windows(const PlacesAsRows& r, Index D, const std::vector<Index>& begins,
                       const std::vector<Index>& places, const T* A, const T* W, const T* bias, T* C) {
    const auto some = [&](const T* a, T* c, auto access, auto count) {
        Vec<T> sum[places_at_once];
        for (Index i = 0; i < count; ++i) sum[i] = bias ? access(bias) : Vec<T>{};
        for (std::size_t n = 0; n < begins.size(); ++n) {
            const Vec<T> w = access(W + places[n] * D);
            for (Index i = 0; i < count; ++i)
                sum[i] = multiply_add<T>(access(a + begins[n] + i * r.ars), w, sum[i]);
        }
        for (Index i = 0; i < count; ++i) access(c + i * r.ldc, sum[i]);
    };
    each_vector<T>(0, D, [&](Index d, auto access) {
        for (Index line = 0; line < r.lines; ++line) {
            const T* a = A + line * r.A_line + d;
            T* c = C + line * r.C_line + d;
            Index left = r.M;
            for (; left >= places_at_once; left -= places_at_once) {
                some(a, c, access, std::integral_constant<Index, places_at_once>());
                a += places_at_once * r.ars, c += places_at_once * r.ldc;
            }
            for (; left > 0; --left, a += r.ars, c += r.ldc) some(a, c, access, std::integral_constant<Index, 1>());
        }
        W += lanes<T>;
        if (bias) bias += lanes<T>;
    });
}

}  // namespace chainrule
