// The order of an epoch's rows, written into an array of the caller's.
#pragma once

#include <nanobind/nanobind.h>

#include "../core/permutation.hpp"
#include "arrays.hpp"

namespace chainrule {

inline void permute(nanobind::handle order, std::uint64_t seed, std::uint64_t index, std::uint64_t step) {
    const Array array(order.ptr(), true);
    const Index n = array.size();
    permutation(Philox(seed, Purpose::order, index, step), n, array.numbers<std::int64_t>(n));
}

}  // namespace chainrule
