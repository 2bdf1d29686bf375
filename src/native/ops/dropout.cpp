// Dropout, inverted: Y = X · M / (1 − rate), M a random mask of zeros and ones.
//
// Number i of the batch has number i of the stream's mask, whoever draws it. Whether it was kept is cached in a byte.
#include "../core/philox.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// Numbers whose mask is drawn before it is used, so that both stay in the first-level cache.
constexpr Index numbers_at_a_time = 4096;
// Drawing a number's mask takes as long as so many multiply-adds of a dense layer.
constexpr double work_of_a_draw = 16;

}  // namespace

template <class T>
class Dropout final : public Kernel<T> {
public:
    explicit Dropout(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        require(step.stream >= 0, "dropout has no stream");
        rate_ = step.options.number("rate");
        require(0 <= rate_ && rate_ < 1, "dropout's rate is from 0 to below 1");
        scale_ = static_cast<T>(1 / (1 - rate_));
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_draw; }

    void reserve(Plan& plan) override {
        constexpr Index bytes = sizeof(T);
        if (plan.training() && this->in[0].wanted()) kept_ = plan.rows((this->out.size + bytes - 1) / bytes);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const Philox stream(run.seed, Purpose::noise, static_cast<std::uint64_t>(this->stream), run.step);
        const T* X = run.at(this->in[0].value, lo);
        T* Y = run.at(this->out.value, lo);
        std::uint8_t own[numbers_at_a_time];
        const Index size = this->out.size, n = (hi - lo) * size;
        for (Index i = 0; i < n; i += numbers_at_a_time) {
            const Index count = std::min(numbers_at_a_time, n - i);
            std::uint8_t* kept = kept_ >= 0 ? kept_at(run, lo) + i : own;
            draw_mask(stream, static_cast<std::uint64_t>(lo * size + i), count, rate_, kept);
            scale_kept(count, X + i, kept, Y + i);
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        scale_kept((hi - lo) * this->out.size, run.at(this->out.gradient, lo), kept_at(run, lo),
                   run.at(this->in[0].gradient, lo));
    }

private:
    // Bytes lie as close as the numbers do: rows of them need not begin where a T could.
    std::uint8_t* kept_at(const Run<T>& run, Index row) const {
        const Place& place = run.places[kept_];
        return static_cast<std::uint8_t*>(place.first) + (row - place.origin) * this->out.size;
    }

    void scale_kept(Index n, const T* X, const std::uint8_t* kept, T* Y) const {
        const T scale = scale_;
        for (Index i = 0; i < n; ++i) Y[i] = X[i] * (kept[i] ? scale : T{0});
    }

    double rate_;
    T scale_;
    int kept_ = -1;
};

template <class T>
void add_dropout(Kernels<T>& all) {
    all["dropout"] = make<Dropout, T>;
}
CHAINRULE_INSTANTIATE(add_dropout)

}  // namespace chainrule
