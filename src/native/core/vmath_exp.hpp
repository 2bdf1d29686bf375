// eˣ and what is made of it: exp, expm1 (eˣ − 1), tanh, sigmoid (1 / (1 + e⁻ˣ)), each `f<T>(Vec<T>)`.
//
//     x = n ln 2 + r,  |r| ≤ ½ ln 2,  eˣ = 2ⁿ (1 + r + r² q(r))
//
// ln 2 is kept in two parts, the first so short that n times it is exact.
#pragma once

#include "vmath_parts.hpp"

namespace chainrule {

namespace vmath {

template <class T>
struct ExpTable;
template <>
struct ExpTable<float> {
    static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float lowest = -104, highest = 89;  // eˣ is 0 below, ∞ above
    static constexpr float flat = 20;                    // e^−flat is less than a quarter of an ulp of 1
    static constexpr float straight = 0x1p-25f;          // eˣ − 1 is x below
    // 1 + r + r² q(r): 2^−28.2
    static constexpr float q[] = {4.9999994e-01f, 1.6666517e-01f, 4.1668106e-02f, 8.36914e-03f, 1.3836743e-03f};
};
template <>
struct ExpTable<double> {
    static constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
    static constexpr double lowest = -746, highest = 710;
    static constexpr double flat = 40;
    static constexpr double straight = 0x1p-54;
    // 2^−57.2
    static constexpr double q[] = {
        0.5000000000000011, 0.16666666666666433, 0.0416666666665257, 0.008333333333477647, 0.0013888888944905329,
        0.00019841269548754114, 2.4801491695926005e-05, 2.755753948111876e-06, 2.763078330126807e-07,
        2.5019175455099977e-08};
};

// x = n ln 2 + r + low. The lowest bits of `bits` are n as a whole number.
template <class T>
struct Reduced {
    Vec<T> n, r, low;
    Bits<T> bits;
};

template <class T>
CHAINRULE_INLINE Reduced<T> reduce(Vec<T> x) {
    using Table = ExpTable<T>;
    constexpr T log2_e = T(1.44269504088896340736L);
    const Vec<T> rounded = multiply_add<T>(x, broadcast(log2_e), broadcast(rounder<T>));
    const Vec<T> n = rounded - rounder<T>;
    const Vec<T> high = multiply_add<T>(n, broadcast(-Table::ln2_high), x);  // exact
    const Vec<T> r = multiply_add<T>(n, broadcast(-Table::ln2_low), high);
    return {n, r, multiply_add<T>(n, broadcast(-Table::ln2_low), high - r), (Bits<T>)rounded};
}

// 2ⁿ for −bias < n ≤ bias + 1, the last being ∞. (To add n to the bits of a factor instead would spoil a NaN.)
template <class T>
CHAINRULE_INLINE Vec<T> power_of_two(Bits<T> n) {
    return (Vec<T>)((n << Format<T>::mantissa) + one_bits<T>);
}

// 2ⁿ y for ½ < y < 2, rounded once: subnormal numbers, 0 and ∞ come out right.
template <class T>
CHAINRULE_INLINE Vec<T> scale(Vec<T> y, const Reduced<T>& x) {
#if defined(__AVX512F__)  // with a mask of all lanes, as GCC 12 warns of its own plain form
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm512_maskz_scalef_ps((__mmask16)-1, (__m512)y, (__m512)x.n);
    } else {
        return (Vec<T>)_mm512_maskz_scalef_pd((__mmask8)-1, (__m512d)y, (__m512d)x.n);
    }
#else  // in two steps of about n/2, of which the first is exact
    const Bits<T> all = x.bits << Format<T>::mantissa;
    const Bits<T> half = (x.bits << (Format<T>::mantissa - 1)) & every<T>(~Word<T>{0} << Format<T>::mantissa);
    return y * (Vec<T>)(half + one_bits<T>) * (Vec<T>)(all - half + one_bits<T>);
#endif
}

// eʳ
template <class T>
CHAINRULE_INLINE Vec<T> exp_reduced(Vec<T> r) {
    const Vec<T> slope = multiply_add<T>(polynomial(ExpTable<T>::q, r), r, broadcast(T(1)));
    return multiply_add<T>(slope, r, broadcast(T(1)));
}

// eʳ − 1 − r
template <class T>
CHAINRULE_INLINE Vec<T> exp_excess(const Reduced<T>& x) {
    return multiply_add<T>(x.r * x.r, polynomial(ExpTable<T>::q, x.r), x.low);
}

// eʳ = high + low
template <class T>
struct Parts {
    Vec<T> high, low;
};

template <class T>
CHAINRULE_INLINE Parts<T> exp_parts(const Reduced<T>& x) {
    const Vec<T> excess = exp_excess<T>(x), rise = x.r + excess, high = rise + T(1);
    return {high, (rise - (high - T(1))) + (excess - (rise - x.r))};
}

// e^y where that is a normal number.
template <class T>
CHAINRULE_INLINE Vec<T> exp_normal(Vec<T> y) {
    const Reduced<T> x = reduce<T>(y);
    return exp_reduced<T>(x.r) * power_of_two<T>(x.bits);
}

// e^y for y ≤ highest.
template <class T>
CHAINRULE_INLINE Vec<T> exp_bounded(Vec<T> y) {
    const Reduced<T> x = reduce<T>(larger<T>(y, broadcast(ExpTable<T>::lowest)));
    return scale<T>(exp_reduced<T>(x.r), x);
}

}  // namespace vmath

