// The phases of the large image of a convolution: what lies on a place of it, seen from there.
//
// Of the rows of the large image those with the same (u + top) mod sh meet the same rows i of the kernel, and so do the
// columns. Each such phase of the large image is by itself a correlation of the small image, with some places of the
// kernel in reverse, without strides. With strides of 1 there is one phase.
#pragma once

#include <algorithm>
#include <vector>

#include "conv_borders.hpp"
#include "conv_places.hpp"
#include "conv_shape.hpp"

namespace chainrule {

// One side of the phases: of rows, or of columns.
struct PhaseSide {
    struct Tap {
        Index place;  // in the kernel: i
        Index shift;  // of what it meets: y = t + shift, for row number t of the phase
    };
    Index first, count;     // the rows u = first, first + stride, …
    std::vector<Tap> taps;  // in the order of the shift

    // The phases that meet a place of the kernel.
    static std::vector<PhaseSide> of(Index size, Index before, Index stride, Index taps, Index dilation) {
        std::vector<PhaseSide> phases;
        for (Index i = taps; i-- > 0;) {
            const Index first = ((i * dilation - before) % stride + stride) % stride;
            if (first >= size) continue;
            auto phase = std::find_if(phases.begin(), phases.end(), [&](auto& one) { return one.first == first; });
            if (phase == phases.end())
                phase = phases.insert(phase, {first, (size - first + stride - 1) / stride, {}});
            phase->taps.push_back({i, (first + before - i * dilation) / stride});
        }
        return phases;
    }
};

struct Phase {
    Index begin;                // where its first place lies in the large image
    PlacesAsRows rows;          // of the small image, to the large one
    std::vector<Index> places;  // of the kernel, in the order in which they are met
    std::vector<Index> begins;  // what they meet, in stretches of the small image
    Index run, taps;            // numbers, and places, of a stretch
};

struct ConvPhases {
    std::vector<Phase> phases;
    Borders borders;        // of the small image, wide enough for all phases
    bool has_gaps = false;  // some places of the large image meet no place of the kernel

    // `in_lines`: the channels of neighbouring places may be one stretch.
    ConvPhases(const ConvShape& s, bool in_lines) {
        const auto rows = PhaseSide::of(s.H, s.top, s.sh, s.kh, s.dh);
        const auto columns = PhaseSide::of(s.W, s.left, s.sw, s.kw, s.dw);
        const Index all_rows = std::min(s.sh, s.H), all_columns = std::min(s.sw, s.W);
        has_gaps = static_cast<Index>(rows.size()) < all_rows || static_cast<Index>(columns.size()) < all_columns;
        borders = {s.Ho, s.Wo, s.F, 0, 0, 0, 0};
        borders.Hp = reach(rows, borders.top), borders.Wp = reach(columns, borders.left);
        for (const PhaseSide& row : rows)
            for (const PhaseSide& column : columns) add(s, row, column, in_lines);
    }

private:
    static Index reach(const std::vector<PhaseSide>& phases, Index& before) {
        if (phases.empty()) return 0;
        Index first = phases[0].taps[0].shift, end = first;
        for (const PhaseSide& phase : phases) {
            first = std::min(first, phase.taps.front().shift);
            end = std::max(end, phase.taps.back().shift + phase.count);
        }
        before = -first;
        return end - first;
    }

    void add(const ConvShape& s, const PhaseSide& row, const PhaseSide& column, bool in_lines) {
        const auto& taps = column.taps;
        in_lines = in_lines && std::adjacent_find(taps.begin(), taps.end(), [](auto& a, auto& b) {
                                   return b.shift != a.shift + 1;
                               }) == taps.end();
        Phase phase{};
        phase.begin = (row.first * s.W + column.first) * s.C;
        phase.taps = in_lines ? static_cast<Index>(taps.size()) : 1;
        phase.run = phase.taps * s.Fg;
        phase.rows = PlacesAsRows::of(row.count, column.count, s.F, borders.Wp * s.F, s.sw * s.C, s.sh * s.W * s.C);
        for (const PhaseSide::Tap& i : row.taps)
            for (const PhaseSide::Tap& j : taps) {
                phase.places.push_back(i.place * s.kw + j.place);
                if (!in_lines || &j == &taps.front())
                    phase.begins.push_back(((i.shift + borders.top) * borders.Wp + j.shift + borders.left) * s.F);
            }
        phases.push_back(std::move(phase));
    }
};

}  // namespace chainrule
