// Upsampling: an image fh times as high and fw times as wide, by blocks (nearest) or lines between places (bilinear).
//
// Bilinear: one row of the result at a time. It is mixed from two rows of the image, into scratch, and then its places
// from two places of that row; the gradient goes the same way back.
#include <vector>

#include "../core/columns.hpp"
#include "augment.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

struct Factors {
    Index down, along;

    Factors(const Step& step, const Image& image) {
        const auto& size = step.options.numbers("size");
        require(size.size() == 2 && step.out.axes.size() == 3, "upsampling is in two directions");
        down = static_cast<Index>(whole(size[0])), along = static_cast<Index>(whole(size[1]));
        require(step.out.axes[0] == image.height * down && step.out.axes[1] == image.width * along &&
                step.out.axes[2] == image.channels, "upsampling doesn't come to the output's size");
    }

private:
    static double whole(double factor) {
        constexpr double most = 1 << 15;
        require(1 <= factor && factor <= most && std::floor(factor) == factor, "no factor to upsample by");
        return factor;
    }
};

// What place u of the result is mixed from: (1 − t) of one place and t of the next, if t isn't 0.
template <class T>
struct Mix {
    Index first, second;
    T rest, t;
};

// All mixes along one side.
template <class T>
class Mixes {
public:
    Mixes(Index size, Index factor) : size_(size) {
        for (Index phase = 0; phase < factor; ++phase) {
            const double position = (static_cast<double>(phase) + 0.5) / static_cast<double>(factor) - 0.5;
            const double y = std::floor(position), t = position - y;
            phases_.push_back({static_cast<Index>(y), 0, static_cast<T>(1 - t), static_cast<T>(t)});
        }
    }

    // f(mix) for each place of the result in turn.
    template <class F>
    CHAINRULE_INLINE void each(F f) const {
        for (Index k = 0; k < size_; ++k)
            for (Mix<T> mix : phases_) {
                const Index y = k + mix.first;
                mix.first = std::clamp<Index>(y, 0, size_ - 1), mix.second = std::clamp<Index>(y + 1, 0, size_ - 1);
                f(mix);
            }
    }

private:
    Index size_;
    std::vector<Mix<T>> phases_;  // for place 0, before they are moved into the image
};

// Y = a mix of A and B, n numbers.
template <class T>
CHAINRULE_INLINE void mix_to(Index n, const Mix<T>& mix, const T* A, const T* B, T* Y) {
    const T rest = mix.rest, t = mix.t;
    if (t == 0) map(n, A, Y, [=](Vec<T> a) { return rest * a; });
    else map(n, A, B, Y, [=](Vec<T> a, Vec<T> b) { return rest * a + t * b; });
}

// dA and dB gain what the mix gave to dY; they may be the same.
template <class T>
CHAINRULE_INLINE void mix_back(Index n, const Mix<T>& mix, const T* dY, T* dA, T* dB) {
    const auto gain = [=](T weight, T* d) { map(n, d, dY, d, [=](Vec<T> a, Vec<T> dy) { return a + weight * dy; }); };
    gain(mix.rest, dA);
    if (mix.t != 0) gain(mix.t, dB);
}

}  // namespace

template <class T>
class Upsample2d : public Kernel<T> {
public:
    explicit Upsample2d(const Step& step) : Kernel<T>(step), image_(only_input(step)), by_(step, image_) {}

    bool reads_input_again(std::size_t) const override { return false; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        for (Index row = lo; row < hi; ++row)
            draw_out(run.at(this->in[0].value, row), run.at(this->out.value, row), run.scratch);
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        for (Index row = lo; row < hi; ++row) {
            T* dX = run.at(this->in[0].gradient, row);
            std::fill_n(dX, image_.size(), T{});
            gather(run.at(this->out.gradient, row), dX, run.scratch);
        }
    }

protected:
    virtual void draw_out(const T* X, T* Y, T* scratch) const = 0;
    // dX, zeros before, gains what draw_out gave.
    virtual void gather(const T* dY, T* dX, T* scratch) const = 0;

    Index row_of_output() const { return image_.row() * by_.along; }

    const Image image_;
    const Factors by_;

private:
    static const Operand& only_input(const Step& step) {
        require_inputs(step, 1, 1);
        return step.in[0];
    }
};

template <class T>
class UpsampleNearest final : public Upsample2d<T> {
public:
    using Upsample2d<T>::Upsample2d;

private:
    using Upsample2d<T>::image_, Upsample2d<T>::by_;

    void draw_out(const T* X, T* Y, T*) const override {
        const Index channels = image_.channels, row = this->row_of_output();
        for (Index y = 0; y < image_.height; ++y) {
            const T* first = Y;
            for (Index x = 0; x < image_.width; ++x, X += channels)
                for (Index k = 0; k < by_.along; ++k, Y += channels) map(channels, X, Y, [](Vec<T> v) { return v; });
            for (Index k = 1; k < by_.down; ++k, Y += row) std::copy_n(first, row, Y);
        }
    }

    void gather(const T* dY, T* dX, T*) const override {
        const Index channels = image_.channels;
        for (Index y = 0; y < image_.height; ++y, dX += image_.row())
            for (Index k = 0; k < by_.down; ++k)
                for (Index x = 0; x < image_.width; ++x, dY += by_.along * channels)
                    each_vector<T>(0, channels, [&](Index c, auto access) {
                        Vec<T> sum = access(dX + x * channels + c);
                        for (Index j = 0; j < by_.along; ++j) sum += access(dY + j * channels + c);
                        access(dX + x * channels + c, sum);
                    });
    }
};

template <class T>
class UpsampleBilinear final : public Upsample2d<T> {
public:
    explicit UpsampleBilinear(const Step& step)
        : Upsample2d<T>(step), down_(image_.height, by_.down), along_(image_.width, by_.along) {}

    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }
    void reserve(Plan& plan) override { plan.scratch(image_.row()); }

private:
    using Upsample2d<T>::image_, Upsample2d<T>::by_;

    void draw_out(const T* X, T* Y, T* R) const override {
        const Index channels = image_.channels, row = image_.row();
        down_.each([&](const Mix<T>& rows) {
            mix_to(row, rows, X + rows.first * row, X + rows.second * row, R);
            along_.each([&](const Mix<T>& mix) {
                mix_to(channels, mix, R + mix.first * channels, R + mix.second * channels, Y);
                Y += channels;
            });
        });
    }

    void gather(const T* dY, T* dX, T* dR) const override {
        const Index channels = image_.channels, row = image_.row();
        down_.each([&](const Mix<T>& rows) {
            std::fill_n(dR, row, T{});
            along_.each([&](const Mix<T>& mix) {
                mix_back(channels, mix, dY, dR + mix.first * channels, dR + mix.second * channels);
                dY += channels;
            });
            mix_back(row, rows, dR, dX + rows.first * row, dX + rows.second * row);
        });
    }

    // What a number costs, in multiply-adds of a dense layer.
    static constexpr double work_of_a_number = 4;

    const Mixes<T> down_, along_;
};

template <class T>
void add_upsample2d(Kernels<T>& all) {
    all["upsample2d_nearest"] = make<UpsampleNearest, T>;
    all["upsample2d_bilinear"] = make<UpsampleBilinear, T>;
}
CHAINRULE_INSTANTIATE(add_upsample2d)

}  // namespace chainrule
