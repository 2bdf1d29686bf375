// The numbers 0 … n − 1 in random order: the stable argsort of n random words, as in chainrule/random.py.
//
// The words are spread evenly, so their top bits say nearly where each belongs; an insertion sort does the rest, and
// moves few.
#pragma once

#include <vector>

#include "philox.hpp"

namespace chainrule {

inline void permutation(const Philox& stream, Index n, std::int64_t* order) {
    struct Entry {
        std::uint64_t word;
        std::int64_t index;
    };
    const Index n_blocks = (n + Philox::words_a_block - 1) / Philox::words_a_block;
    std::vector<std::uint64_t> words(n_blocks * Philox::words_a_block);
    stream.blocks(0, n_blocks, words.data());

    // Two to four words a bucket; at least two buckets, since a word can't be shifted by all its bits.
    const int bits = std::max<int>(1, std::bit_width(static_cast<std::uint64_t>(n)) - 2);
    const int shift = 64 - bits;
    std::vector<Index> begin((std::size_t{1} << bits) + 1);
    for (Index i = 0; i < n; ++i) ++begin[(words[i] >> shift) + 1];
    for (std::size_t b = 1; b < begin.size(); ++b) begin[b] += begin[b - 1];

    std::vector<Entry> entries(n);
    for (Index i = 0; i < n; ++i) entries[begin[words[i] >> shift]++] = {words[i], i};
    for (Index i = 1; i < n; ++i) {
        const Entry entry = entries[i];
        Index to = i;
        for (; to > 0 && entries[to - 1].word > entry.word; --to) entries[to] = entries[to - 1];
        entries[to] = entry;  // equal words stay in the order of their indices
    }
    for (Index i = 0; i < n; ++i) order[i] = entries[i].index;
}

}  // namespace chainrule
