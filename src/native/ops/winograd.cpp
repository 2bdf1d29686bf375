#include "winograd.hpp"

#include <type_traits>

#include "../core/pack.hpp"
#include "conv_product.hpp"
#include "conv_sums.hpp"
#include "winograd_tiles.hpp"

namespace chainrule {
namespace {

// What the planes of a strip may take of the second cache; for dW, where the sums lie beside them, longer strips are
// better, as each passes over the sums.
constexpr Index strip_bytes = 256 * 1024, weights_strip_bytes = 512 * 1024;
// The block of dW that is made from the whole batch at a time.
constexpr Index block_bytes = 1024 * 1024, block_channels = 64;

Index products_of(Index taps) {
    const Index side = taps == 3 ? Winograd<3>::products : Winograd<5>::products;
    return side * side;
}

// The matrix product of one plane.
template <class T>
WindowProduct<T> plane_product(Index M, Index N, Index K, const T* A, Index ars, Index acs, const T* B, T* C) {
    static constexpr Index whole = 0;
    WindowProduct<T> p;
    p.M = M, p.N = N, p.begins = &whole, p.n_begins = 1, p.run = K;
    p.A = A, p.ars = ars, p.acs = acs, p.B = B, p.row = N, p.C = C, p.ldc = N;
    return p;
}

}  // namespace

WinogradImages::WinogradImages(Index H, Index W, Index C, Index Ho, Index Wo, Index F, Index top, Index left,
                               Index taps, Index number_bytes)
    : Ho(Ho), Wo(Wo), F(F), tiles_down((Ho + 1) / winograd_results), tiles_across((Wo + 1) / winograd_results) {
    borders = {H, W, C, tiles_down * winograd_results + taps - 1, tiles_across * winograd_results + taps - 1, top, left};
    const Index row = products_of(taps) * tiles_across * (C + F) * number_bytes;
    const Index strips = std::min(tiles_down, (tiles_down * row + strip_bytes - 1) / strip_bytes);
    tile_rows_of_a_strip = (tiles_down + strips - 1) / strips;
}

bool has_winograd(const ConvShape& s) {
    return s.groups == 1 && s.sh == 1 && s.sw == 1 && s.dh == 1 && s.dw == 1 && s.kh == s.kw &&
           (s.kh == Winograd<3>::taps || s.kh == Winograd<5>::taps);
}

template <class T>
bool prefers_winograd(const ConvShape& s) {
    constexpr Index least_channels = 32, least_size = 4;
    if (std::is_same_v<T, double>) return false;
    return has_winograd(s) && std::min(s.C, s.F) >= least_channels && std::min(s.Ho, s.Wo) >= least_size;
}

// ---- images

template <class T>
WinogradProduct<T>::WinogradProduct(const ConvShape& s, bool backward)
    : s_(s), backward_(backward),
      i_(backward ? WinogradImages(s.Ho, s.Wo, s.F, s.H, s.W, s.C, s.kh - 1 - s.top, s.kw - 1 - s.left, s.kh, sizeof(T))
                  : WinogradImages(s.H, s.W, s.C, s.Ho, s.Wo, s.F, s.top, s.left, s.kh, sizeof(T))) {}

template <class T>
void WinogradProduct<T>::reserve(Plan& plan) {
    const Index products = products_of(s_.kh), tiles = i_.tile_rows_of_a_strip * i_.tiles_across;
    packed_ = plan.shared(products * packed_size<T>(i_.borders.C, i_.F));
    plan.scratch(i_.borders.size() + products * (plane_size<T>(tiles, i_.borders.C) + plane_size<T>(tiles, i_.F)));
    if (backward_) plan.scratch(products * panel_width<T> * lanes<T>);
}

template <class T>
Index WinogradProduct<T>::prepare_parts() const {
    return n_panels<T>(i_.F);
}

template <class T>
void WinogradProduct<T>::prepare(const Run<T>& run, const T* W, Index part) const {
    if (backward_) s_.kh == 3 ? prepare_turned_panel<Winograd<3>>(run, W, part) : prepare_turned_panel<Winograd<5>>(run, W, part);
    else s_.kh == 3 ? prepare_panel<Winograd<3>>(run, W, part) : prepare_panel<Winograd<5>>(run, W, part);
}

// u of one channel and a vector of filters.
template <class S, class T, class Access>
CHAINRULE_INLINE void read_kernel(const T* W, Index place, bool turned, Access access,
                                  Vec<T> (&u)[S::products][S::products]) {
    Vec<T> w[S::taps][S::taps];
    for (int i = 0; i < S::taps; ++i)
        for (int j = 0; j < S::taps; ++j) {
            const int number = i * S::taps + j;
            w[i][j] = access(W + (turned ? S::taps * S::taps - 1 - number : number) * place);
        }
    transform_kernel<S>(w, u);
}

template <class T>
template <class S>
void WinogradProduct<T>::prepare_panel(const Run<T>& run, const T* W, Index panel) const {
    const Index from = panel * panel_width<T>, plane = packed_size<T>(s_.C, s_.F);
    for (Index c = 0; c < s_.C; ++c) {
        T* to = run.at(packed_) + (panel * s_.C + c) * panel_width<T>;
        each_vector<T>(from, std::min(from + panel_width<T>, s_.F), [&](Index f, auto access) {
            Vec<T> u[S::products][S::products];
            read_kernel<S>(W + c * s_.F + f, s_.C * s_.F, false, access, u);
            for (int a = 0; a < S::products; ++a)
                for (int b = 0; b < S::products; ++b) store(to + (a * S::products + b) * plane + f - from, u[a][b]);
        });
    }
}

// The columns of the panel are channels c, its rows filters f: vectors of filters are made, then transposed.
template <class T>
template <class S>
void WinogradProduct<T>::prepare_turned_panel(const Run<T>& run, const T* W, Index panel) const {
    constexpr Index L = lanes<T>, block = panel_width<T> * L;
    const Index first = panel * panel_width<T>, width = std::min(panel_width<T>, s_.C - first);
    const Index plane = packed_size<T>(s_.F, s_.C);
    each_vector<T>(0, s_.F, [&](Index f, auto access) {
        for (Index c = 0; c < width; ++c) {
            Vec<T> u[S::products][S::products];
            read_kernel<S>(W + (first + c) * s_.F + f, s_.C * s_.F, true, access, u);
            for (int a = 0; a < S::products; ++a)
                for (int b = 0; b < S::products; ++b)
                    store(run.scratch + (a * S::products + b) * block + c * L, u[a][b]);
        }
        const Index rows = std::min(L, s_.F - f);
        for (Index p = 0; p < S::products * S::products; ++p)
            for (Index half = 0; half < panel_width<T> && half < width; half += L)
                pack_detail::pack_columns<T>(
                    0, rows, static_cast<int>(std::min(L, width - half)), run.scratch + p * block + half * L, L,
                    run.at(packed_) + p * plane + (panel * s_.F + f) * panel_width<T> + half);
    });
}

template <class T>
void WinogradProduct<T>::operator()(const Run<T>& run, const T* bias, const T* from, T* to) const {
    if (s_.kh == 3) image<Winograd<3>>(run, bias, from, to);
    else image<Winograd<5>>(run, bias, from, to);
}

template <class T>
template <class S>
void WinogradProduct<T>::image(const Run<T>& run, const T* bias, const T* from, T* to) const {
    const Borders& b = i_.borders;
    const Index C = b.C, F = i_.F, line = b.Wp * C, most_tiles = i_.tile_rows_of_a_strip * i_.tiles_across;
    const Index plane = plane_size<T>(most_tiles, C), result_plane = plane_size<T>(most_tiles, F);
    T* V = run.scratch;
    T* M = V + S::products * S::products * plane;
    if (!b.none()) {
        T* padded = M + S::products * S::products * result_plane;
        place_image(b, from, padded), from = padded;
    }
    for (Index strip = 0; strip < i_.tiles_down; strip += i_.tile_rows_of_a_strip) {
        const Index rows = std::min(i_.tile_rows_of_a_strip, i_.tiles_down - strip), tiles = rows * i_.tiles_across;
        for (Index r = 0; r < rows; ++r)
            transform_input<S>(from + (strip + r) * winograd_results * line, line, C, C, i_.tiles_across,
                               V + r * i_.tiles_across * C, plane);
        for (Index p = 0; p < S::products * S::products; ++p) {
            auto product = plane_product<T>(tiles, F, C, V + p * plane, C, 1,
                                            run.at(packed_) + p * packed_size<T>(C, F), M + p * result_plane);
            product.packed = true;
            multiply_windows(product);
        }
        for (Index r = 0; r < rows; ++r) {
            const Index y = (strip + r) * winograd_results;
            transform_output<S>(M + r * i_.tiles_across * F, result_plane, F, i_.Ho - y, i_.Wo, bias,
                                to + y * i_.Wo * F);
        }
    }
}

// ---- weights

template <class T>
WinogradWeights<T>::WinogradWeights(const ConvShape& s)
    : s_(s), i_(s.H, s.W, s.C, s.Ho, s.Wo, s.F, s.top, s.left, s.kh, sizeof(T)), channels_(s.C), filters_(s.F) {
    if (!by_chunks()) {
        channels_ = std::min(s.C, block_channels);
        filters_ = std::min(s.F, std::max<Index>(panel_width<T>, block_bytes / (products_of(s.kh) * channels_ * sizeof(T))));
    }
    const Index tile = products_of(s.kh) * (channels_ + filters_) * sizeof(T);
    tiles_at_once_ = std::max(i_.tiles_across, weights_strip_bytes / tile / i_.tiles_across * i_.tiles_across);
}

template <class T>
template <class F>
void WinogradWeights<T>::with_scheme(F f) const {
    if (s_.kh == Winograd<3>::taps) f(Winograd<3>());
    else f(Winograd<5>());
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
    const Index plane = plane_size<T>(tiles_at_once_, channels_), result_plane = plane_size<T>(tiles_at_once_, filters_);
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
    with_scheme([&]<class S>(S) { add<S>(run, large, small, images, {0, s_.C, 0, s_.F}, sum, begins); });
}

// By chunks a part is a channel, else a vector of them.
template <class T>
Index WinogradWeights<T>::parts() const {
    return by_chunks() ? s_.C : (s_.C + lanes<T> - 1) / lanes<T>;
}

template <class T>
void WinogradWeights<T>::finish(const T* const* sums, Index chunks, T* dW, Index part) const {
    with_scheme([&]<class S>(S) { finish_channel<S>(sums, chunks, {0, s_.C, 0, s_.F}, part, dW); });
}

template <class T>
void WinogradWeights<T>::whole(const Run<T>& run, const T* large, const T* small, T* dW, Index from, Index to) const {
    T* sum = run.scratch + planes_size() + i_.borders.size();
    const Index end = std::min(to * lanes<T>, s_.C);
    for (Index c = from * lanes<T>; c < end; c += channels_)
        for (Index f = 0; f < s_.F; f += filters_) {
            const Block block{c, std::min(channels_, end - c), f, std::min(filters_, s_.F - f)};
            with_scheme([&]<class S>(S) {
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

template bool prefers_winograd<float>(const ConvShape&);
template bool prefers_winograd<double>(const ConvShape&);
template class WinogradProduct<float>;
template class WinogradProduct<double>;
template class WinogradWeights<float>;
template class WinogradWeights<double>;

}  // namespace chainrule
