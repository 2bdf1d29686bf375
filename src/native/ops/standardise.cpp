// Standardise, Y = (X − m) / s, and its inverse, Y = X · s + m, with s = max(√v, smallest) for known m and v.
//
// Once a step: the factor 1 / s or s. The statistics have no gradient.
#include <algorithm>

#include "../core/columns.hpp"
#include "table.hpp"

namespace chainrule {

template <class T, bool inverse>
class Standardise final : public Kernel<T> {
public:
    explicit Standardise(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 3, 3);
        const Operand &X = step.in[0], &m = step.in[1], &v = step.in[2];
        require(X.has_rows && !X.whole && !X.axes.empty() && X.size == step.out.size, "standardise changes no shape");
        columns_ = X.axes.back();
        require(!m.has_rows && !v.has_rows && m.size == columns_ && v.size == columns_, "a mean and variance a column");
        smallest_ = static_cast<T>(step.options.number("smallest", smallest_deviation));
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    void reserve(Plan& plan) override { factor_ = plan.shared(columns_); }

    Index prepare_parts() const override { return 1; }

    void prepare(const Run<T>& run, Index) const override {
        const T* v = run.at(this->in[2].value);
        T* factor = run.at(factor_);
        for (Index i = 0; i < columns_; ++i) {
            const T root = std::sqrt(v[i]);
            const T s = root < smallest_ ? smallest_ : root;  // NaN stays
            factor[i] = inverse ? s : 1 / s;
        }
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *m = run.at(this->in[1].value), *factor = run.at(factor_);
        each_row(run.at(this->in[0].value, lo), run.at(this->out.value, lo), (hi - lo) * this->out.size,
                 [=](Vec<T> x, Index i, auto access) {
                     if constexpr (inverse) return x * access(factor + i) + access(m + i);
                     else return (x - access(m + i)) * access(factor + i);
                 });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T* factor = run.at(factor_);
        each_row(run.at(this->out.gradient, lo), run.at(this->in[0].gradient, lo), (hi - lo) * this->out.size,
                 [=](Vec<T> dy, Index i, auto access) { return dy * access(factor + i); });
    }

    Index weight_parts() const override { return this->in[1].wanted() || this->in[2].wanted(); }

    void weight_gradients(const Run<T>& run, Index) const override {
        for (const Operand& statistics : {this->in[1], this->in[2]})
            if (statistics.wanted()) std::fill_n(run.at(statistics.gradient), columns_, T{});
    }

private:
    static constexpr double smallest_deviation = 1e-7;

    template <class F>
    void each_row(const T* from, T* to, Index n, F f) const {
        for (Index row = 0; row < n; row += columns_)
            each_vector<T>(0, columns_, [&](Index i, auto access) {
                access(to + row + i, f(access(from + row + i), i, access));
            });
    }

    Index columns_;
    T smallest_;
    int factor_ = -1;
};

template <class T>
void add_standardise(Kernels<T>& all) {
    all["standardise"] = [](const Step& step) { return std::make_unique<Standardise<T, false>>(step); };
    all["unstandardise"] = [](const Step& step) { return std::make_unique<Standardise<T, true>>(step); };
}
CHAINRULE_INSTANTIATE(add_standardise)

}  // namespace chainrule
