// The product that all convolutions are made of: C = A · B (+ bias, or + C), where the rows of A are windows of an
// image.
//
// In a channels-last image a line of a window, kw · C numbers, lies in one piece, and the next window begins just
// stride · C numbers further: the windows are rows of a matrix that overlap, and nothing is copied to make it. Number k
// of window i lies at
//
//     A[i·ars + begins[k / run] + (k % run)·acs]
//
// that is, K is walked through in stretches of `run` numbers, and `begins` says where each lies. `lines` such matrices,
// A_line apart in A and C_line apart in C, are multiplied by one B, of rows that are packed (core/pack.hpp) or lie
// `row` apart.
//
// Each number of C is one chain, as in core/gemm.hpp, from 0 or the bias: its bits don't depend on how the work is cut.
// What is added to C is a chain of its own first, so that long sums stay exact: they are sums of sums.
#pragma once

#include "../core/simd.hpp"
#include "conv_places.hpp"

namespace chainrule {

template <class T>
struct WindowProduct {
    // C is lines × M × N, and each number a sum of n_begins · run products
    Index lines = 1, M = 0, N = 0;
    const Index* begins = nullptr;
    Index n_begins = 0, run = 0;
    Index taps = 1;  // neighbouring places of a line that a stretch holds; 1 where they are no neighbours of windows

    const T* A = nullptr;
    Index ars = 0, acs = 0, A_line = 0;

    const T* B = nullptr;
    bool packed = false;
    Index row = 0;  // of a B that isn't packed

    T* C = nullptr;
    Index ldc = 0, C_line = 0;
    const T* bias = nullptr;
    bool accumulate = false;  // add to C

    WindowProduct() = default;
    explicit WindowProduct(const PlacesAsRows& places)
        : lines(places.lines), M(places.M), ars(places.ars), A_line(places.A_line), ldc(places.ldc),
          C_line(places.C_line) {}
};

template <class T>
void multiply_windows(const WindowProduct<T>& product);

// Whether dW of lines of `taps` places and F filters has a quicker form than A · B: one vector of filters
// (conv_slide.hpp).
template <class T>
bool slides_weights(Index taps, Index F);

// Such a product: C(j·acs + c) = Σ over the stretches, which are lines of places, of A(x + j, c) B(x), for taps j and
// acs channels c; B's rows are places.
template <class T>
void multiply_slid_weights(const WindowProduct<T>& product);

}  // namespace chainrule
