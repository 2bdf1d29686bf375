// Some rows at a time: what each row needs once (a logarithm, a division) is computed for many rows in one vector.
#pragma once

#include <algorithm>

#include "../core/simd.hpp"

namespace chainrule {

constexpr Index block_rows = 64;

// One number for each row of a block, whole vectors.
template <class T>
struct BlockColumn {
    static_assert(block_rows % lanes<T> == 0);

    T& operator[](Index row) { return numbers[row]; }

    alignas(vector_bytes) T numbers[block_rows] = {};
};

}  // namespace chainrule
