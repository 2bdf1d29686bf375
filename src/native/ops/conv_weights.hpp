// The gradient of the kernel: what each of its numbers met, times what came of it,
//
//     dW(i, j, c, f) = Σ over images, y, x of P(y·sh + i·dh, x·sw + j·dw, c) small(y, x, f)
//
// Each number is one chain over the images in their order, and in an image over its places, line by line.
#pragma once

#include <vector>

#include "conv_gather.hpp"
#include "conv_sums.hpp"

namespace chainrule {

template <class T>
class ConvWeights {
public:
    explicit ConvWeights(const ConvShape& shape)
        : s_(shape), stretches_(shape, shape.groups == 1), borders_(large_borders(shape)) {
        for (Index y = 0; y < s_.Ho; ++y) lines_.push_back(y * s_.sh * s_.Wp * s_.C);
    }

    // The sum is kept by chunks; how many numbers it has.
    Index sums() const { return s_.weights(); }

    void reserve(Plan& plan) {
        if (!borders_.none()) plan.scratch(borders_.size());
    }

    // One image: begins the sum, or adds to it.
    void operator()(const Run<T>& run, const T* large, const T* small, T* sum, bool begins) const {
        if (!borders_.none()) place_image(borders_, large, run.scratch), large = run.scratch;
        WindowProduct<T> p;
        p.M = stretches_.run, p.N = s_.Fg, p.ars = 1, p.acs = s_.sw * s_.C;
        p.packed = false, p.row = s_.F, p.ldc = s_.F, p.accumulate = !begins;
        for (Index from = 0; from < s_.Ho; from += lines_at_once()) {
            const Index lines = std::min(lines_at_once(), s_.Ho - from);
            p.begins = lines_.data() + from, p.n_begins = lines, p.run = s_.Wo;
            for (std::size_t n = 0; n < stretches_.begins.size(); ++n)
                for (Index group = 0; group < s_.groups; ++group) {
                    p.A = large + stretches_.begins[n] + group * s_.Cg;
                    p.B = small + from * s_.Wo * s_.F + group * s_.Fg;
                    p.C = sum + n * stretches_.run * s_.F + group * s_.Fg;
                    multiply_windows(p);
                }
            p.accumulate = true;
        }
    }

    // dW from the sums of the chunks, cut into parts of a whole cache line.
    Index parts() const { return (s_.weights() + numbers_of_a_part - 1) / numbers_of_a_part; }
    void finish(const T* const* sums, Index chunks, T* dW, Index part) const {
        const Index from = part * numbers_of_a_part;
        add_chunks(sums, chunks, dW, from, std::min(from + numbers_of_a_part, s_.weights()));
    }

private:
    static constexpr Index numbers_of_a_part = 1024;

    // So many lines that both images' share in a product stays in the first cache.
    Index lines_at_once() const {
        constexpr Index numbers = 24 * 1024 / sizeof(T);
        return std::max<Index>(1, numbers / (s_.Wo * (s_.sh * s_.sw * s_.C + panel_width<T>)));
    }

    ConvShape s_;
    Stretches stretches_;
    Borders borders_;
    std::vector<Index> lines_;
};

}  // namespace chainrule
