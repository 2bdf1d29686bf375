// From the large image to the small one: each place of the small image is the kernel times the window of the large one,
//
//     small(y, x, f) = Σ over i, j, c of P(y·sh + i·dh, x·sw + j·dw, c) W(i, j, c, f) + b(f)
//
// conv2d forward, and the gradient of conv2d_transpose with respect to X.
#pragma once

#include <limits>
#include <vector>

#include "../core/gemm.hpp"
#include "conv_borders.hpp"
#include "conv_product.hpp"
#include "conv_shape.hpp"

namespace chainrule {

// Where, in the large image with its borders, the stretches of a window lie that are in one piece: its lines, or its
// places one by one where dilation or groups cut them.
struct Stretches {
    std::vector<Index> begins;
    Index run, taps;

    // `in_lines`: the channels of neighbouring places may be one stretch.
    Stretches(const ConvShape& s, bool in_lines) {
        in_lines = in_lines && s.dw == 1;
        run = in_lines ? s.kw * s.C : s.Cg, taps = in_lines ? s.kw : 1;
        for (Index i = 0; i < s.kh; ++i)
            for (Index j = 0; j < (in_lines ? 1 : s.kw); ++j)
                begins.push_back((i * s.dh * s.Wp + j * s.dw) * s.C);
    }
};

inline Borders large_borders(const ConvShape& s) { return {s.H, s.W, s.C, s.Hp, s.Wp, s.top, s.left}; }

template <class T>
class ConvGather {
public:
    explicit ConvGather(const ConvShape& shape)
        : s_(shape), stretches_(shape, shape.groups == 1), borders_(large_borders(shape)),
          places_(PlacesAsRows::of(s_.Ho, s_.Wo, s_.sw * s_.C, s_.sh * s_.Wp * s_.C, s_.F, s_.Wo * s_.F)) {}

    void reserve(Plan& plan) {
        if (!borders_.none()) plan.scratch(borders_.size());
        if (packs(std::numeric_limits<Index>::max())) packed_ = plan.shared(s_.groups * group_size());
    }

    Index prepare_parts() const { return packed_ >= 0 ? s_.groups * n_panels<T>(s_.Fg) : 0; }
    void prepare(const Run<T>& run, const T* W, Index part) const {
        if (!packs(run.rows)) return;
        const Index group = part / n_panels<T>(s_.Fg), panel = part % n_panels<T>(s_.Fg);
        pack_panel<T>(K(), s_.Fg, W + group * s_.Fg, s_.F, 1, run.at(packed_) + group * group_size(), panel);
    }

    // One image. `bias` may be null.
    void operator()(const Run<T>& run, const T* W, const T* bias, const T* large, T* small) const {
        if (!borders_.none()) place_image(borders_, large, run.scratch), large = run.scratch;
        WindowProduct<T> p(places_);
        p.N = s_.Fg, p.begins = stretches_.begins.data(), p.n_begins = stretches_.begins.size(), p.run = stretches_.run;
        p.taps = stretches_.taps;
        p.acs = 1, p.packed = packs(run.rows), p.row = s_.F;
        for (Index group = 0; group < s_.groups; ++group) {
            p.A = large + group * s_.Cg, p.C = small + group * s_.Fg;
            p.B = p.packed ? run.at(packed_) + group * group_size() : W + group * s_.Fg;
            p.bias = bias ? bias + group * s_.Fg : nullptr;
            multiply_windows(p);
        }
    }

private:
    Index K() const { return s_.taps() * s_.Cg; }
    Index group_size() const { return packed_size<T>(K(), s_.Fg); }
    // A kernel no wider than a panel lies as if it were packed; a wider one is packed where enough windows share it.
    bool packs(Index rows) const {
        constexpr Index enough = 16 * gemm_detail::most_rows<2>;
        return s_.Fg > panel_width<T> && rows > enough / (s_.Ho * s_.Wo);
    }

    ConvShape s_;
    Stretches stretches_;
    Borders borders_;
    PlacesAsRows places_;
    int packed_ = -1;
};

}  // namespace chainrule
