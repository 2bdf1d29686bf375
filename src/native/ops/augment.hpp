// What the random operations on images share: the axes of an image, and the numbers drawn for it.
#pragma once

#include <array>

#include "../core/kernel.hpp"
#include "../core/philox.hpp"

namespace chainrule {

// One image, channels last.
struct Image {
    Index height = 1, width = 1, channels = 1;

    explicit Image(const Operand& operand) {
        // Up to here a place in an image is a whole number of 32 bits, with room to step outside.
        constexpr Index largest = Index{1} << 20;
        require(operand.has_rows && !operand.whole && operand.axes.size() == 3, "images have height, width, channels");
        height = operand.axes[0], width = operand.axes[1], channels = operand.axes[2];
        require(0 < height && height <= largest && 0 < width && width <= largest && 0 < channels,
                "this is no size of an image");
    }
    Index row() const { return width * channels; }
    Index size() const { return height * width * channels; }
};

// a · b, rounded by itself: the compiler must not fuse it with a sum, as NumPy doesn't.
CHAINRULE_INLINE double product(double a, double b) {
    double rounded = a * b;
    asm volatile("" : "+m"(rounded));
    return rounded;
}

struct Range {
    double low = 0, high = 0;

    double at(double uniform) const { return low + product(high - low, uniform); }
};

template <class T>
Philox stream_of(const Kernel<T>& kernel, const Run<T>& run) {
    return Philox(run.seed, Purpose::noise, static_cast<std::uint64_t>(kernel.stream), run.step);
}

// The k numbers of row n, even in [0, 1): number j is word n · k + j of the stream (Stream.uniform_rows).
template <int k>
std::array<double, k> draw_row(const Philox& stream, Index n) {
    constexpr int a_block = Philox::words_a_block, n_blocks = (k + 2 * (a_block - 1)) / a_block;
    const std::uint64_t first = static_cast<std::uint64_t>(n) * k;
    const Index skip = static_cast<Index>(first % a_block);
    std::uint64_t words[n_blocks * a_block];
    stream.blocks(first / a_block, (skip + k + a_block - 1) / a_block, words);
    std::array<double, k> uniform;
    for (int j = 0; j < k; ++j) uniform[j] = static_cast<double>(words[skip + j] >> 11) * 0x1p-53;
    return uniform;
}

}  // namespace chainrule
