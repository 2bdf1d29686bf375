// The error function and the normal distribution: erf, normal_cdf (Φ), normal_density (φ), each `f<T>(Vec<T>)`.
//
//     |x| < 1    erf x = x + x p(x²)
//     above      erf x = 1 − e^h(|x|),  h = ln erfc
//     t ≥ 0      Φ(−t) = e^(−t²/2) M(t),  M(t) = P(u) / (t + ⁵⁄₄),  u = (t − b) / (t + b)
//     x ≥ 0      Φ(x)  = 1 − Φ(−x)
//
// ⁵⁄₄ is near √(π/2), with which P is flat at t = 0, where u has its largest error. Below Φ = 0.5 nothing cancels: the
// digits hold down to the smallest subnormal number. Whoever wants Φ and φ of the same x calls both: the compiler makes
// one e^(−t²/2) of the two.
#pragma once

#include "vmath_exp.hpp"

namespace chainrule {

namespace vmath {

template <class T>
struct ErfTable;
template <>
struct ErfTable<float> {
    static constexpr float full = 4;  // erf is 1 from here on
    // x + x p(x²): 2^−29.4
    static constexpr float p[] = {
        1.2837917e-01f, -3.7612626e-01f, 1.1283579e-01f, -2.6853347e-02f, 5.187162e-03f, -7.997853e-04f, 7.806903e-05f};
    // h(1 + t): 2^−26.9 of erf
    static constexpr float h[] = {
        -1.8496056e+00f, -2.6389627e+00f, -8.431724e-01f, -4.126223e-02f, 9.452782e-03f, -1.4811908e-03f,
        9.015312e-05f};
};
template <>
struct ErfTable<double> {
    static constexpr double full = 6;
    // 2^−56.3
    static constexpr double p[] = {
        0.1283791670955126, -0.376126389031841, 0.11283791670971094, -0.026866170648029188, 0.005223977652660845,
        -0.0008548328533232581, 0.00012055386073141952, -1.4926877956596562e-05, 1.6480993123199036e-06,
        -1.6556337031533489e-07, 1.600728944014053e-08, -1.6439566162102865e-09, 1.4297427033704365e-10};
    // 2^−57.0
    static constexpr double h[] = {
        -1.8496055099332482, -2.638967514234783, -0.8431072563591642, -0.04156109802898407, 0.010033825212873007,
        -0.001977901395814095, 0.0002373170699734654, 2.6294775011841676e-05, -2.7196267264677876e-05,
        9.667946200788769e-06, -2.1287408399175028e-06, 2.026120494203016e-07, 5.9121570026339476e-08,
        -3.379597417161501e-08, 8.622277948537528e-09, -1.3366758153277249e-09, 1.2110091644718629e-10,
        -4.945604591823182e-12};
};

template <class T>
struct NormalTable;
template <>
struct NormalTable<float> {
    static constexpr float last = 14.6f;  // Φ(−last) and φ(last) are 0
    static constexpr float b = 4;
    static constexpr float density = 0x1.988454p-2f, density_low = -0x1.857936p-27f;  // 1/√(2π)
    // P(u) = p₀ + p₀_low + u (p₁ + …): 2^−26.8
    static constexpr float p_0 = 4.9565586e-01f, p_0_low = 2.6554978e-09f;
    static constexpr float p[] = {
        -1.393029e-01f, 4.5094416e-02f, 1.0673212e-02f, -2.44811e-02f, 1.5816344e-02f, -4.877827e-03f, -1.408964e-04f,
        6.490358e-04f, -7.568352e-05f, -7.031514e-05f};
};
template <>
struct NormalTable<double> {
    static constexpr double last = 39;
    static constexpr double b = 6;
    static constexpr double density = 0x1.9884533d43651p-2, density_low = -0x1.cbc0d30ebfd15p-56;
    // 2^−56.3
    static constexpr double p_0 = 0.46965002885223966, p_0_low = -7.994326754027805e-18;
    static constexpr double p[] = {
        -0.11582454567002544, 0.06626929792504761, -0.024849896729396553, -0.0019357291735101901, 0.013828832106538203,
        -0.015019559475390822, 0.011035255169053243, -0.0062053374198575125, 0.0026822924978793087,
        -0.000823901415055471, 0.00012258310789067792, 3.2667464838798066e-05, -2.4981662694018994e-05,
        4.531937560653089e-06, 1.6040662996853077e-06, -9.718752865471084e-07, 1.5770510783213847e-08,
        1.2727562705794166e-07, -2.1506872622535574e-08, -1.570160781898778e-08, 2.9614384708415414e-09,
        1.8224133247685093e-09, 1.0639700262716363e-10};
};

// e^(−t²/2) = 2ⁿ (high + low), `exponent` holding n.
template <class T>
struct Bell {
    Reduced<T> exponent;
    Parts<T> e;
};

// The rounding error of t² counts: the exponential would make it t² times as large.
template <class T>
CHAINRULE_INLINE Bell<T> bell(Vec<T> t) {
    const Vec<T> square = t * t, square_low = product_error<T>(t, t, square);
    Reduced<T> x = reduce<T>(square * T(-0.5));
    const Vec<T> r = x.r, low = multiply_add<T>(square_low, broadcast(T(-0.5)), x.low);
    x.r = r + low;
    x.low = low - (x.r - r);
    return {x, exp_parts<T>(x)};
}

// |x|, no larger than where Φ(−|x|) and φ(x) have become 0.
template <class T>
CHAINRULE_INLINE Vec<T> bell_side(Vec<T> x) {
    return smaller<T>(absolute<T>(x), broadcast(NormalTable<T>::last));
}

}  // namespace vmath

template <class T>
CHAINRULE_INLINE Vec<T> erf(Vec<T> x) {
    using Table = vmath::ErfTable<T>;
    const Vec<T> a = absolute<T>(x), t = smaller<T>(a, broadcast(Table::full)) - T(1);
    const Vec<T> near = vmath::multiply_add<T>(a, vmath::polynomial(Table::p, a * a), a);
    const Vec<T> far = T(1) - vmath::exp_normal<T>(vmath::polynomial(Table::h, t));
    return vmath::with_sign<T>(select<T>(a < T(1), near, far), x);
}

// Both factors are kept as high + low, and the quotient q = high product / (t + ⁵⁄₄) gets what its division left.
template <class T>
CHAINRULE_INLINE Vec<T> normal_cdf(Vec<T> x) {
    using Table = vmath::NormalTable<T>;
    constexpr T shift = T(1.25);
    const Vec<T> t = vmath::bell_side<T>(x);
    const auto [exponent, e] = vmath::bell<T>(t);
    const Vec<T> u = (t - Table::b) / (t + Table::b), slope = vmath::polynomial(Table::p, u);
    const Vec<T> p = vmath::multiply_add<T>(u, slope, broadcast(Table::p_0));
    const Vec<T> p_low = vmath::multiply_add<T>(u, slope, Table::p_0 - p) + Table::p_0_low;

    const Vec<T> product = e.high * p;
    const Vec<T> product_low = vmath::multiply_add<T>(
        e.high, p_low, vmath::multiply_add<T>(e.low, p, vmath::product_error<T>(e.high, p, product)));
    const Vec<T> divisor = t + shift, inverse = T(1) / divisor, q = product * inverse;
    const Vec<T> divisor_low = vmath::sum_error<T>(t, broadcast(shift), divisor);
    const Vec<T> low = vmath::multiply_add<T>(-q, divisor_low, product_low);
    const Vec<T> left = low - vmath::product_error<T>(q, divisor, product);
    const Vec<T> tail = vmath::scale<T>(vmath::multiply_add<T>(left, inverse, q), exponent);
    return select<T>(x > T(0), T(1) - tail, tail);
}

template <class T>
CHAINRULE_INLINE Vec<T> normal_density(Vec<T> x) {
    using Table = vmath::NormalTable<T>;
    const auto [exponent, e] = vmath::bell<T>(vmath::bell_side<T>(x));
    const Vec<T> low = vmath::multiply_add<T>(e.low, broadcast(Table::density), e.high * Table::density_low);
    return vmath::scale<T>(vmath::multiply_add<T>(e.high, broadcast(Table::density), low), exponent);
}

}  // namespace chainrule
