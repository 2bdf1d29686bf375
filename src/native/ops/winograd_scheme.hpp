// Winograd's short convolutions: two neighbouring results of a kernel of 3 (or 5) taps from 4 (7) multiplications
// instead of 6 (10), at the cost of additions before and after:
//
//     y = Aᵀ ((G w) ⊙ (Bᵀ x))        x: the taps + 1 numbers that the two windows see
//
// In two dimensions each is applied along the columns, then along the rows, and 16 (49) multiplications serve 36 (100).
// Summed over channels the multiplications are matrix products, one for each of the 16 (49) places.
//
// The gradient of w is the same read backward: dw = Gᵀ ((Bᵀ x) ⊙ (A dy)).
//
// The kernel of 5 is one of 3 taps and one of 2 side by side. A scheme of its own would take 6 multiplications, but
// with factors of 4 and more, which cost float32 a digit; those here are 1 and ½.
//
// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, sections 4.1 and 4.2.
#pragma once

#include "../core/simd.hpp"

namespace chainrule {

constexpr int winograd_results = 2;

template <int taps>
struct Winograd;

template <>
struct Winograd<3> {
    static constexpr int taps = 3, inputs = 4, products = 4;

    template <class V>
    CHAINRULE_INLINE static void input(const V* x, V* v) {  // Bᵀ x
        v[0] = x[0] - x[2], v[1] = x[1] + x[2], v[2] = x[2] - x[1], v[3] = x[1] - x[3];
    }
    template <class V>
    CHAINRULE_INLINE static void kernel(const V* w, V* u) {  // G w
        const V even = (w[0] + w[2]) * half<V>, odd = w[1] * half<V>;
        u[0] = w[0], u[1] = even + odd, u[2] = even - odd, u[3] = w[2];
    }
    template <class V>
    CHAINRULE_INLINE static void output(const V* m, V* y) {  // Aᵀ m
        y[0] = m[0] + m[1] + m[2], y[1] = m[1] - m[2] - m[3];
    }
    template <class V>
    CHAINRULE_INLINE static void output_gradient(const V* y, V* m) {  // A y
        m[0] = y[0], m[1] = y[0] + y[1], m[2] = y[0] - y[1], m[3] = -y[1];
    }
    template <class V>
    CHAINRULE_INLINE static void kernel_gradient(const V* u, V* w) {  // Gᵀ u
        const V even = (u[1] + u[2]) * half<V>;
        w[0] = u[0] + even, w[1] = (u[1] - u[2]) * half<V>, w[2] = u[3] + even;
    }

private:
    template <class V>
    static constexpr auto half = decltype(V{}[0] + 0)(0.5);
};

template <>
struct Winograd<5> {
    static constexpr int taps = 5, inputs = 6, products = 7;
    using First = Winograd<3>;  // taps 0, 1, 2; then come taps 3 and 4, by 3 multiplications

    template <class V>
    CHAINRULE_INLINE static void input(const V* x, V* v) {
        First::input(x, v);
        v[4] = x[3] - x[4], v[5] = x[4], v[6] = x[4] - x[5];
    }
    template <class V>
    CHAINRULE_INLINE static void kernel(const V* w, V* u) {
        First::kernel(w, u);
        u[4] = w[3], u[5] = w[3] + w[4], u[6] = w[4];
    }
    template <class V>
    CHAINRULE_INLINE static void output(const V* m, V* y) {
        First::output(m, y);
        y[0] += m[4] + m[5], y[1] += m[5] - m[6];
    }
    template <class V>
    CHAINRULE_INLINE static void output_gradient(const V* y, V* m) {
        First::output_gradient(y, m);
        m[4] = y[0], m[5] = y[0] + y[1], m[6] = -y[1];
    }
    template <class V>
    CHAINRULE_INLINE static void kernel_gradient(const V* u, V* w) {
        First::kernel_gradient(u, w);
        w[3] = u[4] + u[5], w[4] = u[5] + u[6];
    }
};

}  // namespace chainrule
