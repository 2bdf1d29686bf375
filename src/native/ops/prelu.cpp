// PReLU: y = x where x > 0, else a x, with slopes a that are learnt.
//
// Axes at the front along which a is shared count as rows (but the last), so that one slope a channel is a vector of
// columns. Where an axis behind them is shared too, a is stretched.
#include "../core/stretch.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class PRelu final : public Kernel<T> {
public:
    explicit PRelu(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 2, 2);
        const Operand &X = step.in[0], &a = step.in[1];
        require(X.has_rows && !X.whole && X.size == step.out.size, "prelu changes no shape");
        require(!a.has_rows && a.axes.size() == X.axes.size(), "prelu's slopes have the axes of a row");
        std::size_t front = 0;
        while (front + 1 < a.axes.size() && a.axes[front] == 1) positions_ *= X.axes[front++];
        const std::vector<Index> large(X.axes.begin() + front, X.axes.end());
        stretch_ = Stretch({a.axes.begin() + front, a.axes.end()}, large);
        for (Index size : large) columns_ *= size;
    }

    bool reads_input_again(std::size_t) const override { return true; }

    void reserve(Plan& plan) override {
        if (!stretch_.none()) plan.scratch(columns_);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *X = run.at(this->in[0].value, lo), *a = slopes(run);
        T* Y = run.at(this->out.value, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, Y += columns_)
            map(columns_, X, a, Y, [](Vec<T> x, Vec<T> slope) {
                return larger<T>(x, Vec<T>{}) + slope * smaller<T>(x, Vec<T>{});
            });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T *X = run.at(this->in[0].value, lo), *dY = run.at(this->out.gradient, lo), *a = slopes(run);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += columns_, dY += columns_, dX += columns_)
            each_vector<T>(0, columns_, [=](Index i, auto access) {
                const Vec<T> dy = access(dY + i);
                access(dX + i, select<T>(access(X + i) > Vec<T>{}, dy, dy * access(a + i)));
            });
    }

    Index weight_parts() const override {
        if (!this->in[1].wanted()) return 0;
        return stretch_.none() ? parts_of_columns<T>(columns_) : 1;
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        T* da = run.at(this->in[1].gradient);
        if (stretch_.none()) return sum_rows(run, part, da);
        for (Index one = 0; one < parts_of_columns<T>(columns_); ++one) sum_rows(run, one, run.scratch);
        std::fill_n(da, this->in[1].size, T{});
        stretch_.gather(run.scratch, da);
    }

private:
    // The slope of each column.
    const T* slopes(const Run<T>& run) const {
        const T* a = run.at(this->in[1].value);
        if (stretch_.none()) return a;
        stretch_.expand(a, run.scratch);
        return run.scratch;
    }

    void sum_rows(const Run<T>& run, Index part, T* sums) const {
        const T *X = run.at(this->in[0].value), *dY = run.at(this->out.gradient);
        const Index columns = columns_;
        sum_columns<T, 1>(run.rows * positions_, columns, part, {sums}, [=](Index row, Index i, auto access) {
            const Index at = row * columns + i;
            return std::array<Vec<T>, 1>{access(dY + at) * smaller<T>(access(X + at), Vec<T>{})};
        });
    }

    Index positions_ = 1, columns_ = 1;
    Stretch stretch_;
};

template <class T>
void add_prelu(Kernels<T>& all) {
    all["prelu"] = make<PRelu, T>;
}
CHAINRULE_INSTANTIATE(add_prelu)

}  // namespace chainrule
