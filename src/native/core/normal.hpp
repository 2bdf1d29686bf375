// Numbers of the normal distribution from random words (Box and Muller, 1958), as in chainrule/random.py:
//
//     u₁, u₂ = two words >> 11, times 2⁻⁵³
//     √(−2 ln(1 − u₁)) · cos(2π u₂), then · sin(2π u₂)
//
// always in float64. 1 − u₁ is exact, so the plain logarithm will do. The polynomials of sine and cosine are fdlibm's
// (Sun Microsystems, 1993: k_sin.c, k_cos.c), right to 1 ulp on their range.
#pragma once

#include "philox.hpp"
#include "vmath_log.hpp"

namespace chainrule {

namespace normal_detail {

using Doubles = Vec<double>;
using Wholes = Mask<double>;

// Of a word's 53 upper bits.
CHAINRULE_INLINE Doubles uniform(Wholes upper_bits) {
    return __builtin_convertvector(upper_bits, Doubles) * 0x1p-53;
}

// sin r = r + r³ (…) and cos r = 1 − r²/2 + r⁴ (…) for |r| ≤ π/4, in powers of r².
constexpr double sine_rest[] = {-1.66666666666666324348e-01, 8.33333333332248946124e-03,  -1.98412698298579493134e-04,
                                2.75573137070700676789e-06,  -2.50507602534068634195e-08, 1.58969099521155010221e-10};
constexpr double cosine_rest[] = {4.16666666666666019037e-02,  -1.38888888888741095749e-03, 2.48015872894767294178e-05,
                                  -2.75573143513906633035e-07, 2.08757232129817482790e-09,  -1.13596475577881948265e-11};

// cos and sin of 0 ≤ angle ≤ 2π: angle = k π/2 + r with |r| ≤ π/4.
CHAINRULE_INLINE void turn(Doubles angle, Doubles& cosine, Doubles& sine) {
    constexpr double quarter_high = 1.57079632673412561417e+00, quarter_low = 6.07710050650619224932e-11;
    constexpr double quarters_a_radian = 6.36619772367581382433e-01;
    const Wholes k = __builtin_convertvector(angle * quarters_a_radian + 0.5, Wholes);
    const Doubles quarters = __builtin_convertvector(k, Doubles);
    const Doubles r = (angle - quarters * quarter_high) - quarters * quarter_low;
    const Doubles z = r * r;
    const Doubles s = r + r * z * vmath::polynomial(sine_rest, z);
    const Doubles half = 0.5 * z, w = 1.0 - half;
    const Doubles c = w + (((1.0 - w) - half) + z * z * vmath::polynomial(cosine_rest, z));
    // In quarters 2 and 3 the sine is below 0, in 1 and 2 the cosine; bit 1 goes to where the sign is.
    const Wholes odd = -(k & 1), sine_sign = (k & 2) << 62;
    const Wholes cosine_sign = ((k + 1) & 2) << 62;
    cosine = (Doubles)((Wholes)select<double>(odd, s, c) ^ cosine_sign);
    sine = (Doubles)((Wholes)select<double>(odd, c, s) ^ sine_sign);
}

}  // namespace normal_detail

// Z[i] = number first + i of the stream, with mean 0 and deviation 1.
inline void draw_normal(const Philox& stream, std::uint64_t first, Index n, double* Z) {
    using namespace normal_detail;
    constexpr int room = blocks_at_a_time * Philox::words_a_block;  // a word gives a number
    constexpr double two_pi = 6.28318530717958647692;
    while (n > 0) {
        const Index skip = static_cast<Index>(first % Philox::words_a_block);
        const Index count = std::min<Index>(n, room - skip);
        std::uint64_t words[room];
        std::int64_t upper[2][room / 2] = {};
        double numbers[room], turned[2][room / 2];
        const Index n_blocks = (skip + count + Philox::words_a_block - 1) / Philox::words_a_block;
        stream.blocks(first / Philox::words_a_block, n_blocks, words);
        const Index pairs = n_blocks * Philox::words_a_block / 2;
        for (Index i = 0; i < pairs; ++i) {
            upper[0][i] = static_cast<std::int64_t>(words[2 * i] >> 11);
            upper[1][i] = static_cast<std::int64_t>(words[2 * i + 1] >> 11);
        }
        for (Index i = 0; i < pairs; i += lanes<double>) {
            Wholes bits[2];
            std::memcpy(&bits[0], upper[0] + i, sizeof(Wholes));
            std::memcpy(&bits[1], upper[1] + i, sizeof(Wholes));
            const Doubles radius = square_root<double>(-2.0 * log<double>(1.0 - uniform(bits[0])));
            Doubles cosine, sine;
            turn(two_pi * uniform(bits[1]), cosine, sine);
            store(turned[0] + i, radius * cosine);
            store(turned[1] + i, radius * sine);
        }
        for (Index i = 0; i < pairs; ++i) numbers[2 * i] = turned[0][i], numbers[2 * i + 1] = turned[1][i];
        std::copy_n(numbers + skip, count, Z);
        first += count, Z += count, n -= count;
    }
}

}  // namespace chainrule
