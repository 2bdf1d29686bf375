// The gradients of a kernel and its bias, summed by chunks of the batch while the images are in the cache (kernel.hpp).
#pragma once

#include <algorithm>
#include <array>

#include "../core/kernel.hpp"

namespace chainrule {

// The sum over the places of an image, for each channel, begun or added to. So many sums go on side by side, that none
// waits for the last addition.
template <class T>
void sum_places(Index places, Index channels, const T* dY, T* sum, bool begins) {
    constexpr int chains = 4;
    Index c = 0;
    const auto column = [&](auto read, auto write) {
        Vec<T> part[chains] = {};
        const T* row = dY + c;
        for (Index place = 0; place < places; ++place, row += channels) part[place % chains] += read(row);
        const Vec<T> all = (part[0] + part[1]) + (part[2] + part[3]);
        write(sum + c, begins ? all : read(sum + c) + all);
    };
    for (; c + lanes<T> <= channels; c += lanes<T>)
        column([](const T* p) { return load(p); }, [](T* p, Vec<T> v) { store(p, v); });
    if (const int rest = static_cast<int>(channels - c))
        column([rest](const T* p) { return load_part(p, rest); }, [rest](T* p, Vec<T> v) { store_part(p, v, rest); });
}

// total[from …] = the sum of the chunks' numbers from … to − 1, in the order of the chunks.
template <class T>
void add_chunks(const T* const* sums, Index chunks, T* total, Index from, Index to) {
    std::copy(sums[0] + from, sums[0] + to, total + from);
    for (Index k = 1; k < chunks; ++k)
        map(to - from, total + from, sums[k] + from, total + from, [](Vec<T> a, Vec<T> b) { return a + b; });
}

// Where the chunks' sums lie. `Weights` makes those of the kernel: ConvWeights, or another with its four functions.
template <class T, class Weights>
class ConvSums {
public:
    explicit ConvSums(const Weights& weights, Index channels) : weights_(weights), channels_(channels) {}

    void reserve(Plan& plan, bool kernel_wanted, bool bias_wanted) {
        if (kernel_wanted) weights_.reserve(plan), kernel_ = plan.chunks(weights_.sums());
        if (bias_wanted) bias_ = plan.chunks(channels_);
    }

    // Image number `row`, of which dY has so many places.
    void add(const Run<T>& run, Index row, const T* large, const T* small, const T* dY, Index places) const {
        const Index chunk = row / run.chunk_rows;
        const bool begins = row % run.chunk_rows == 0;
        if (kernel_ >= 0) weights_(run, large, small, run.at(kernel_, chunk), begins);
        if (bias_ >= 0) sum_places(places, channels_, dY, run.at(bias_, chunk), begins);
    }

    Index parts() const { return kernel_ >= 0 ? weights_.parts() : bias_ >= 0 ? 1 : 0; }
    void finish(const Run<T>& run, T* dW, T* db, Index part) const {
        const Index chunks = (run.rows + run.chunk_rows - 1) / run.chunk_rows;
        const auto all = [&](int buffer) {
            std::array<const T*, most_chunks> sums{};
            for (Index k = 0; k < chunks; ++k) sums[k] = run.at(buffer, k);
            return sums;
        };
        if (bias_ >= 0 && part == 0) add_chunks(all(bias_).data(), chunks, db, 0, channels_);
        if (kernel_ >= 0) weights_.finish(all(kernel_).data(), chunks, dW, part);
    }

private:
    Weights weights_;
    Index channels_;
    int kernel_ = -1, bias_ = -1;
};

}  // namespace chainrule
