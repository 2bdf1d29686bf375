// The gradients of a kernel and its bias: summed by chunks of the batch while the images are in the cache (kernel.hpp),
// or, where the sums are large, made from the whole batch.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "../core/columns.hpp"
#include "../core/kernel.hpp"

namespace chainrule {

// The sum over the places of an image, for channels from … to − 1, begun or added to. So many sums go on side by side,
// that none waits for the last addition.
template <class T>
void sum_places(Index places, Index channels, Index from, Index to, const T* dY, T* sum, bool begins) {
    constexpr int chains = 4;
    each_vector<T>(from, to, [&](Index c, auto access) {
        Vec<T> part[chains] = {};
        const T* row = dY + c;
        for (Index place = 0; place < places; ++place, row += channels) part[place % chains] += access(row);
        const Vec<T> all = (part[0] + part[1]) + (part[2] + part[3]);
        access(sum + c, begins ? all : access(sum + c) + all);
    });
}

// total[from …] = the sum of the chunks' numbers from … to − 1, in the order of the chunks.
template <class T>
void add_chunks(const T* const* sums, Index chunks, T* total, Index from, Index to) {
    std::copy(sums[0] + from, sums[0] + to, total + from);
    for (Index k = 1; k < chunks; ++k)
        map(to - from, total + from, sums[k] + from, total + from, [](Vec<T> a, Vec<T> b) { return a + b; });
}

// Sums of so many numbers are kept by chunks: small beside the cache, and beside the images. Larger ones are made from
// the whole batch at the end, in parts of the kernel.
constexpr Index most_small_sums = 40 * 1024;
inline bool sums_are_small(Index numbers) { return numbers <= most_small_sums; }

// Makes both gradients. `Weights` makes the kernel's: ConvWeights, or another with its functions.
template <class T, class Weights>
class ConvSums {
public:
    explicit ConvSums(const Weights& weights, Index channels) : weights_(weights), channels_(channels) {}

    bool by_chunks() const { return weights_.by_chunks(); }

    // Which gradients are wanted, for all that follows: `in` holds the image, the kernel and, perhaps, the bias.
    struct Wanted {
        bool kernel, bias;
        explicit Wanted(const std::vector<Operand>& in)
            : kernel(in[1].wanted()), bias(in.size() == 3 && in[2].wanted()) {}
    };

    void reserve(Plan& plan, Wanted wanted) {
        if (wanted.kernel) weights_.reserve(plan);
        if (wanted.kernel && by_chunks()) kernel_ = plan.chunks(weights_.sums());
        if (wanted.bias && by_chunks()) bias_ = plan.chunks(channels_);
    }

    // Some images from number `lo` on, all of one chunk. dY has so many places an image.
    void add(const Run<T>& run, Index lo, Index images, const T* large, const T* small, const T* dY,
             Index places, Wanted wanted) const {
        if (!by_chunks()) return;
        const Index chunk = lo / run.chunk_rows;
        const bool begins = lo % run.chunk_rows == 0;
        if (wanted.kernel) weights_(run, large, small, images, run.at(kernel_, chunk), begins);
        for (Index n = 0; wanted.bias && n < images; ++n)
            sum_places(places, channels_, 0, channels_, dY + n * places * channels_, run.at(bias_, chunk),
                       begins && n == 0);
    }

    Index parts(Wanted wanted) const { return wanted.kernel ? weights_.parts() : wanted.bias ? 1 : 0; }

    // Parts from … to − 1 of both; the images are those of the whole batch.
    void finish(const Run<T>& run, const T* large, const T* small, const T* dY, Index places, T* dW, T* db, Index from,
                Index to, Wanted wanted) const {
        const Index all = parts(wanted), first = channels_ * from / all, end = channels_ * to / all;
        if (by_chunks()) {
            const Index chunks = (run.rows + run.chunk_rows - 1) / run.chunk_rows;
            if (wanted.bias) add_chunks(sums_of(run, bias_).data(), chunks, db, first, end);
            for (Index part = from; wanted.kernel && part < to; ++part)
                weights_.finish(sums_of(run, kernel_).data(), chunks, dW, part);
            return;
        }
        for (Index n = 0; wanted.bias && n < run.rows; ++n)
            sum_places(places, channels_, first, end, dY + n * places * channels_, db, n == 0);
        if (wanted.kernel) weights_.whole(run, large, small, dW, from, to);
    }

private:
    static std::array<const T*, most_chunks> sums_of(const Run<T>& run, int buffer) {
        std::array<const T*, most_chunks> sums{};
        for (Index k = 0; k * run.chunk_rows < run.rows; ++k) sums[k] = run.at(buffer, k);
        return sums;
    }

    Weights weights_;
    Index channels_;
    int kernel_ = -1, bias_ = -1;
};

}  // namespace chainrule
