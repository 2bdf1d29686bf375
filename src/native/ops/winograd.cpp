#include "winograd.hpp"

#include <type_traits>

#include "../core/pack.hpp"
#include "conv_product.hpp"
#include "winograd_tiles.hpp"

namespace chainrule {
namespace {

// What the planes of a strip may take of the second cache.
constexpr Index strip_bytes = 256 * 1024;

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
    constexpr Index least_channels = 16, least_size = 4;
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
            transform_input<S>(from + (strip + r) * winograd_results * line, line, C, i_.tiles_across,
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
    : s_(s), i_(s.H, s.W, s.C, s.Ho, s.Wo, s.F, s.top, s.left, s.kh, sizeof(T)) {}

template <class T>
Index WinogradWeights<T>::sums() const {
    return products_of(s_.kh) * s_.C * s_.F;
}

template <class T>
void WinogradWeights<T>::reserve(Plan& plan) {
    const Index tiles = i_.tile_rows_of_a_strip * i_.tiles_across;
    plan.scratch(i_.borders.size() +
                 products_of(s_.kh) * (plane_size<T>(tiles, s_.C) + plane_size<T>(tiles, s_.F)));
}

template <class T>
void WinogradWeights<T>::operator()(const Run<T>& run, const T* large, const T* small, T* sum, bool begins) const {
    if (s_.kh == 3) image<Winograd<3>>(run, large, small, sum, begins);
    else image<Winograd<5>>(run, large, small, sum, begins);
}

template <class T>
template <class S>
void WinogradWeights<T>::image(const Run<T>& run, const T* large, const T* small, T* sum, bool begins) const {
    const Borders& b = i_.borders;
    const Index C = s_.C, F = s_.F, line = b.Wp * C, most_tiles = i_.tile_rows_of_a_strip * i_.tiles_across;
    const Index plane = plane_size<T>(most_tiles, C), result_plane = plane_size<T>(most_tiles, F);
    T* V = run.scratch;
    T* Z = V + S::products * S::products * plane;
    if (!b.none()) {
        T* padded = Z + S::products * S::products * result_plane;
        place_image(b, large, padded), large = padded;
    }
    for (Index strip = 0; strip < i_.tiles_down; strip += i_.tile_rows_of_a_strip) {
        const Index rows = std::min(i_.tile_rows_of_a_strip, i_.tiles_down - strip), tiles = rows * i_.tiles_across;
        for (Index r = 0; r < rows; ++r) {
            const Index y = (strip + r) * winograd_results;
            transform_input<S>(large + y * line, line, C, i_.tiles_across, V + r * i_.tiles_across * C, plane);
            transform_output_gradient<S>(small + y * s_.Wo * F, F, s_.Ho - y, s_.Wo, Z + r * i_.tiles_across * F,
                                         result_plane);
        }
        for (Index p = 0; p < S::products * S::products; ++p) {
            auto product = plane_product<T>(C, F, tiles, V + p * plane, 1, C, Z + p * result_plane, sum + p * C * F);
            product.accumulate = !begins || strip > 0;
            multiply_windows(product);
        }
    }
}

template <class T>
void WinogradWeights<T>::finish(const T* const* sums, Index chunks, T* dW, Index part) const {
    if (s_.kh == 3) finish_channel<Winograd<3>>(sums, chunks, dW, part);
    else finish_channel<Winograd<5>>(sums, chunks, dW, part);
}

template <class T>
template <class S>
void WinogradWeights<T>::finish_channel(const T* const* sums, Index chunks, T* dW, Index c) const {
    const Index plane = s_.C * s_.F;
    each_vector<T>(c * s_.F, (c + 1) * s_.F, [&](Index place, auto access) {
        Vec<T> u[S::products][S::products], w[S::taps][S::taps];
        for (int a = 0; a < S::products; ++a)
            for (int b = 0; b < S::products; ++b) {
                const Index number = (a * S::products + b) * plane + place;
                u[a][b] = access(sums[0] + number);
                for (Index k = 1; k < chunks; ++k) u[a][b] += access(sums[k] + number);
            }
        transform_kernel_gradient<S>(u, w);
        for (int i = 0; i < S::taps; ++i)
            for (int j = 0; j < S::taps; ++j) access(dW + (i * S::taps + j) * plane + place, w[i][j]);
    });
}

template bool prefers_winograd<float>(const ConvShape&);
template bool prefers_winograd<double>(const ConvShape&);
template class WinogradProduct<float>;
template class WinogradProduct<double>;
template class WinogradWeights<float>;
template class WinogradWeights<double>;

}  // namespace chainrule
