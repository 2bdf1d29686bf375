#include "conv_product.hpp"

#include <algorithm>

#include "../core/pack.hpp"
#include "conv_tile.hpp"

namespace chainrule {
namespace conv_detail {

// K is cut so that a panel of B stays in the second cache. Cuts are few: each passes over C.
template <class T>
constexpr Index depth = 384 * 1024 / (panel_width<T> * sizeof(T));

// One sweep over C with some stretches of K.
template <class T>
struct Sweep {
    const WindowProduct<T>& p;
    Operands<T> o;
    const T* B;
    const T* start;
    Index start_row, start_line;
};

// The columns from j on that one tile is wide: line by line, each cut into tiles as equal in rows as can be, since small
// tiles keep the multipliers less busy.
template <class T, int vectors, Edge edge>
void column(const Sweep<T>& s, const T* B, Index j) {
    const WindowProduct<T>& p = s.p;
    for (Index line = 0; line < p.lines; ++line) {
        const T* A = p.A + line * p.A_line;
        T* C = p.C + line * p.C_line + j;
        const T* start = s.start ? s.start + line * s.start_line + j : nullptr;
        Index M = p.M;
        for (Index tiles_left = (M + most_rows<vectors> - 1) / most_rows<vectors>; tiles_left > 0; --tiles_left) {
            const Index rows = tiles_left == 1 ? M : (M + tiles_left - 1) / tiles_left;
            tiles<T, vectors, edge>[rows - 1](s.o, A, B, C, start);
            A += rows * p.ars, C += rows * p.ldc, M -= rows;
            if (start) start += rows * s.start_row;
        }
    }
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
    Sweep<T> s{p, {p.begins, p.n_begins, p.run, p.ars, p.acs, row, panel, p.ldc, 0, 0}, p.B, p.bias, 0, 0};
    const Index cuts = std::max<Index>(1, std::min((K + depth<T> - 1) / depth<T>, p.n_begins));
    for (Index cut = 0; cut < cuts; ++cut) {
        const Index from = p.n_begins * cut / cuts, to = p.n_begins * (cut + 1) / cuts;
        if (cut > 0 || p.accumulate) s.start = p.C, s.start_row = p.ldc, s.start_line = p.C_line;
        s.o.start_row = s.start_row;
        s.o.begins = p.begins + from, s.o.n_begins = to - from, s.B = p.B + from * p.run * row;
        if (p.packed) sweep<T, Edge::packed>(s);
        else sweep<T, Edge::direct>(s);
    }
}

template void multiply_windows<float>(const WindowProduct<float>&);
template void multiply_windows<double>(const WindowProduct<double>&);

}  // namespace chainrule