template <class T>
CHAINRULE_INLINE Vec<T> exp(Vec<T> x) {
    using Table = vmath::ExpTable<T>;
    return vmath::exp_bounded<T>(smaller<T>(x, broadcast(Table::highest)));
}

// eˣ − 1 = (2ⁿ − 1 + 2ⁿ r) + 2ⁿ (eʳ − 1 − r), the error of the first sum added to the second part. All of it is halved,
// so that 2ⁿ does not overflow before the result does.
template <class T>
CHAINRULE_INLINE Vec<T> expm1(Vec<T> x) {
    using Table = vmath::ExpTable<T>;
    const Vec<T> within = smaller<T>(larger<T>(x, broadcast(-Table::flat)), broadcast(Table::highest));
    const vmath::Reduced<T> y = vmath::reduce<T>(within);
    const Vec<T> half = vmath::power_of_two<T>(y.bits - 1), start = half - T(0.5);
    const Vec<T> sum = vmath::multiply_add<T>(half, y.r, start);
    const Vec<T> error = vmath::multiply_add<T>(half, y.r, start - sum);
    const Vec<T> halved = sum + vmath::multiply_add<T>(half, vmath::exp_excess<T>(y), error);
    return select<T>(absolute<T>(x) < Table::straight, x, halved + halved);
}

namespace vmath {

template <class T>
struct TanhTable;
// x + x³ p(x²) / q(x²) for |x| < 0.625
template <>
struct TanhTable<float> {  // 2^−27.2
    static constexpr float p[] = {-3.3333308e-01f, -1.5415678e-03f};
    static constexpr float q[] = {1, 4.0461227e-01f};
};
template <>
struct TanhTable<double> {  // 2^−56.5
    static constexpr double p[] = {-0.33333333333333326, -0.020496785894040106, -0.00019908890034600707};
    static constexpr double q[] = {1, 0.4614903576821052, 0.02328864786937716, 0.00020643827228497457};
};

}  // namespace vmath

// x + x³ p/q near 0, and 1 − 2 / (e²ˣ + 1) from there on; there is one division for both.
template <class T>
CHAINRULE_INLINE Vec<T> tanh(Vec<T> x) {
    using Table = vmath::TanhTable<T>;
    constexpr T near_zero = T(0.625);
    const Vec<T> y = absolute<T>(x), z = y * y;
    const Vec<T> e = vmath::exp_normal<T>(smaller<T>(y + y, broadcast(vmath::ExpTable<T>::flat)));
    const Mask<T> near = y < near_zero;
    const Vec<T> top = select<T>(near, y * z * vmath::polynomial(Table::p, z), broadcast(T(-2)));
    const Vec<T> bottom = select<T>(near, vmath::polynomial(Table::q, z), e + T(1));
    return vmath::with_sign<T>(select<T>(near, y, broadcast(T(1))) + top / bottom, x);
}

// 1 / (1 + e) on the right and e / (1 + e) on the left, with e = e^−|x| ≤ 1: no digit is lost on either side. The
// quotient q is then changed by what rounding took: with 1 + e = sum + sum_low and e = e_high (1 + δ), by
//
//     right   −q (sum_low + e δ) / (1 + e)
//     left    −q (sum_low − δ) / (1 + e)
template <class T>
CHAINRULE_INLINE Vec<T> sigmoid(Vec<T> x) {
    constexpr T start = T(24) / 17, slope = T(-8) / 17;  // 1/s ≈ start + slope s, to 6 % for 1 ≤ s ≤ 2
    const Vec<T> one = broadcast(T(1));
    const Mask<T> left = x < T(0);
    const vmath::Reduced<T> y = vmath::reduce<T>(larger<T>(-absolute<T>(x), broadcast(vmath::ExpTable<T>::lowest)));
    const vmath::Parts<T> parts = vmath::exp_parts<T>(y);
    const Vec<T> e = vmath::scale<T>(parts.high, y), delta = parts.low * (T(2) - parts.high);
    const Vec<T> sum = one + e, sum_low = e - (sum - one);
    const Vec<T> q = select<T>(left, e, one) / sum;
    const Vec<T> inverse = vmath::multiply_add<T>(sum, broadcast(slope), broadcast(start));
    const Vec<T> change = vmath::multiply_add<T>(select<T>(left, -one, e), delta, sum_low);
    return vmath::multiply_add<T>(-q, change * inverse, q);
}

}  // namespace chainrule
