// Philox4x64-10: random words from a key and a counter. The bits are those of chainrule/random.py, which are NumPy's.
//
//     key      (seed, purpose · 2³² + index)        what the numbers are for
//     counter  (1 + number of the block, 0, step, 0)
//     block    4 words of 64 bits, or 8 halves of 32 bits, the low half first
//
// Any block is made without those before it, so each thread draws the numbers of its own rows.
//
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "simd.hpp"

namespace chainrule {

static_assert(std::endian::native == std::endian::little, "a word's low half is read as its first");

// What a stream is for: the numbers of PURPOSES in chainrule/random.py.
enum class Purpose : std::uint64_t { order = 2, noise = 3 };

class Philox {
public:
    static constexpr int words_a_block = 4, halves_a_block = 8;

    Philox(std::uint64_t seed, Purpose purpose, std::uint64_t index, std::uint64_t step)
        : step_(step), key_{seed, (static_cast<std::uint64_t>(purpose) << 32) + index} {}

    // Writes n blocks, from number `first` on.
    void blocks(std::uint64_t first, Index n, std::uint64_t* words) const {
#if defined(__AVX512F__)
        const Philox own = *this;  // what is written to `words` can't change it
        for (; n >= 2 * group_; n -= 2 * group_, first += 2 * group_, words += 2 * group_ * words_a_block)
            own.groups<2>(first, words);
        for (; n > 0; n -= group_, first += group_, words += group_ * words_a_block) {
            std::uint64_t whole[group_ * words_a_block];
            own.groups<1>(first, whole);
            std::memcpy(words, whole, std::min<Index>(n, group_) * words_a_block * sizeof(std::uint64_t));
        }
#else
        for (; n > 0; --n, ++first, words += words_a_block) block(first, words);
#endif
    }

private:
    static constexpr int rounds_ = 10;
    static constexpr std::uint64_t multiplier_[2] = {0xD2E7470EE14C6C93, 0xCA5A826395121157};
    static constexpr std::uint64_t key_step_[2] = {0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B};

#if defined(__AVX512F__)
    // One word of each of eight blocks.
    typedef std::uint64_t Words __attribute__((vector_size(vector_bytes)));
    static constexpr int group_ = lanes<double>;

    static CHAINRULE_INLINE Words low_products(Words a, Words b) {
        return (Words)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);  // of the low halves, 64 bits each
    }

    // The high and the low words of x · by, from four products of halves.
    static CHAINRULE_INLINE void multiply(Words x, std::uint64_t by, Words& high, Words& low) {
        const Words by0 = Words{} + (by & UINT32_MAX), by1 = Words{} + (by >> 32), x1 = x >> 32;
        const Words p00 = low_products(x, by0), p01 = low_products(x, by1);
        const Words p10 = low_products(x1, by0), p11 = low_products(x1, by1);
        const Words middle = p10 + (p00 >> 32);
        const Words carried = p01 + (middle & UINT32_MAX);
        high = p11 + (middle >> 32) + (carried >> 32);
        low = (Words)_mm512_mask_shuffle_epi32((__m512i)p00, 0xAAAA, (__m512i)carried, _MM_PERM_CCAA);
    }

    // `count` groups of eight blocks, one block a lane; two groups hide each other's latency.
    template <int count>
    CHAINRULE_INLINE void groups(std::uint64_t first, std::uint64_t* words) const {
        Words c0[count], c1[count], c2[count], c3[count];
        for (int g = 0; g < count; ++g) {
            c0[g] = Words{0, 1, 2, 3, 4, 5, 6, 7} + (first + 1 + group_ * g);
            c2[g] = Words{} + step_;
            c1[g] = c3[g] = Words{};
        }
        std::uint64_t k0 = key_[0], k1 = key_[1];
#pragma GCC unroll 10
        for (int round = 0; round < rounds_; ++round, k0 += key_step_[0], k1 += key_step_[1])
            for (int g = 0; g < count; ++g) {
                Words high0, low0, high1, low1;
                multiply(c0[g], multiplier_[0], high0, low0);
                multiply(c2[g], multiplier_[1], high1, low1);
                c0[g] = high1 ^ c1[g] ^ k0, c1[g] = low1;
                c2[g] = high0 ^ c3[g] ^ k1, c3[g] = low0;
            }
        for (int g = 0; g < count; ++g) {
            std::uint64_t* to = words + g * group_ * words_a_block;
            const Words even01 = every_other<0>(c0[g], c1[g]), even23 = every_other<0>(c2[g], c3[g]);
            const Words odd01 = every_other<1>(c0[g], c1[g]), odd23 = every_other<1>(c2[g], c3[g]);
            store_pair<0>(to, even01, even23, odd01, odd23);
            store_pair<1>(to, even01, even23, odd01, odd23);
            store_pair<2>(to, even01, even23, odd01, odd23);
            store_pair<3>(to, even01, even23, odd01, odd23);
        }
    }

