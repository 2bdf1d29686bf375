// The gradient of the kernel: what each of its numbers met, times what came of it,
//
//     dW(i, j, c, f) = Σ over images, y, x of P(y·sh + i·dh, x·sw + j·dw, c) small(y, x, f)
//
// Sums of sums, so that they stay exact: of some lines of an image, of an image, of a chunk or of the batch, each in
// the order of the images.
#pragma once

#include <vector>

#include "conv_gather.hpp"
#include "conv_sums.hpp"

namespace chainrule {

template <class T>
class ConvWeights {
public:
    explicit ConvWeights(const ConvShape& shape)
        : s_(shape), stretches_(shape, shape.groups == 1), borders_(large_borders(shape)),
          slides_(stretches_.taps == s_.kw && s_.sw == 1 && by_chunks() && slides_weights<T>(s_.kw, s_.F)) {
        for (Index y = 0; y < s_.Ho; ++y) lines_.push_back(y * s_.sh * s_.Wp * s_.C);
    }

    void reserve(Plan& plan) {
        if (!borders_.none()) plan.scratch(borders_.size());
    }

    // ---- by chunks

    bool by_chunks() const { return sums_are_small(s_.weights()); }
    Index sums() const { return s_.weights(); }

    // Images of one chunk: begins the sum, or adds to it.
    void operator()(const Run<T>& run, const T* large, const T* small, Index images, T* sum, bool begins) const {
        rows(run, large, small, images, sum, 0, all_rows(), begins);
    }

    Index parts() const {
        return by_chunks() ? (s_.weights() + numbers_of_a_part - 1) / numbers_of_a_part : all_rows();
    }
    void finish(const T* const* sums, Index chunks, T* dW, Index part) const {
        const Index from = part * numbers_of_a_part;
        add_chunks(sums, chunks, dW, from, std::min(from + numbers_of_a_part, s_.weights()));
    }

    // ---- or rows from … to − 1 of dW over the whole batch, so many at a time that they stay in the second cache

    void whole(const Run<T>& run, const T* large, const T* small, T* dW, Index from, Index to) const {
        constexpr Index numbers = 256 * 1024 / sizeof(T);
        const Index most = std::max<Index>(1, numbers / s_.F), cuts = (to - from + most - 1) / most;
        const auto place = [&](Index cut) { return from + (to - from) * cut / cuts; };
        for (Index cut = 0; cut < cuts; ++cut)
            rows(run, large, small, run.rows, dW, place(cut), place(cut + 1), true);
    }

private:
    static constexpr Index numbers_of_a_part = 1024;

    Index all_rows() const { return s_.taps() * s_.Cg; }

    // Rows from … to − 1 of the sum, for some images.
    void rows(const Run<T>& run, const T* large, const T* small, Index images, T* sum, Index from, Index to,
              bool begins) const {
        for (Index n = 0; n < images; ++n, large += s_.large(), small += s_.small()) {
            const T* P = large;
            if (!borders_.none()) place_image(borders_, large, run.scratch), P = run.scratch;
            for (Index line = 0; line < s_.Ho; line += lines_at_once())
                some_lines(P, small, line, sum, from, to, begins && n == 0 && line == 0);
        }
    }

    void some_lines(const T* P, const T* small, Index line, T* sum, Index from, Index to, bool begins) const {
        WindowProduct<T> p;
        p.N = s_.Fg, p.ars = 1, p.acs = s_.sw * s_.C, p.taps = slides_ ? s_.kw : 1, p.row = s_.F, p.ldc = s_.F;
        p.begins = lines_.data() + line, p.n_begins = std::min(lines_at_once(), s_.Ho - line), p.run = s_.Wo;
        p.accumulate = !begins;
        const Index run = stretches_.run;
        for (Index n = from / run; n * run < to; ++n) {  // the stretches that the rows lie in
            const Index first = std::max(from - n * run, Index{0}), end = std::min(to - n * run, run);
            for (Index group = 0; group < s_.groups; ++group) {
                p.A = P + stretches_.begins[n] + first + group * s_.Cg;
                p.B = small + line * s_.Wo * s_.F + group * s_.Fg;
                p.C = sum + (n * run + first) * s_.F + group * s_.Fg;
                p.M = end - first;
                if (slides_) multiply_slid_weights(p);
                else multiply_windows(p);
            }
        }
    }

    // So many lines that both images' share in a product stays in the first cache.
    Index lines_at_once() const {
        constexpr Index numbers = 256 * 1024 / sizeof(T);
        return std::max<Index>(1, numbers / (s_.Wo * (s_.sh * s_.sw * s_.C + panel_width<T>)));
    }

    ConvShape s_;
    Stretches stretches_;
    Borders borders_;
    bool slides_;
    std::vector<Index> lines_;
};

}  // namespace chainrule
