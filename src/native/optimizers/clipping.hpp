// Clipping: gradients that are too large are made smaller, so that one bad batch can't ruin the weights: clipping.py.
//
//     clipvalue          clip_by_value on any pieces
//     clipnorm           clip_by_norm on each weight's gradient
//     global_clipnorm    clip_by_norm on all of it; or, shared by threads, squares_of_chunk (chunks.hpp) on any chunks,
//                        then clip_factor of their sum, taken in order, then scale on any pieces
#pragma once

#include <cmath>
#include <limits>

#include "chunks.hpp"
#include "sweep.hpp"

namespace chainrule {

// Brings every number of g[lo … hi) into [−limit, limit]; NaN stays NaN, so that it's noticed.
template <class T>
void clip_by_value(T* g, double limit, Index lo, Index hi) {
    const Vec<T> most = broadcast<T>(static_cast<T>(limit));
    sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(g, larger<T>(smaller<T>(at.get(g), most), -most)); });
}

// What a vector with this sum of squares is to be multiplied by: 1 if it's short enough, and also for NaN and infinity,
// which no scaling mends.
inline double clip_factor(double squares, double limit) {
    const double norm = std::sqrt(squares);
    return limit < norm && norm < std::numeric_limits<double>::infinity() ? limit / norm : 1.0;
}

// g ← factor · g on g[lo … hi).
template <class T>
void scale(T* g, double factor, Index lo, Index hi) {
    if (factor == 1) return;
    const T by = static_cast<T>(factor);
    sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(g, by * at.get(g)); });
}

// Shortens g[0 … n) to the length `limit` if it's longer.
template <class T>
void clip_by_norm(T* g, double limit, Index n) {
    scale(g, clip_factor(sum_of_squares(g, n), limit), 0, n);
}

}  // namespace chainrule
