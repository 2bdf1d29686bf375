#include <algorithm>

#include "../core/pack.hpp"
#include "conv_sums.hpp"
#include "winograd.hpp"
#include "winograd_planes.hpp"

namespace chainrule {
namespace {

// What the planes of some tiles may take of the second cache: the sums lie beside them, and are passed over each time.
constexpr Index planes_bytes = 512 * 1024;
// The block of dW that is made from the whole batch at a time.
constexpr Index block_bytes = 1024 * 1024, block_channels = 64;

}  // namespace

template <class T>
WinogradWeights<T>::WinogradWeights(const ConvShape& s)
    : s_(s), i_(s.H, s.W, s.C, s.Ho, s.Wo, s.F, s.top, s.left, s.kh, sizeof(T)), channels_(s.C), filters_(s.F) {
    if (!by_chunks()) {
        channels_ = std::min(s.C, block_channels);
        const Index fitting = block_bytes / (products_of(s.kh) * channels_ * sizeof(T));
        filters_ = std::min(s.F, std::max<Index>(panel_width<T>, fitting));
    }
    const Index tile = products_of(s.kh) * (channels_ + filters_) * sizeof(T);
    tiles_at_once_ = std::max(i_.tiles_across, planes_bytes / tile / i_.tiles_across * i_.tiles_across);
}

template <class T>
bool WinogradWeights<T>::by_chunks() const {
    return sums_are_small(sums());
}

template <class T>
Index WinogradWeights<T>::sums() const {
    return products_of(s_.kh) * s_.C * s_.F;
}

template <class T>
Index WinogradWeights<T>::block_size() const {
    return products_of(s_.kh) * channels_ * filters_;
}

template <class T>
Index WinogradWeights<T>::planes_size() const {
    return products_of(s_.kh) * (plane_size<T>(tiles_at_once_, channels_) + plane_size<T>(tiles_at_once_, filters_));
}

template <class T>
void WinogradWeights<T>::reserve(Plan& plan) {
    plan.scratch(planes_size() + i_.borders.size() + (by_chunks() ? 0 : block_size()));
}

// Adds the images to the sum of a block: tiles are transformed, those of several images where they are small, and each
// plane of them is a matrix product.
template <class T>
template <class S>
void WinogradWeights<T>::add(const Run<T>& run, const T* large, const T* small, Index images, const Block& block,
                             T* sum, bool begins) const {
    Borders b = i_.borders;
    b.C = block.channels;
    const Index M = block.channels, N = block.filters, across = i_.tiles_across;
    const Index plane = plane_size<T>(tiles_at_once_, channels_);
    const Index result_plane = plane_size<T>(tiles_at_once_, filters_);
    T* V = run.scratch;
    T* Z = V + S::products * S::products * plane;
    T* padded = run.scratch + planes_size();
    Index tiles = 0;
    const auto multiply = [&] {
        for (Index p = 0; p < S::products * S::products; ++p) {
            auto product = plane_product<T>(M, N, tiles, V + p * plane, 1, M, Z + p * result_plane, sum + p * M * N);
            product.accumulate = !begins;
            multiply_windows(product);
        }
        begins = false, tiles = 0;
    };
    for (Index n = 0; n < images; ++n, large += s_.large(), small += s_.small()) {
        const T* P = large + block.c;
        Index place = s_.C;
        if (!b.none()) place_image(b, P, place, padded), P = padded, place = M;
        for (Index row = 0; row < i_.tiles_down; ++row) {
            const Index y = row * winograd_results;
            transform_input<S>(P + y * b.Wp * place, b.Wp * place, place, M, across, V + tiles * M, plane);
            transform_output_gradient<S>(small + y * s_.Wo * s_.F + block.f, s_.F, N, s_.Ho - y, s_.Wo, Z + tiles * N,
                                         result_plane);
            tiles += across;
            if (tiles + across > tiles_at_once_) multiply();
        }
        if (tiles > 0 && by_chunks()) multiply();  // images one by one: their bits don't depend on who comes along
    }
    if (tiles > 0) multiply();
}

template <class T>
void WinogradWeights<T>::operator()(const Run<T>& run, const T* large, const T* small, Index images, T* sum,
                                    bool begins) const {
    with_scheme(s_.kh, [&]<class S>(S) { add<S>(run, large, small, images, {0, s_.C, 0, s_.F}, sum, begins); });
}

// By chunks a part is a channel, else a vector of them.
template <class T>
Index WinogradWeights<T>::parts() const {
    return by_chunks() ? s_.C : (s_.C + lanes<T> - 1) / lanes<T>;
}

template <class T>
void WinogradWeights<T>::finish(const T* const* sums, Index chunks, T* dW, Index part) const {
    with_scheme(s_.kh, [&]<class S>(S) { finish_channel<S>(sums, chunks, {0, s_.C, 0, s_.F}, part, dW); });
}

template <class T>
void WinogradWeights<T>::whole(const Run<T>& run, const T* large, const T* small, T* dW, Index from, Index to) const {
    T* sum = run.scratch + planes_size() + i_.borders.size();
    const Index end = std::min(to * lanes<T>, s_.C);
    for (Index c = from * lanes<T>; c < end; c += channels_)
        for (Index f = 0; f < s_.F; f += filters_) {
            const Block block{c, std::min(channels_, end - c), f, std::min(filters_, s_.F - f)};
            with_scheme(s_.kh, [&]<class S>(S) {
                add<S>(run, large, small, run.rows, block, sum, true);
                for (Index k = 0; k < block.channels; ++k) finish_channel<S>(&sum, 1, block, k, dW);
            });
        }
}

// Channel number c of a block.
template <class T>
template <class S>
void WinogradWeights<T>::finish_channel(const T* const* sums, Index chunks, const Block& block, Index c, T* dW) const {
    const Index plane = block.channels * block.filters;
    T* to = dW + (block.c + c) * s_.F + block.f;
    each_vector<T>(0, block.filters, [&](Index f, auto access) {
        Vec<T> u[S::products][S::products], w[S::taps][S::taps];
        for (int a = 0; a < S::products; ++a)
            for (int b = 0; b < S::products; ++b) {
                const Index number = (a * S::products + b) * plane + c * block.filters + f;
                u[a][b] = access(sums[0] + number);
                for (Index k = 1; k < chunks; ++k) u[a][b] += access(sums[k] + number);
            }
        transform_kernel_gradient<S>(u, w);
        for (int i = 0; i < S::taps; ++i)
            for (int j = 0; j < S::taps; ++j) access(to + (i * S::taps + j) * s_.C * s_.F + f, w[i][j]);
    });
}

template class WinogradWeights<float>;
template class WinogradWeights<double>;

}  // namespace chainrule
