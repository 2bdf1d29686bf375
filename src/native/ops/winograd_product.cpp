#include "../core/pack.hpp"
#include "winograd.hpp"
#include "winograd_planes.hpp"

namespace chainrule {

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
    with_scheme(s_.kh, [&]<class S>(S) {
        if (backward_) prepare_turned_panel<S>(run, W, part);
        else prepare_panel<S>(run, W, part);
    });
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
    with_scheme(s_.kh, [&]<class S>(S) { image<S>(run, bias, from, to); });
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

template class WinogradProduct<float>;
template class WinogradProduct<double>;

}  // namespace chainrule
