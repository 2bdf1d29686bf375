// What the elementary functions on vectors (vmath.hpp) are made of.
//
//     ulp            the distance between neighbouring numbers of T
//     high + low     a number in two parts, of which low is less than about an ulp of high
//
// A lane's result never depends on its lane or on its neighbours: all lanes take all steps, and `select` picks. Where a
// product is added to something, it says `multiply_add`, so the compiler has nothing left to fuse, here or there.
//
// The tables of coefficients are minimax polynomials (Remez' exchange in 50 digits, weighted so that the relative error
// of the function is smallest), lowest power first. After a coefficient was rounded to T, those of higher powers were
// fitted again (but not those of tanh's quotient and of Φ). The error given with each table is that of the function
// with the rounded coefficients in exact arithmetic.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "simd.hpp"

namespace chainrule::vmath {

template <class T>
struct Unsigned;
template <>
struct Unsigned<float> {
    typedef std::uint32_t type __attribute__((vector_size(vector_bytes)));
};
template <>
struct Unsigned<double> {
    typedef std::uint64_t type __attribute__((vector_size(vector_bytes)));
};
// The bits of T as whole numbers that wrap around and shift without a sign.
template <class T>
using Bits = typename Unsigned<T>::type;

template <class T>
struct Format;
template <>
struct Format<float> {
    using Word = std::uint32_t;
    static constexpr int mantissa = 23, bias = 127;
    static constexpr float split = 0x1p12f + 1;  // Dekker's: halves the digits
};
template <>
struct Format<double> {
    using Word = std::uint64_t;
    static constexpr int mantissa = 52, bias = 1023;
    static constexpr double split = 0x1p27 + 1;
};
template <class T>
using Word = typename Format<T>::Word;

template <class T>
constexpr Word<T> one_bits = Word<T>{Format<T>::bias} << Format<T>::mantissa;
template <class T>
constexpr Word<T> sign_bit = Word<T>{1} << (8 * sizeof(T) - 1);
// Added to a number below a quarter of it, it rounds that to a whole number, which its lowest bits then show.
template <class T>
constexpr T rounder = T(1.5) * T(Word<T>{1} << Format<T>::mantissa);

template <class T>
CHAINRULE_INLINE Bits<T> every(Word<T> word) {
    return Bits<T>{} + word;
}

#if defined(__AVX512F__) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
constexpr bool fuses = true;
#else
constexpr bool fuses = false;
#endif

// a b + c, rounded once where the instruction set can.
template <class T>
CHAINRULE_INLINE Vec<T> multiply_add(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
    } else {
        return (Vec<T>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
    }
#elif defined(__AVX2__) && defined(__FMA__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
    } else {
        return (Vec<T>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
    }
#else
    if constexpr (fuses) {
        for (int i = 0; i < lanes<T>; ++i) c[i] = std::fma(a[i], b[i], c[i]);
        return c;
    } else {
        return a * b + c;
    }
#endif
}

// What rounding took from a product: a b − p, exactly, for a p within an ulp or two of a b.
template <class T>
CHAINRULE_INLINE Vec<T> product_error(Vec<T> a, Vec<T> b, Vec<T> p) {
    if constexpr (fuses) {
        return multiply_add<T>(a, b, -p);
    } else {  // Dekker, 1971
        const Vec<T> ca = a * Format<T>::split, cb = b * Format<T>::split;
        const Vec<T> a_high = ca - (ca - a), b_high = cb - (cb - b);
        const Vec<T> a_low = a - a_high, b_low = b - b_high;
        return ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
    }
}

// What rounding took from a sum: a + b − s for s = a + b (Knuth).
template <class T>
CHAINRULE_INLINE Vec<T> sum_error(Vec<T> a, Vec<T> b, Vec<T> s) {
    const Vec<T> from_b = s - a;
    return (a - (s - from_b)) + (b - from_b);
}

// c₀ + c₁ x + c₂ x² + …, from the coefficient k on. A loop would not be unrolled at every length.
template <class T, std::size_t N, std::size_t k = 0>
CHAINRULE_INLINE Vec<T> polynomial(const T (&c)[N], Vec<T> x) {
    if constexpr (k + 1 == N) {
        return broadcast(c[k]);
    } else {
        return multiply_add<T>(polynomial<T, N, k + 1>(c, x), x, broadcast(c[k]));
    }
}

// y, which is not negative, with the sign of x.
template <class T>
CHAINRULE_INLINE Vec<T> with_sign(Vec<T> y, Vec<T> x) {
    return (Vec<T>)((Bits<T>)y | ((Bits<T>)x & every<T>(sign_bit<T>)));
}

}  // namespace chainrule::vmath
