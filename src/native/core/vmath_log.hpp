// Logarithms: log, log1p (ln(1 + x)) and softplus (ln(1 + eˣ)), each `f<T>(Vec<T>)`.
//
//     x = 2ᵏ (1 + f),  √½ ≤ 1 + f < √2,  s = f / (2 + f),  z = s²
//     ln(1 + f) = ln((1 + s) / (1 − s)) = 2 s + s z R(z) = f − (f²/2 − s (f²/2 + z R(z)))
//
// The last form, fdlibm's, has f itself, which is exact, in the leading place.
#pragma once

#include "vmath_exp.hpp"

namespace chainrule {

namespace vmath {

template <class T>
struct LogTable;
template <>
struct LogTable<float> {
    static constexpr Word<float> root_half = 0x3F3504F3;
    static constexpr float lift = 0x1p25f, lifted = 25;  // makes a subnormal number a normal one
    // 2 s + s z R(z): 2^−30.2
    static constexpr float R[] = {6.6666776e-01f, 3.997758e-01f, 2.987093e-01f};
};
template <>
struct LogTable<double> {
    static constexpr Word<double> root_half = 0x3FE6A09E667F3BCD;
    static constexpr double lift = 0x1p54, lifted = 54;
    // 2^−59.5
    static constexpr double R[] = {
        0.6666666666666734, 0.39999999999416397, 0.28571428742117944, 0.22222198593095221, 0.18183563589730267,
        0.15314063374219408, 0.14795871079869105};
};

// x = 2ᵏ (1 + f), and 2⁻ᵏ as a number (which it is for x < 2¹²⁷ and 2¹⁰²³).
template <class T>
struct Split {
    Vec<T> k, f, inverse_power;
};

// Of a normal x > 0.
template <class T>
CHAINRULE_INLINE Split<T> split(Vec<T> x) {
    constexpr Word<T> root_half = LogTable<T>::root_half, unit = Word<T>{1} << Format<T>::mantissa;
    const Bits<T> bits = (Bits<T>)x + (one_bits<T> - root_half);
    const Vec<T> raised = (Vec<T>)((bits >> Format<T>::mantissa) | (Bits<T>)broadcast(T(unit)));  // unit + bias + k
    return {raised - T(unit + Format<T>::bias), (Vec<T>)((bits & (unit - 1)) + root_half) - T(1),
            (Vec<T>)(2 * one_bits<T> - (bits & ~(unit - 1)))};
}

// k ln 2 + ln(1 + f) + rest, where rest is at most about an ulp.
template <class T>
CHAINRULE_INLINE Vec<T> log_split(Vec<T> k, Vec<T> f, Vec<T> rest) {
    using Table = LogTable<T>;
    const Vec<T> s = f / (f + T(2)), z = s * s, half_square = f * T(0.5) * f;
    const Vec<T> inner = multiply_add<T>(z, polynomial(Table::R, z), half_square);
    const Vec<T> small = multiply_add<T>(k, broadcast(ExpTable<T>::ln2_low), rest);
    const Vec<T> fall = half_square - multiply_add<T>(s, inner, small);
    return multiply_add<T>(k, broadcast(ExpTable<T>::ln2_high), f - fall);
}

// ln(x + low) for a normal x > 0 and a low of at most about an ulp: ln x + low / x, to four bits by
// 1 / (1 + f) ≈ 1 − f + f². From 2⁶⁴ on low counts for nothing.
template <class T>
CHAINRULE_INLINE Vec<T> log_of_sum(Vec<T> x, Vec<T> low) {
    const Split<T> y = split<T>(x);
    const Vec<T> power = select<T>(x < T(0x1p64), y.inverse_power, Vec<T>{});
    const Vec<T> inverse = multiply_add<T>(y.f, y.f - T(1), broadcast(T(1)));
    return log_split<T>(y.k, y.f, low * power * inverse);
}

// y where x is an ordinary number greater than `end`; −∞ at `end`, NaN below it, and ∞ and NaN of x stay.
template <class T>
CHAINRULE_INLINE Vec<T> log_ends(Vec<T> y, Vec<T> x, T end) {
    constexpr T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const Vec<T> outside = select<T>(x == end, broadcast(-infinity), broadcast(nan));
    return select<T>(x <= end, outside, select<T>(x < infinity, y, x));
}

}  // namespace vmath

template <class T>
CHAINRULE_INLINE Vec<T> log(Vec<T> x) {
    using Table = vmath::LogTable<T>;
    const Mask<T> subnormal = x < std::numeric_limits<T>::min();
    const vmath::Split<T> y = vmath::split<T>(select<T>(subnormal, x * Table::lift, x));
    const Vec<T> k = y.k - select<T>(subnormal, broadcast(Table::lifted), Vec<T>{});
    return vmath::log_ends<T>(vmath::log_split<T>(k, y.f, Vec<T>{}), x, T(0));
}

template <class T>
CHAINRULE_INLINE Vec<T> log1p(Vec<T> x) {
    const Vec<T> one = broadcast(T(1));
    const Vec<T> sum = one + x, low = smaller<T>(x, one) - (sum - larger<T>(x, one));
    const Vec<T> y = vmath::log_ends<T>(vmath::log_of_sum<T>(sum, low), x, T(-1));
    return select<T>(x == T(0), x, y);  // −0 stays
}

// max(x, 0) + ln(1 + e^−|x|), which does not overflow.
template <class T>
CHAINRULE_INLINE Vec<T> softplus(Vec<T> x) {
    const Vec<T> e = vmath::exp_bounded<T>(-absolute<T>(x)), sum = e + T(1), low = e - (sum - T(1));
    return larger<T>(x, Vec<T>{}) + vmath::log_of_sum<T>(sum, low);
}

}  // namespace chainrule
