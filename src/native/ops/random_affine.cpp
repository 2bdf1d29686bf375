// Random affine: images zoomed, rotated and shifted, each by a map of its own; its transpose for the gradient.
//
// Stretches of a row of pixels are done at a time: first where each lies in the input (vectors), then the pixels around
// it, which for most lie inside the image, two and two side by side.
#include <algorithm>
#include <type_traits>

#include "affine_map.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

enum class FillMode { constant, reflect, wrap, nearest };

constexpr Index pixels_at_a_time = 128;
// Making a number takes as long as so many multiply-adds of a dense layer.
constexpr double work_of_a_number = 32;

// Where a fill mode finds pixel `index` of an axis; −1: nowhere.
Index folded(Index index, Index size, FillMode mode) {
    if (0 <= index && index < size) return index;
    switch (mode) {
        case FillMode::constant: return -1;
        case FillMode::nearest: return index < 0 ? 0 : size - 1;
        case FillMode::wrap: {
            const Index rest = index % size;
            return rest < 0 ? rest + size : rest;
        }
        case FillMode::reflect: break;
    }
    const Index rest = index % (2 * size), positive = rest < 0 ? rest + 2 * size : rest;
    return std::min(positive, 2 * size - 1 - positive);
}

// Stretches of coordinates as whole numbers and what is left of them: ⌊x⌋ and x − ⌊x⌋.
template <class T>
struct Points {
    std::int32_t whole[pixels_at_a_time];
    T part[pixels_at_a_time];

    void set(Index n, double row, const double* columns) {
        for (Index p = 0; p < n; ++p) {
            const double point = row + columns[p];
            const auto toward_zero = static_cast<std::int32_t>(point);
            const std::int32_t floor = toward_zero - (static_cast<double>(toward_zero) > point);
            whole[p] = floor, part[p] = static_cast<T>(point - static_cast<double>(floor));
        }
    }
};

// Reads pixels of X: the output's is their weighted sum.
template <class T>
struct Gather {
    const T* X;
    T* Y;
    T fill;

    void clear(Index c) const { Y[c] = 0; }
    void pixel(Index at, T weight, Index c) const { Y[c] += weight * X[at + c]; }
    void outside(T weight, Index c) const { Y[c] += weight * fill; }
    void four(const Index (&at)[4], const T (&w)[4], Index c) const {
        Y[c] = w[0] * X[at[0] + c] + w[1] * X[at[1] + c] + w[2] * X[at[2] + c] + w[3] * X[at[3] + c];
    }
    void next(Index channels) { Y += channels; }
};

// The transpose: hands the gradient of the output's pixel to those it was made of.
template <class T>
struct Scatter {
    T* dX;
    const T* dY;

    void clear(Index) const {}
    void pixel(Index at, T weight, Index c) const { dX[at + c] += weight * dY[c]; }
    void outside(T, Index) const {}
    void four(const Index (&at)[4], const T (&w)[4], Index c) const {
        for (int k = 0; k < 4; ++k) dX[at[k] + c] += w[k] * dY[c];
    }
    void next(Index channels) { dY += channels; }
};

}  // namespace

template <class T>
class RandomAffine final : public Kernel<T> {
public:
    explicit RandomAffine(const Step& step) : Kernel<T>(step), image_(image_of(step)), ranges_(step.options) {
        require(step.stream >= 0, "random_affine has no stream");
        const auto mode = step.options.whole("fill_mode", 0);
        require(0 <= mode && mode <= static_cast<int>(FillMode::nearest), "random_affine has no such fill_mode");
        mode_ = static_cast<FillMode>(mode), bilinear_ = step.options.flag("bilinear", true);
        fill_ = static_cast<T>(step.options.number("fill_value", 0));
    }

    bool reads_input_again(std::size_t) const override { return false; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const Philox stream = stream_of(*this, run);
        for (Index n = lo; n < hi; ++n)
            sample(stream, n, Gather<T>{run.at(this->in[0].value, n), run.at(this->out.value, n), fill_});
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const Philox stream = stream_of(*this, run);
        for (Index n = lo; n < hi; ++n) {
            T* dX = run.at(this->in[0].gradient, n);
            std::fill_n(dX, image_.size(), T{0});
            sample(stream, n, Scatter<T>{dX, run.at(this->out.gradient, n)});
        }
    }

private:
    static Image image_of(const Step& step) {
        require_same_size(step);
        return Image(step.in[0]);
    }