    // From one word of each block to the words of each block side by side.
    template <int o>
    static CHAINRULE_INLINE Words every_other(Words a, Words b) {
        return __builtin_shufflevector(a, b, o, o + 8, o + 2, o + 10, o + 4, o + 12, o + 6, o + 14);
    }
    template <int k>
    static CHAINRULE_INLINE void store_pair(std::uint64_t* to, Words even01, Words even23, Words odd01, Words odd23) {
        constexpr int a = 2 * k, b = 2 * k + 8;
        const Words even = __builtin_shufflevector(even01, even23, a, a + 1, b, b + 1, a, a + 1, b, b + 1);
        const Words odd = __builtin_shufflevector(odd01, odd23, a, a + 1, b, b + 1, a, a + 1, b, b + 1);
        const Words two_blocks = __builtin_shufflevector(even, odd, 0, 1, 2, 3, 12, 13, 14, 15);
        std::memcpy(to + 2 * words_a_block * k, &two_blocks, sizeof(two_blocks));
    }
#else
    void block(std::uint64_t number, std::uint64_t* words) const {
        std::uint64_t c0 = number + 1, c1 = 0, c2 = step_, c3 = 0, k0 = key_[0], k1 = key_[1];
        for (int round = 0; round < rounds_; ++round, k0 += key_step_[0], k1 += key_step_[1]) {
            const unsigned __int128 a = static_cast<unsigned __int128>(multiplier_[0]) * c0;
            const unsigned __int128 b = static_cast<unsigned __int128>(multiplier_[1]) * c2;
            c0 = static_cast<std::uint64_t>(b >> 64) ^ c1 ^ k0;
            c2 = static_cast<std::uint64_t>(a >> 64) ^ c3 ^ k1;
            c1 = static_cast<std::uint64_t>(b), c3 = static_cast<std::uint64_t>(a);
        }
        words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
    }
#endif

    std::uint64_t step_;
    std::uint64_t key_[2];
};

// Blocks are drawn so many at a time, into memory that stays in the first-level cache.
constexpr int blocks_at_a_time = 64;

// kept[i] = 1 where number first + i of the stream's mask is kept: where its half is at least round(rate · 2³²).
inline void draw_mask(const Philox& stream, std::uint64_t first, Index n, double rate, std::uint8_t* kept) {
    const double threshold = std::nearbyint(std::ldexp(rate, 32));  // to even, as Python rounds
    if (threshold == 0) return (void)std::memset(kept, 1, n);
    const auto last_dropped = static_cast<std::uint32_t>(threshold - 1);
    constexpr int room = blocks_at_a_time * Philox::halves_a_block;
    alignas(64) std::uint32_t halves[room];
    while (n > 0) {
        const Index skip = static_cast<Index>(first % Philox::halves_a_block);
        const Index count = std::min<Index>(n, room - skip);
        const Index n_blocks = (skip + count + Philox::halves_a_block - 1) / Philox::halves_a_block;
        std::uint64_t words[room / 2];
        stream.blocks(first / Philox::halves_a_block, n_blocks, words);
        std::memcpy(halves, words, n_blocks * Philox::halves_a_block * sizeof(std::uint32_t));
        for (Index i = 0; i < count; ++i) kept[i] = halves[skip + i] > last_dropped;
        first += count, kept += count, n -= count;
    }
}

}  // namespace chainrule
