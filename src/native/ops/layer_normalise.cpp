// Layer normalisation: each row is brought to mean 0 and variance 1 over its last axis, then scaled and shifted.
//
// Cached are m and r = 1 / s of each row. X is there anyway, and h = (x − m) r costs less than to store and load it.
#include "../core/columns.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// What a number costs, in multiply-adds of a dense layer: the row is gone through three times.
constexpr double work_of_a_number = 8;

}  // namespace

template <class T>
class LayerNormalise final : public Kernel<T> {
public:
    explicit LayerNormalise(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 3, 3);
        const Operand &X = step.in[0], &gamma = step.in[1], &beta = step.in[2];
        require(X.has_rows && !X.whole && !X.axes.empty() && X.size == step.out.size,
                "layer_normalise changes no shape");
        columns_ = X.axes.back();
        require(columns_ > 0, "layer_normalise needs a column");
        require(!gamma.has_rows && !beta.has_rows && gamma.size == columns_ && beta.size == columns_,
                "a gamma and a beta a column");
        positions_ = X.size / columns_;
        epsilon_ = static_cast<T>(step.options.number("epsilon", default_epsilon));
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    void reserve(Plan& plan) override {
        if (!plan.training()) return;
        statistics_ = plan.rows(2 * positions_, weight_parts() > 0);
        plan.scratch(columns_);  // for the one of dγ and dβ that nobody wants
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *X = run.at(this->in[0].value, lo), *gamma = run.at(this->in[1].value);
        const T* beta = run.at(this->in[2].value);
        T* Y = run.at(this->out.value, lo);
        T* statistics = statistics_ >= 0 ? run.at(statistics_, lo) : nullptr;
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, Y += columns_) {
            const T* x = X;
            const T m = sum_of<T>(columns_, [=](Index i, auto access) { return access(x + i); }) / columns_;
            const T v = sum_of<T>(columns_, [=](Index i, auto access) {
                            const Vec<T> c = access(x + i) - m;
                            return c * c;
                        }) / columns_;
            const T r = 1 / std::sqrt(v + epsilon_);
            each_vector<T>(0, columns_, [=](Index i, auto access) {
                access(Y + i, (access(x + i) - m) * r * access(gamma + i) + access(beta + i));
            });
            if (statistics) statistics[2 * row] = m, statistics[2 * row + 1] = r;
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T *X = run.at(this->in[0].value, lo), *dY = run.at(this->out.gradient, lo);
        const T *gamma = run.at(this->in[1].value), *statistics = run.at(statistics_, lo);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, dY += columns_, dX += columns_) {
            const T *x = X, *dy = dY, m = statistics[2 * row], r = statistics[2 * row + 1];
            const auto [sum, sum_along] = sums_of<T, 2>(columns_, [=](Index i, auto access) {
                const Vec<T> h = (access(x + i) - m) * r, dh = access(dy + i) * access(gamma + i);
                return std::array<Vec<T>, 2>{dh, dh * h};
            });
            const T mean = sum / columns_, along = sum_along / columns_;
            each_vector<T>(0, columns_, [=](Index i, auto access) {
                const Vec<T> h = (access(x + i) - m) * r, dh = access(dy + i) * access(gamma + i);
                access(dX + i, (dh - mean - h * along) * r);
            });
        }
    }

    Index weight_parts() const override {
        return this->in[1].wanted() || this->in[2].wanted() ? parts_of_columns<T>(columns_) : 0;
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        const T *X = run.at(this->in[0].value), *dY = run.at(this->out.gradient), *statistics = run.at(statistics_);
        const Index columns = columns_, rows = run.rows * positions_;
        T* dgamma = this->in[1].wanted() ? run.at(this->in[1].gradient) : run.scratch;
        T* dbeta = this->in[2].wanted() ? run.at(this->in[2].gradient) : run.scratch;
        sum_columns<T, 2>(rows, columns, part, {dgamma, dbeta}, [=](Index n, Index i, auto access) {
            const Index at = n * columns + i;
            const Vec<T> h = (access(X + at) - statistics[2 * n]) * statistics[2 * n + 1], dy = access(dY + at);
            return std::array<Vec<T>, 2>{dy * h, dy};
        });
    }

private:
    static constexpr double default_epsilon = 1e-3;

    Index columns_, positions_;
    T epsilon_;
    int statistics_ = -1;
};

template <class T>
void add_layer_normalise(Kernels<T>& all) {
    all["layer_normalise"] = make<LayerNormalise, T>;
}
CHAINRULE_INSTANTIATE(add_layer_normalise)

}  // namespace chainrule
