// One vector of numbers, as wide as the instruction set that this file is compiled for.
//
// The core is compiled once for each instruction set (CMakeLists.txt) and one of them is imported, so nothing here is
// decided while it runs. Vectors are those of GCC and Clang: + − × ÷ and comparisons work lane by lane.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

namespace chainrule {

using Index = std::int64_t;

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T>
struct Vector;
template <>
struct Vector<float> {
    typedef float type __attribute__((vector_size(vector_bytes)));
    typedef float unaligned __attribute__((vector_size(vector_bytes), aligned(4), may_alias));
    typedef std::int32_t whole __attribute__((vector_size(vector_bytes)));
};
template <>
struct Vector<double> {
    typedef double type __attribute__((vector_size(vector_bytes)));
    typedef double unaligned __attribute__((vector_size(vector_bytes), aligned(8), may_alias));
    typedef std::int64_t whole __attribute__((vector_size(vector_bytes)));
};

template <class T>
using Vec = typename Vector<T>::type;
// Whole numbers as wide as T: what comparisons give (0 or −1 a lane), and what bits of T are read as.
template <class T>
using Mask = typename Vector<T>::whole;

template <class T>
constexpr int lanes = vector_bytes / sizeof(T);

#define CHAINRULE_INLINE inline __attribute__((always_inline))

template <class T>
CHAINRULE_INLINE Vec<T> load(const T* p) {
    return *reinterpret_cast<const typename Vector<T>::unaligned*>(p);
}
template <class T>
CHAINRULE_INLINE void store(T* p, Vec<T> v) {
    *reinterpret_cast<typename Vector<T>::unaligned*>(p) = v;
}
template <class T>
CHAINRULE_INLINE Vec<T> broadcast(T x) {
    return x - Vec<T>{};  // not +: −0 + 0 is 0
}

#if defined(__AVX2__) && !defined(__AVX512F__)
// The mask of a vector's first n numbers: a window on eight (four) ones and as many zeros.
template <class T>
CHAINRULE_INLINE __m256i first_lanes(int n) {
    alignas(32) static constexpr std::int32_t ones_and_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    constexpr int steps = sizeof(T) / sizeof(std::int32_t);
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ones_and_zeros + 8 - n * steps));
}
#endif

// The first n numbers, 0 < n < lanes, and zeros after them; what lies behind is not touched.
template <class T>
CHAINRULE_INLINE Vec<T> load_part(const T* p, int n) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
    } else {
        return (Vec<T>)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
    }
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm256_maskload_ps(p, first_lanes<T>(n));
    } else {
        return (Vec<T>)_mm256_maskload_pd(p, first_lanes<T>(n));
    }
#else
    Vec<T> v{};
    for (int i = 0; i < lanes<T> - 1; ++i)
        if (i < n) v[i] = p[i];
    return v;
#endif
}
template <class T>
CHAINRULE_INLINE void store_part(T* p, Vec<T> v, int n) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
    } else {
        _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
    }
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 4) {
        _mm256_maskstore_ps(p, first_lanes<T>(n), (__m256)v);
    } else {
        _mm256_maskstore_pd(p, first_lanes<T>(n), (__m256d)v);
    }
#else
    for (int i = 0; i < lanes<T> - 1; ++i)
        if (i < n) p[i] = v[i];
#endif
}

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
constexpr bool fused = true;
#else
constexpr bool fused = false;
#endif

// x y + z, rounded once where the instruction set can: said aloud, since the compiler may fuse x * y + z or leave it.
template <class T>
CHAINRULE_INLINE T multiply_add(T x, T y, T z) {
    if constexpr (fused) return std::fma(x, y, z);
    else return x * y + z;
}
template <class T>
CHAINRULE_INLINE Vec<T> multiply_add(Vec<T> x, Vec<T> y, Vec<T> z) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm512_fmadd_ps((__m512)x, (__m512)y, (__m512)z);
    } else {
        return (Vec<T>)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)z);
    }
#elif defined(__AVX2__) && defined(__FMA__)
    if constexpr (sizeof(T) == 4) {
        return (Vec<T>)_mm256_fmadd_ps((__m256)x, (__m256)y, (__m256)z);
    } else {
        return (Vec<T>)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)z);
    }
#else
    if constexpr (!fused) return x * y + z;
    for (int i = 0; i < lanes<T>; ++i) z[i] = multiply_add<T>(T(x[i]), T(y[i]), T(z[i]));
    return z;
#endif
}

template <class T>
CHAINRULE_INLINE Vec<T> select(Mask<T> chosen, Vec<T> yes, Vec<T> no) {
    return chosen ? yes : no;
}
// A NaN in `a` stays, as in NumPy's maximum and minimum; one in `b` stays where written so by the caller.
template <class T>
CHAINRULE_INLINE Vec<T> larger(Vec<T> a, Vec<T> b) {
    return a < b ? b : a;
}
template <class T>
CHAINRULE_INLINE Vec<T> smaller(Vec<T> a, Vec<T> b) {
    return b < a ? b : a;
}
template <class T>
CHAINRULE_INLINE Vec<T> absolute(Vec<T> x) {
    constexpr auto sign = sizeof(T) == 4 ? (Index)INT32_MIN : INT64_MIN;
    return (Vec<T>)((Mask<T>)x & ~(Mask<T>{} + (decltype(Mask<T>{}[0] + 0))sign));
}
template <class T>
CHAINRULE_INLINE Vec<T> square_root(Vec<T> x) {
    Vec<T> y;
    for (int i = 0; i < lanes<T>; ++i) y[i] = std::sqrt(x[i]);  // one instruction where the set has it
    return y;
}

// y[i] = f(x[i]) for n numbers, a vector at a time; x and y may be the same. f takes and gives Vec<T>.
template <class T, class F>
CHAINRULE_INLINE void map(Index n, const T* x, T* y, F f) {
    Index i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) store(y + i, f(load(x + i)));
    if (int rest = (int)(n - i)) store_part(y + i, f(load_part(x + i, rest)), rest);
}
// z[i] = f(x[i], y[i]); z may be x or y.
template <class T, class F>
CHAINRULE_INLINE void map(Index n, const T* x, const T* y, T* z, F f) {
    Index i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) store(z + i, f(load(x + i), load(y + i)));
    if (int rest = (int)(n - i)) store_part(z + i, f(load_part(x + i, rest), load_part(y + i, rest)), rest);
}

}  // namespace chainrule
