// From the small image to the large one: each place of the small image lays the kernel, times its number, on the large
// one, and what lies on top of each other adds up,
//
//     large(u, v, c) = Σ over i, j, f of W(i, j, c, f) small(y, x, f)
//                      where y·sh + i·dh = u + top and x·sw + j·dw = v + left,
//
// the gradient of conv2d with respect to X, and conv2d_transpose forward. Phase by phase (conv_phases.hpp) it is the
// same product as conv_gather.hpp's, by the transposed kernel, which is packed once a step.
#pragma once

#include <algorithm>

#include "../core/description.hpp"
#include "../core/pack.hpp"
#include "conv_phases.hpp"
#include "conv_product.hpp"

namespace chainrule {

template <class T>
class ConvScatter {
public:
    explicit ConvScatter(const ConvShape& shape) : s_(shape), all_(shape, shape.groups == 1) {}

    void reserve(Plan& plan) {
        const Borders& b = all_.borders;
        if (!b.none()) plan.scratch(checked_size({b.Hp, b.Wp, b.C}));
        packed_ = plan.shared(s_.groups * group_size());
    }

    Index prepare_parts() const { return s_.groups * n_panels<T>(s_.Cg); }
    void prepare(const Run<T>& run, const T* W, Index part) const {
        const Index group = part / n_panels<T>(s_.Cg), panel = part % n_panels<T>(s_.Cg);
        const Index c = panel * panel_width<T>;
        T* to = run.at(packed_) + group * group_size();
        for (const Phase& phase : all_.phases) {
            T* place = to + panel * K(phase) * panel_width<T>;
            for (Index number : phase.places) {
                pack_panel<T>(s_.Fg, s_.Cg - c, W + (number * s_.Cg + c) * s_.F + group * s_.Fg, 1, s_.F, place, 0);
                place += s_.Fg * panel_width<T>;
            }
            to += packed_size<T>(K(phase), s_.Cg);
        }
    }

    // One image. `bias` may be null.
    void operator()(const Run<T>& run, const T* bias, const T* small, T* large) const {
        if (!all_.borders.none()) place_image(all_.borders, small, run.scratch), small = run.scratch;
        if (all_.has_gaps) fill(bias, large);
        const T* packed = run.at(packed_);
        for (Index group = 0; group < s_.groups; ++group)
            for (const Phase& phase : all_.phases) {
                WindowProduct<T> p(phase.rows);
                p.N = s_.Cg, p.acs = 1, p.packed = true, p.B = packed;
                p.begins = phase.begins.data(), p.n_begins = phase.begins.size();
                p.run = phase.run, p.taps = phase.taps;
                p.A = small + group * s_.Fg, p.C = large + phase.begin + group * s_.Cg;
                p.bias = bias ? bias + group * s_.Cg : nullptr;
                multiply_windows(p);
                packed += packed_size<T>(K(phase), s_.Cg);
            }
    }

private:
    Index K(const Phase& phase) const { return static_cast<Index>(phase.places.size()) * s_.Fg; }
    Index group_size() const {
        Index size = 0;
        for (const Phase& phase : all_.phases) size += packed_size<T>(K(phase), s_.Cg);
        return size;
    }
    void fill(const T* bias, T* large) const {
        if (!bias) std::fill_n(large, s_.large(), T{});
        for (Index place = 0; bias && place < s_.H * s_.W; ++place) std::copy_n(bias, s_.C, large + place * s_.C);
    }

    ConvShape s_;
    ConvPhases all_;
    int packed_ = -1;
};

}  // namespace chainrule
