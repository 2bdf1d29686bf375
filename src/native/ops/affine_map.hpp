// Where a moved image looks its pixels up: the inverse affine map of src/chainrule/ops/random_affine.py, to the same
// bits.
#pragma once

#include <cmath>
#include <numbers>

#include "augment.hpp"

namespace chainrule {

// One coordinate of the input, of pixel (i, j) of the output: row(i) + column(j), in float64.
struct Coordinate {
    double by_row, by_column, first, center_row, center_column;

    double row(Index i) const { return product(by_row, static_cast<double>(i) - center_row) + first; }
    double column(Index j) const { return product(by_column, static_cast<double>(j) - center_column); }
};

struct AffineMap {
    Coordinate y, x;
};

// cos 2πt and sin 2πt, exact at quarter turns; every − stands behind a ÷, so that nothing can be fused.
inline void turn(double turns, double& cosine, double& sine) {
    constexpr int n_terms = 8;
    const double quarters = std::floor(4 * turns + 0.5);
    const double r = 2 * std::numbers::pi * (turns - quarters / 4);
    const double square = r * r;
    double c = 1, s = 1;
    for (int k = n_terms; k > 0; --k) {
        c = 1 - square * c / (2 * k * (2 * k - 1));
        s = 1 - square * s / (2 * k * (2 * k + 1));
    }
    s = r * s;
    switch (static_cast<Index>(quarters) & 3) {
        case 0: cosine = c, sine = s; break;
        case 1: cosine = -s, sine = c; break;
        case 2: cosine = -c, sine = -s; break;
        default: cosine = s, sine = -c;
    }
}

// The ranges of the five numbers that are drawn for an image.
class AffineRanges {
public:
    static constexpr int n_draws = 5;

    explicit AffineRanges(const Options& options) {
        const auto &translation = options.numbers("translation"), &rotation = options.numbers("rotation");
        const auto& zoom = options.numbers("zoom");
        require(translation.size() == 4 && rotation.size() == 2 && (zoom.size() == 2 || zoom.size() == 4),
                "random_affine has a wrong number of bounds");
        one_zoom_ = zoom.size() == 2;
        const std::size_t second = zoom.size() - 2;
        ranges_ = {range(translation[0], translation[1]), range(translation[2], translation[3]),
                   range(rotation[0], rotation[1]), range(zoom[0], zoom[1]), range(zoom[second], zoom[second + 1])};
    }

    AffineMap draw(const Philox& stream, Index n, const Image& image) const {
        const auto uniform = draw_row<n_draws>(stream, n);
        const double down = ranges_[0].at(uniform[0]) * static_cast<double>(image.height);
        const double right = ranges_[1].at(uniform[1]) * static_cast<double>(image.width);
        const double tall = 1 + ranges_[3].at(uniform[3]);
        const double wide = one_zoom_ ? tall : 1 + ranges_[4].at(uniform[4]);
        double cosine, sine;
        turn(ranges_[2].at(uniform[2]), cosine, sine);
        const double center_y = static_cast<double>(image.height - 1) / 2;
        const double center_x = static_cast<double>(image.width - 1) / 2;
        const auto along = [&](double center, double by_row, double by_column) {
            const double first = center - (product(by_row, down) + product(by_column, right));
            return Coordinate{by_row, by_column, first, center_y, center_x};
        };
        return {along(center_y, tall * cosine, tall * sine), along(center_x, -(wide * sine), wide * cosine)};
    }

private:
    // No part is above a whole: so places stay near the image, and a NaN is refused.
    static Range range(double low, double high) {
        require(-1 <= low && low <= 1 && -1 <= high && high <= 1, "random_affine's bounds are from -1 to 1");
        return {low, high};
    }

    std::array<Range, n_draws> ranges_;
    bool one_zoom_ = false;
};

}  // namespace chainrule
