#include "conv_product.hpp"

#include <algorithm>

#include "../core/pack.hpp"
#include "conv_slide.hpp"
#include "conv_tile.hpp"

namespace chainrule {
namespace conv_detail {

// K is cut so that a panel of B stays in the second cache, and sums don't get long.
template <class T>
constexpr Index depth = 128 * 1024 / (panel_width<T> * sizeof(T));

// One sweep over C with some stretches of K.
template <class T>
struct Sweep {
    const WindowProduct<T>& p;
    Operands<T> o;
    const T* B;
    const T* bias;
};

// The columns from j on that one tile is wide: line by line, each cut into tiles as equal in rows as can be, since
// small tiles keep the multipliers less busy.
template <class T, std::size_t most>
void lines(const Sweep<T>& s, const std::array<Tile<T>, most>& tiles, const T* B, Index j) {
    const WindowProduct<T>& p = s.p;
    for (Index line = 0; line < p.lines; ++line) {
        const T* A = p.A + line * p.A_line;
        T* C = p.C + line * p.C_line + j;
        const T* bias = s.bias ? s.bias + j : nullptr;
        Index M = p.M;
        for (Index tiles_left = (M + most - 1) / most; tiles_left > 0; --tiles_left) {
            const Index rows = tiles_left == 1 ? M : (M + tiles_left - 1) / tiles_left;
            tiles[rows - 1](s.o, A, B, C, bias);
            A += rows * p.ars, C += rows * p.ldc, M -= rows;
        }
    }
}

template <class T, int vectors, Edge edge>
void column(const Sweep<T>& s, const T* B, Index j) {
    lines(s, tiles<T, vectors, edge>, B, j);
}

// All columns, where they are one vector and windows are neighbours.
template <class T, int taps, Edge edge>
void slid_column(Sweep<T>& s) {
    s.o.rest = static_cast<int>(s.p.N % lanes<T>);
    if (s.o.rest == 0) lines(s, slides<T, taps, Edge::none>, s.B, 0);
    else lines(s, slides<T, taps, edge>, s.B, 0);
}

// Columns j … N, as many as possible by tiles `vectors` wide.
template <class T, int vectors>
Index whole_columns(const Sweep<T>& s, Index j) {
    constexpr Index width = vectors * lanes<T>;
    for (; j + width <= s.p.N; j += width)
        column<T, vectors, Edge::none>(s, s.B + j / panel_width<T> * s.o.panel, j);
    return j;
}

template <class T, Edge edge>
void sweep(Sweep<T>& s) {
    const bool slides = s.p.N <= lanes<T> && s.p.N > 1 && s.p.M > most_rows<4> && s.p.ars * s.p.taps == s.p.run;
    if (slides && s.p.taps == 3) return slid_column<T, 3, edge>(s);
    if (slides && s.p.taps == 5) return slid_column<T, 5, edge>(s);
    Index j = 0;
    if (s.p.M == 1) j = whole_columns<T, 8>(s, j);
    else if (s.p.M <= most_rows<4>) j = whole_columns<T, 4>(s, j);
    j = whole_columns<T, 2>(s, j);
    const Index left = s.p.N - j;
    if (left == 0) return;
    const T* B = s.B + j / panel_width<T> * s.o.panel;
    s.o.rest = static_cast<int>(left % lanes<T>);
    if (left > lanes<T>) column<T, 2, edge>(s, B, j);
    else if (left == lanes<T>) column<T, 1, Edge::none>(s, B, j);
    else if (left == 1) column<T, 1, Edge::number>(s, B, j);
    else column<T, 1, edge>(s, B, j);
}

}  // namespace conv_detail

template <class T>
void multiply_windows(const WindowProduct<T>& p) {
    using namespace conv_detail;
    const Index K = p.n_begins * p.run;
    const Index row = p.packed ? panel_width<T> : p.row, panel = p.packed ? K * panel_width<T> : panel_width<T>;
    Sweep<T> s{p, {p.begins, p.n_begins, p.run, p.ars, p.acs, row, panel, p.ldc, 0, p.accumulate}, p.B, p.bias};
    const Index cuts = std::max<Index>(1, std::min((K + depth<T> - 1) / depth<T>, p.n_begins));
    for (Index cut = 0; cut < cuts; ++cut) {
        const Index from = p.n_begins * cut / cuts, to = p.n_begins * (cut + 1) / cuts;
        if (cut > 0) s.o.adds = true, s.bias = nullptr;
        s.o.begins = p.begins + from, s.o.n_begins = to - from, s.B = p.B + from * p.run * row;
        if (p.packed) sweep<T, Edge::packed>(s);
        else sweep<T, Edge::direct>(s);
    }
}

namespace conv_detail {

template <class T, int taps>
void slid_weights(const WindowProduct<T>& p) {
    constexpr Index most = channels_slid<taps>;
    const Operands<T> o{p.begins, p.n_begins, p.run, 1, p.acs, p.row, 0, p.ldc,
                        static_cast<int>(p.N % lanes<T>), p.accumulate};
    Index c = 0;
    for (Index tiles_left = (p.acs + most - 1) / most; tiles_left > 0; --tiles_left) {
        const Index channels = (p.acs - c + tiles_left - 1) / tiles_left;
        weight_slides<T, taps>[channels - 1](o, p.A + c, p.B, p.C + c * p.ldc);
        c += channels;
    }
}

}  // namespace conv_detail

template <class T>
bool slides_weights(Index taps, Index F) {
    return F <= lanes<T> && (taps == 3 || taps == 5);
}

template <class T>
void multiply_slid_weights(const WindowProduct<T>& p) {
    if (p.taps == 3) conv_detail::slid_weights<T, 3>(p);
    else conv_detail::slid_weights<T, 5>(p);
}

template void multiply_windows<float>(const WindowProduct<float>&);
template void multiply_windows<double>(const WindowProduct<double>&);
template bool slides_weights<float>(Index, Index);
template bool slides_weights<double>(Index, Index);
template void multiply_slid_weights<float>(const WindowProduct<float>&);
template void multiply_slid_weights<double>(const WindowProduct<double>&);

}  // namespace chainrule
