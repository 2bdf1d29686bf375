// Spatial dropout: whole channels of an image are set to 0, Y = X · M / (1 − rate), M one number a channel and image.
//
// Image n has the numbers n · C … of the stream's mask, whoever draws them. Cached is the scaled mask.
#include "../core/columns.hpp"
#include "augment.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// Numbers whose mask is drawn before it is used.
constexpr Index numbers_at_a_time = 512;

}  // namespace

template <class T>
class SpatialDropout2d final : public Kernel<T> {
public:
    explicit SpatialDropout2d(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        require(step.stream >= 0, "spatial dropout has no stream");
        channels_ = Image(step.in[0]).channels;
        rate_ = step.options.number("rate");
        require(0 <= rate_ && rate_ < 1, "spatial dropout's rate is from 0 to below 1");
        scale_ = static_cast<T>(1 / (1 - rate_));
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    void reserve(Plan& plan) override { masks_ = plan.rows(channels_); }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        draw(run, lo, hi);
        scale(run, lo, hi, run.at(this->in[0].value, lo), run.at(this->out.value, lo));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        scale(run, lo, hi, run.at(this->out.gradient, lo), run.at(this->in[0].gradient, lo));
    }

private:
    void draw(const Run<T>& run, Index lo, Index hi) const {
        const Philox stream = stream_of(*this, run);
        std::uint8_t kept[numbers_at_a_time];
        T* M = run.at(masks_, lo);
        for (Index i = lo * channels_; i < hi * channels_; i += numbers_at_a_time, M += numbers_at_a_time) {
            const Index count = std::min(numbers_at_a_time, hi * channels_ - i);
            draw_mask(stream, static_cast<std::uint64_t>(i), count, rate_, kept);
            for (Index k = 0; k < count; ++k) M[k] = kept[k] ? scale_ : T{0};
        }
    }

    // Y = X · M; Y may be X.
    void scale(const Run<T>& run, Index lo, Index hi, const T* X, T* Y) const {
        const Index size = this->out.size;
        for (Index row = lo; row < hi; ++row) {
            const T* M = run.at(masks_, row);
            for (Index i = 0; i < size; i += channels_, X += channels_, Y += channels_)
                map(channels_, X, M, Y, [](Vec<T> x, Vec<T> m) { return x * m; });
        }
    }

    Index channels_;
    double rate_;
    T scale_;
    int masks_ = -1;
};

template <class T>
void add_spatial_dropout2d(Kernels<T>& all) {
    all["spatial_dropout2d"] = make<SpatialDropout2d, T>;
}
CHAINRULE_INSTANTIATE(add_spatial_dropout2d)

}  // namespace chainrule