    // The compiler knows the number of channels of grey and coloured images.
    template <class Way>
    void sample(const Philox& stream, Index n, Way way) const {
        const AffineMap map = ranges_.draw(stream, n, image_);
        if (image_.channels == 1) sample(map, way, std::integral_constant<Index, 1>{});
        else if (image_.channels == 3) sample(map, way, std::integral_constant<Index, 3>{});
        else sample(map, way, image_.channels);
    }

    template <class Way, class Channels>
    void sample(const AffineMap& map, const Way& way, Channels channels) const {
        for (Index from = 0; from < image_.width; from += pixels_at_a_time) {
            const Index n = std::min(pixels_at_a_time, image_.width - from);
            double y[pixels_at_a_time], x[pixels_at_a_time];
            for (Index p = 0; p < n; ++p) y[p] = map.y.column(from + p), x[p] = map.x.column(from + p);
            for (Index i = 0; i < image_.height; ++i) {
                Way there = way;
                there.next((i * image_.width + from) * channels);
                if (bilinear_) blend(n, map.y.row(i), y, map.x.row(i), x, there, channels);
                else pick(n, map.y.row(i), y, map.x.row(i), x, there, channels);
            }
        }
    }

    template <class Way, class Channels>
    void blend(Index n, double row_y, const double* y, double row_x, const double* x, Way way,
               Channels channels) const {
        Points<T> ys, xs;
        ys.set(n, row_y, y), xs.set(n, row_x, x);
        for (Index p = 0; p < n; ++p, way.next(channels)) {
            const T below = ys.part[p], right = xs.part[p], above = 1 - below, left = 1 - right;
            const T weights[4] = {above * left, above * right, below * left, below * right};
            const Index i = ys.whole[p], j = xs.whole[p], at = (i * image_.width + j) * channels;
            if (0 <= i && i + 1 < image_.height && 0 <= j && j + 1 < image_.width) {
                const Index under = at + image_.width * channels;
                const Index places[4] = {at, at + channels, under, under + channels};
                for (Index c = 0; c < channels; ++c) way.four(places, weights, c);
            } else {
                at_the_edge(i, j, weights, way, channels);
            }
        }
    }

    // Some of the four lie outside: each axis is folded by itself.
    template <class Way, class Channels>
    void at_the_edge(Index i, Index j, const T (&weights)[4], const Way& way, Channels channels) const {
        const Index rows[] = {folded(i, image_.height, mode_), folded(i + 1, image_.height, mode_)};
        const Index columns[] = {folded(j, image_.width, mode_), folded(j + 1, image_.width, mode_)};
        for (Index c = 0; c < channels; ++c) way.clear(c);
        for (int k = 0; k < 4; ++k) one(rows[k / 2], columns[k % 2], weights[k], way, channels);
    }

    template <class Way, class Channels>
    void one(Index row, Index column, T weight, const Way& way, Channels channels) const {
        const Index at = (row * image_.width + column) * channels;
        for (Index c = 0; c < channels; ++c)
            if (row < 0 || column < 0) way.outside(weight, c);
            else way.pixel(at, weight, c);
    }

    // Nearest sampling: ⌊y + ½⌋, ⌊x + ½⌋.
    template <class Way, class Channels>
    void pick(Index n, double row_y, const double* y, double row_x, const double* x, Way way, Channels channels) const {
        for (Index p = 0; p < n; ++p, way.next(channels)) {
            const auto i = static_cast<Index>(std::floor(row_y + y[p] + 0.5));
            const auto j = static_cast<Index>(std::floor(row_x + x[p] + 0.5));
            for (Index c = 0; c < channels; ++c) way.clear(c);
            one(folded(i, image_.height, mode_), folded(j, image_.width, mode_), T{1}, way, channels);
        }
    }

    Image image_;
    AffineRanges ranges_;
    FillMode mode_ = FillMode::constant;
    bool bilinear_ = true;
    T fill_ = 0;
};

template <class T>
void add_random_affine(Kernels<T>& all) {
    all["random_affine"] = make<RandomAffine, T>;
}
CHAINRULE_INSTANTIATE(add_random_affine)

}  // namespace chainrule
