// Gaussian noise: Y = X + stddev · Z, Z drawn from the normal distribution. Number i of the batch takes number i of Z.
#include "../core/normal.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

constexpr Index numbers_at_a_time = 1024;
// Drawing a number takes as long as so many multiply-adds of a dense layer.
constexpr double work_of_a_draw = 64;

}  // namespace

template <class T>
class GaussianNoise final : public Kernel<T> {
public:
    explicit GaussianNoise(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        require(step.stream >= 0, "gaussian_noise has no stream");
        stddev_ = step.options.number("stddev");
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_draw; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const Philox stream(run.seed, Purpose::noise, static_cast<std::uint64_t>(this->stream), run.step);
        const T* X = run.at(this->in[0].value, lo);
        T* Y = run.at(this->out.value, lo);
        double Z[numbers_at_a_time];
        const Index size = this->out.size, n = (hi - lo) * size;
        for (Index i = 0; i < n; i += numbers_at_a_time) {
            const Index count = std::min(numbers_at_a_time, n - i);
            draw_normal(stream, static_cast<std::uint64_t>(lo * size + i), count, Z);
            for (Index j = 0; j < count; ++j) Y[i + j] = X[i + j] + static_cast<T>(stddev_ * Z[j]);
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T* dY = run.at(this->out.gradient, lo);
        T* dX = run.at(this->in[0].gradient, lo);
        if (dX != dY) std::copy_n(dY, (hi - lo) * this->out.size, dX);
    }

private:
    double stddev_;
};

template <class T>
void add_gaussian_noise(Kernels<T>& all) {
    all["gaussian_noise"] = make<GaussianNoise, T>;
}
CHAINRULE_INSTANTIATE(add_gaussian_noise)

}  // namespace chainrule
