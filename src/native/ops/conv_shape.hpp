// The sizes of a convolution: a large image (H, W, C), a small one (Ho, Wo, F), and the kernel (kh, kw, C/groups, F)
// that joins them. Place (y, x) of the small image meets, through place (i, j) of the kernel,
//
//     row  y·sh + i·dh − top,    column  x·sw + j·dw − left        of the large one.
//
// conv2d goes from the large image to the small one, conv2d_transpose from the small one to the large one; the gradient
// of each goes the way of the other. So both are made of three parts: conv_gather.hpp (large → small),
// conv_scatter.hpp (small → large) and conv_weights.hpp (both → dW).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/kernel.hpp"

namespace chainrule {

struct ConvShape {
    Index H, W, C, Ho, Wo, F;
    Index kh, kw, sh, sw, dh, dw;
    Index top, bottom, left, right;
    Index groups;
    Index Cg, Fg;  // channels and filters of a group
    Index Hp, Wp;  // the large image with its borders

    Index taps() const { return kh * kw; }
    Index large() const { return H * W * C; }
    Index small() const { return Ho * Wo * F; }
    Index padded() const { return Hp * Wp * C; }
    Index weights() const { return kh * kw * Cg * F; }
    bool has_borders() const { return top || bottom || left || right; }
    double work() const { return static_cast<double>(Ho * Wo) * weights(); }
};

// A list of an option's numbers, each whole and from `least` to a size that no image has.
inline std::vector<Index> whole_numbers(const Options& options, const char* name, std::vector<Index> otherwise,
                                        Index least) {
    constexpr double most = 1 << 24;
    if (!options.has(name)) return otherwise;
    const std::vector<double>& given = options.numbers(name);
    require(given.size() == otherwise.size(), "a convolution has an option of another length");
    for (std::size_t k = 0; k < given.size(); ++k) {
        require(std::floor(given[k]) == given[k] && least <= given[k] && given[k] <= most,
                "a convolution has an impossible option");
        otherwise[k] = static_cast<Index>(given[k]);
    }
    return otherwise;
}

// Throws where the images and the windows that slide over them don't belong together.
inline ConvShape window_shape(const Operand& large, const Operand& small, const Operand& kernel,
                              const Options& options) {
    constexpr Index most_places = 1 << 24, most_image = Index{1} << 32;  // so that no product overflows
    require(large.has_rows && !large.whole && large.axes.size() == 3, "a convolution takes rows of images");
    require(small.has_rows && !small.whole && small.axes.size() == 3, "a convolution puts out rows of images");
    require(!kernel.has_rows && kernel.axes.size() == 4, "the kernel of a convolution has four axes");
    require(large.size > 0 && small.size > 0 && kernel.size > 0, "a convolution has an empty array");
    const auto strides = whole_numbers(options, "strides", {1, 1}, 1);
    const auto dilation = whole_numbers(options, "dilation", {1, 1}, 1);
    const auto padding = whole_numbers(options, "padding", {0, 0, 0, 0}, 0);
    ConvShape s{};
    s.H = large.axes[0], s.W = large.axes[1], s.C = large.axes[2];
    s.Ho = small.axes[0], s.Wo = small.axes[1], s.F = small.axes[2];
    s.kh = kernel.axes[0], s.kw = kernel.axes[1];
    s.sh = strides[0], s.sw = strides[1], s.dh = dilation[0], s.dw = dilation[1];
    s.top = padding[0], s.bottom = padding[1], s.left = padding[2], s.right = padding[3];
    s.Hp = s.top + s.H + s.bottom, s.Wp = s.left + s.W + s.right;
    require(s.Hp <= most_places && s.Wp <= most_places && s.Hp * s.Wp <= most_image / std::max(s.C, s.F),
            "an image is too large");
    require(s.Ho <= most_places && s.Wo <= most_places && s.kh <= most_places && s.kw <= most_places / s.kh,
            "a convolution is too large");
    require((s.Ho - 1) * s.sh + (s.kh - 1) * s.dh < s.Hp && (s.Wo - 1) * s.sw + (s.kw - 1) * s.dw < s.Wp,
            "the windows of a convolution reach beyond the image");
    return s;
}

// The same with all channels of a group in each filter.
inline ConvShape conv_shape(const Operand& large, const Operand& small, const Operand& kernel,
                            const Options& options) {
    ConvShape s = window_shape(large, small, kernel, options);
    s.groups = whole_numbers(options, "groups", {1}, 1)[0];
    s.Cg = s.C / s.groups, s.Fg = s.F / s.groups;
    require(s.Cg * s.groups == s.C && s.Fg * s.groups == s.F && kernel.axes[2] == s.Cg && kernel.axes[3] == s.F,
            "the kernel of a convolution doesn't fit the images");
    return s;
}

}  // namespace chainrule
