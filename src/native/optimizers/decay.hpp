// Weight decay: θ ← θ − η λ θ, where weights may be left out. See `_decay` in base.py.
#pragma once

#include <algorithm>
#include <vector>

#include "../core/options.hpp"
#include "sweep.hpp"

namespace chainrule {

// Where one weight lies in θ: from lo up to hi.
struct Interval {
    Index lo = 0, hi = 0;
};

// What is left of θ's n numbers without the weights that don't decay, in order; neighbours become one.
inline std::vector<Interval> without(Index n, std::vector<Interval> excluded) {
    std::sort(excluded.begin(), excluded.end(), [](const Interval& a, const Interval& b) { return a.lo < b.lo; });
    std::vector<Interval> left;
    Index next = 0;
    for (const Interval& out : excluded) {
        require(0 <= out.lo && out.lo <= out.hi && out.hi <= n, "a weight without decay lies outside of the weights");
        if (next < out.lo) left.push_back({next, out.lo});
        next = std::max(next, out.hi);
    }
    if (next < n) left.push_back({next, n});
    return left;
}

// Lets θ[lo … hi) decay by the fraction η λ, where it lies in one of the intervals (`without`'s).
template <class T>
void decay(T* theta, double fraction, const std::vector<Interval>& decaying, Index lo, Index hi) {
    // Not θ ·= 1 − fraction: in float32 that factor would be rounded by up to 6e-8, which is much of 1e-6.
    const T by = static_cast<T>(fraction);
    auto first = std::upper_bound(decaying.begin(), decaying.end(), lo,
                                  [](Index place, const Interval& interval) { return place < interval.hi; });
    for (; first != decaying.end() && first->lo < hi; ++first)
        sweep<T>(std::max(lo, first->lo), std::min(hi, first->hi), [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> w = at.get(theta);
            at.set(theta, w - by * w);
        });
}

}  // namespace chainrule
