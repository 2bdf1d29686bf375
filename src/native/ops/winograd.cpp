#include "winograd.hpp"

#include <algorithm>
#include <type_traits>

#include "winograd_planes.hpp"

namespace chainrule {

// What the planes of a strip may take of the second cache.
constexpr Index strip_bytes = 256 * 1024;

WinogradImages::WinogradImages(Index H, Index W, Index C, Index Ho, Index Wo, Index F, Index top, Index left,
                               Index taps, Index number_bytes)
    : Ho(Ho), Wo(Wo), F(F), tiles_down((Ho + 1) / winograd_results), tiles_across((Wo + 1) / winograd_results) {
    const Index overlap = taps - 1;
    borders = {H, W, C, tiles_down * winograd_results + overlap, tiles_across * winograd_results + overlap, top, left};
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
    // Thin products don't pay for the transforms; nor does a kernel that doesn't fit the cache and serves few tiles.
    constexpr Index least_channels = 16, least_weights = 16 * 32, least_size = 4, most_numbers = Index{1} << 21;
    constexpr Index many_tiles = 16;
    if (std::is_same_v<T, double> || !has_winograd(s)) return false;
    const Index tiles = ((s.Ho + 1) / winograd_results) * ((s.Wo + 1) / winograd_results);
    return std::min(s.C, s.F) >= least_channels && s.C * s.F >= least_weights && std::min(s.Ho, s.Wo) >= least_size &&
           (tiles >= many_tiles || products_of(s.kh) * s.C * s.F <= most_numbers);
}

template bool prefers_winograd<float>(const ConvShape&);
template bool prefers_winograd<double>(const ConvShape&);

}  // namespace chainrule
