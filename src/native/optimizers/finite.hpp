// Whether all numbers are finite: a gradient with a NaN or an infinity must not reach the weights.
#pragma once

#include <algorithm>

#include "sweep.hpp"

namespace chainrule {

// Looks at g[lo … hi), and no further than the first block with a bad number.
template <class T>
bool all_finite(const T* g, Index lo, Index hi) {
    constexpr Index block = 1024;
    for (Index first = lo; first < hi; first += block) {
        Mask<T> bad{};
        sweep<T>(first, std::min(hi, first + block), [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> x = at.get(g);
            bad |= x - x != Vec<T>{};  // 0 for every finite number, NaN for the others
        });
        for (int i = 0; i < lanes<T>; ++i)
            if (bad[i]) return false;
    }
    return true;
}

}  // namespace chainrule
