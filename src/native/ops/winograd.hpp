// Convolution with strides of 1 by Winograd's short convolutions (winograd_scheme.hpp), for kernels of 3 × 3 and 5 × 5.
//
// An image goes through in strips, rows of tiles that stay in the second cache with all that is made of them: the
// planes of the transformed image, a matrix product for each, the planes of the results, the results.
#pragma once

#include "conv_borders.hpp"
#include "conv_shape.hpp"

namespace chainrule {

// The image that is read, with `top` and `left` before it, and the one that is written, or met by it for dW.
struct WinogradImages {
    Borders borders;  // wide enough for whole tiles
    Index Ho, Wo, F;
    Index tiles_down, tiles_across, tile_rows_of_a_strip;

    WinogradImages() = default;
    WinogradImages(Index H, Index W, Index C, Index Ho, Index Wo, Index F, Index top, Index left, Index taps,
                   Index number_bytes);
};

// Whether a shape has this form at all.
bool has_winograd(const ConvShape& shape);
// Whether it is quicker by it, which benchmarks/conv_shapes.py shows; in float64 the last digits matter more.
template <class T>
bool prefers_winograd(const ConvShape& shape);

// Large to small image (conv_gather.hpp), or small to large (conv_scatter.hpp) with the kernel turned and transposed.
template <class T>
class WinogradProduct {
public:
    WinogradProduct(const ConvShape& shape, bool backward);

    void reserve(Plan& plan);
    Index prepare_parts() const;
    void prepare(const Run<T>& run, const T* W, Index part) const;
    // One image. `bias` may be null.
    void operator()(const Run<T>& run, const T* bias, const T* from, T* to) const;

private:
    template <class S>
    void prepare_panel(const Run<T>& run, const T* W, Index panel) const;
    template <class S>
    void prepare_turned_panel(const Run<T>& run, const T* W, Index panel) const;
    template <class S>
    void image(const Run<T>& run, const T* bias, const T* from, T* to) const;

    ConvShape s_;
    bool backward_;
    WinogradImages i_;
    int packed_ = -1;
};

// dW (conv_weights.hpp): sums are of the transformed kernel, and are transformed back once a step.
template <class T>
class WinogradWeights {
public:
    explicit WinogradWeights(const ConvShape& shape);

    void reserve(Plan& plan);
    bool by_chunks() const;
    Index sums() const;
    void operator()(const Run<T>& run, const T* large, const T* small, Index images, T* sum, bool begins) const;
    Index parts() const;
    void finish(const T* const* sums, Index chunks, T* dW, Index part) const;
    void whole(const Run<T>& run, const T* large, const T* small, T* dW, Index from, Index to) const;

private:
    // Channels and filters of dW that are summed up at a time.
    struct Block {
        Index c, channels, f, filters;
    };

    template <class S>
    void add(const Run<T>& run, const T* large, const T* small, Index images, const Block& block, T* sum,
             bool begins) const;
    template <class S>
    void finish_channel(const T* const* sums, Index chunks, const Block& block, Index c, T* dW) const;

    Index block_size() const;
    Index planes_size() const;

    ConvShape s_;
    WinogradImages i_;
    Index tiles_at_once_;      // of one or several images
    Index channels_, filters_; // of a block
};

}  // namespace chainrule
