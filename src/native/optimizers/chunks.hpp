// Sums that have the same bits for any number of threads: fixed chunks of the array, and the chunks' sums in order.
//
// Numbers are float64: float32 squares would overflow from 1.8e19 on, just where a norm is needed.
#pragma once

#include <algorithm>
#include <vector>

#include "../core/simd.hpp"

namespace chainrule {

constexpr Index chunk_size = 4096;

inline Index chunk_count(Index n) { return (n + chunk_size - 1) / chunk_size; }

// Σ f(x) over one chunk of x[0 … n). It is summed in a fixed number of columns, whatever the vectors' width.
template <class T, class F>
double sum_of_chunk(const T* x, Index n, Index chunk, F f) {
    constexpr int columns = 32;
    const Index lo = chunk * chunk_size, hi = std::min(n, lo + chunk_size);
    double sum[columns] = {};
    Index i = lo;
    for (; i + columns <= hi; i += columns)
        for (int j = 0; j < columns; ++j) sum[j] += f(static_cast<double>(x[i + j]));
    for (int j = 0; i + j < hi; ++j) sum[j] += f(static_cast<double>(x[i + j]));
    for (int half = columns / 2; half > 0; half /= 2)
        for (int j = 0; j < half; ++j) sum[j] += sum[j + half];
    return sum[0];
}

// The sum over all chunks by one thread. Several threads keep each chunk's sum and add them up in the same order.
template <class F>
double sum_over_chunks(Index n, F sum_of) {
    double sum = 0;
    for (Index chunk = 0; chunk < chunk_count(n); ++chunk) sum += sum_of(chunk);
    return sum;
}

template <class T>
double squares_of_chunk(const T* x, Index n, Index chunk) {
    return sum_of_chunk(x, n, chunk, [](double v) { return v * v; });
}

template <class T>
double sum_of_squares(const T* x, Index n) {
    return sum_over_chunks(n, [&](Index chunk) { return squares_of_chunk(x, n, chunk); });
}

}  // namespace chainrule
