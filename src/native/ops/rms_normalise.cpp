// RMS normalisation: each row is divided by the root of its mean square over its last axis, then scaled.
//
// Cached is r = 1 / s of each row. X is there anyway, and h = x r costs less than to store and load it.
#include "../core/columns.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// What a number costs, in multiply-adds of a dense layer: the row is gone through twice.
constexpr double work_of_a_number = 5;

}  // namespace

template <class T>
class RmsNormalise final : public Kernel<T> {
public:
    explicit RmsNormalise(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 2, 2);
        const Operand &X = step.in[0], &gamma = step.in[1];
        require(X.has_rows && !X.whole && !X.axes.empty() && X.size == step.out.size, "rms_normalise changes no shape");
        columns_ = X.axes.back();
        require(columns_ > 0, "rms_normalise needs a column");
        require(!gamma.has_rows && gamma.size == columns_, "a scale a column");
        positions_ = X.size / columns_;
        epsilon_ = static_cast<T>(step.options.number("epsilon", default_epsilon));
    }

    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    void reserve(Plan& plan) override {
        if (plan.training()) over_s_ = plan.rows(positions_, weight_parts() > 0);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *X = run.at(this->in[0].value, lo), *gamma = run.at(this->in[1].value);
        T* Y = run.at(this->out.value, lo);
        T* over_s = over_s_ >= 0 ? run.at(over_s_, lo) : nullptr;
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, Y += columns_) {
            const T* x = X;
            const T q = sum_of<T>(columns_, [=](Index i, auto access) {
                            const Vec<T> v = access(x + i);
                            return v * v;
                        }) / static_cast<T>(columns_);
            const T r = 1 / std::sqrt(q + epsilon_);
            map(columns_, X, gamma, Y, [=](Vec<T> v, Vec<T> g) { return v * r * g; });
            if (over_s) over_s[row] = r;
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T *X = run.at(this->in[0].value, lo), *dY = run.at(this->out.gradient, lo);
        const T *gamma = run.at(this->in[1].value), *over_s = run.at(over_s_, lo);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, dY += columns_, dX += columns_) {
            const T *x = X, *dy = dY, r = over_s[row];
            const T sum = sum_of<T>(columns_, [=](Index i, auto access) {
                return access(dy + i) * access(gamma + i) * (access(x + i) * r);
            });
            const T along = sum / static_cast<T>(columns_);
            each_vector<T>(0, columns_, [=](Index i, auto access) {
                access(dX + i, (access(dy + i) * access(gamma + i) - access(x + i) * r * along) * r);
            });
        }
    }

    Index weight_parts() const override { return this->in[1].wanted() ? parts_of_columns<T>(columns_) : 0; }

    void weight_gradients(const Run<T>& run, Index part) const override {
        const T *X = run.at(this->in[0].value), *dY = run.at(this->out.gradient), *over_s = run.at(over_s_);
        const Index columns = columns_;
        sum_columns<T, 1>(run.rows * positions_, columns, part, {run.at(this->in[1].gradient)},
                          [=](Index n, Index i, auto access) {
                              const Index at = n * columns + i;
                              return std::array<Vec<T>, 1>{access(dY + at) * (access(X + at) * over_s[n])};
                          });
    }

private:
    static constexpr double default_epsilon = 1e-6;

    Index columns_, positions_;
    T epsilon_;
    int over_s_ = -1;
};

template <class T>
void add_rms_normalise(Kernels<T>& all) {
    all["rms_normalise"] = make<RmsNormalise, T>;
}
CHAINRULE_INSTANTIATE(add_rms_normalise)

}  // namespace chainrule
