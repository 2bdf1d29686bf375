// Random flip, crop and contrast of images. Image n draws words of its own, so that any thread can draw them, and draws
// them again for the gradient: nothing is cached.
#include "augment.hpp"

#include <algorithm>

#include "table.hpp"

namespace chainrule {

// An image at a time, forward and back: Derived says what `image(draws, X, Y)` and `image_back(draws, dY, dX)` do.
template <class T, class Derived, int k>
class PerImage : public Kernel<T> {
public:
    explicit PerImage(const Step& step) : Kernel<T>(step), from_(checked(step)), to_(step.out) {
        require(step.stream >= 0, step.operation + " has no stream");
        require(from_.channels == to_.channels, step.operation + " keeps the channels");
    }

    bool reads_input_again(std::size_t) const override { return false; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const Philox stream = stream_of(*this, run);
        for (Index n = lo; n < hi; ++n)
            self().image(draw_row<k>(stream, n), run.at(this->in[0].value, n), run.at(this->out.value, n));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const Philox stream = stream_of(*this, run);
        for (Index n = lo; n < hi; ++n)
            self().image_back(draw_row<k>(stream, n), run.at(this->out.gradient, n), run.at(this->in[0].gradient, n));
    }

protected:
    using Draws = std::array<double, k>;
    Image from_, to_;

private:
    static const Operand& checked(const Step& step) {
        require_inputs(step, 1, 1);
        return step.in[0];
    }
    const Derived& self() const { return static_cast<const Derived&>(*this); }
};

// ---- flip

template <class T>
class RandomFlip final : public PerImage<T, RandomFlip<T>, 2> {
public:
    using typename PerImage<T, RandomFlip, 2>::Draws;

    explicit RandomFlip(const Step& step) : PerImage<T, RandomFlip, 2>(step) {
        require_same_size(step);
        horizontal_ = step.options.flag("horizontal", true), vertical_ = step.options.flag("vertical", true);
    }

    void image(const Draws& draws, const T* X, T* Y) const {
        constexpr double chance = 0.5;
        const bool mirror = horizontal_ && draws[0] < chance, turn_over = vertical_ && draws[1] < chance;
        const Image& size = this->from_;
        for (Index i = 0; i < size.height; ++i) {
            const T* row = X + (turn_over ? size.height - 1 - i : i) * size.row();
            T* to = Y + i * size.row();
            if (mirror) mirror_row(row, to);
            else std::copy_n(row, size.row(), to);
        }
    }

    // A mirror image mirrored again is the image.
    void image_back(const Draws& draws, const T* dY, T* dX) const { image(draws, dY, dX); }

private:
    void mirror_row(const T* from, T* to) const {
        const Index channels = this->from_.channels, last = this->from_.row() - channels;
        if (channels == 1) return (void)std::reverse_copy(from, from + last + 1, to);
        for (Index p = 0; p <= last; p += channels)
            for (Index c = 0; c < channels; ++c) to[p + c] = from[last - p + c];
    }

    bool horizontal_, vertical_;
};

// ---- crop

template <class T>
class RandomCrop final : public PerImage<T, RandomCrop<T>, 2> {
public:
    using typename PerImage<T, RandomCrop, 2>::Draws;

    explicit RandomCrop(const Step& step) : PerImage<T, RandomCrop, 2>(step) {
        const Image &from = this->from_, &to = this->to_;
        require(step.options.whole("height") == to.height && step.options.whole("width") == to.width &&
                    to.height <= from.height && to.width <= from.width,
                "random_crop cuts a window of the image");
        tops_ = {0, static_cast<double>(from.height - to.height + 1)};
        lefts_ = {0, static_cast<double>(from.width - to.width + 1)};
    }

    void image(const Draws& draws, const T* X, T* Y) const {
        X += corner(draws);
        for (Index i = 0; i < this->to_.height; ++i) std::copy_n(X + i * row_in(), row_out(), Y + i * row_out());
    }

    void image_back(const Draws& draws, const T* dY, T* dX) const {
        std::fill_n(dX, this->from_.size(), T{0});
        dX += corner(draws);
        for (Index i = 0; i < this->to_.height; ++i) std::copy_n(dY + i * row_out(), row_out(), dX + i * row_in());
    }

private:
    Index row_in() const { return this->from_.row(); }
    Index row_out() const { return this->to_.row(); }
    Index corner(const Draws& draws) const {
        const auto top = static_cast<Index>(tops_.at(draws[0])), left = static_cast<Index>(lefts_.at(draws[1]));
        return top * row_in() + left * this->from_.channels;
    }

    Range tops_, lefts_;
};

// ---- contrast

template <class T>
class RandomContrast final : public PerImage<T, RandomContrast<T>, 1> {
public:
    using typename PerImage<T, RandomContrast, 1>::Draws;

    explicit RandomContrast(const Step& step) : PerImage<T, RandomContrast, 1>(step) {
        require_same_size(step);
        factors_ = {step.options.number("lower"), step.options.number("upper")};
    }

    bool in_place() const override { return true; }

    void image(const Draws& draws, const T* X, T* Y) const {
        const T factor = static_cast<T>(factors_.at(draws[0]));
        const Index channels = this->from_.channels, n_pixels = this->from_.height * this->from_.width;
        for (Index c = 0; c < channels; ++c) {
            const T mean = static_cast<T>(sum(X + c, n_pixels, channels) / static_cast<double>(n_pixels));
            for (Index p = c; p < n_pixels * channels; p += channels) Y[p] = mean + factor * (X[p] - mean);
        }
    }

    // The map is its own transpose.
    void image_back(const Draws& draws, const T* dY, T* dX) const { image(draws, dY, dX); }

private:
    // In chains that don't wait for each other.
    static double sum(const T* X, Index n, Index step) {
        constexpr Index n_chains = 8;
        double chains[n_chains] = {};
        Index i = 0;
        for (; i + n_chains <= n; i += n_chains)
            for (Index k = 0; k < n_chains; ++k) chains[k] += static_cast<double>(X[(i + k) * step]);
        for (; i < n; ++i) chains[i % n_chains] += static_cast<double>(X[i * step]);
        double total = 0;
        for (double chain : chains) total += chain;
        return total;
    }

    Range factors_;
};

template <class T>
void add_augment(Kernels<T>& all) {
    all["random_flip"] = make<RandomFlip, T>;
    all["random_crop"] = make<RandomCrop, T>;
    all["random_contrast"] = make<RandomContrast, T>;
}
CHAINRULE_INSTANTIATE(add_augment)

}  // namespace chainrule
