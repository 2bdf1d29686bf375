// Softmax and log-softmax: y = eˣ / Σ eˣ and y = x − ln Σ eˣ over one axis of a row.
//
// Exponentials and logarithms are taken of all numbers of several rows in one run, so that vectors are full however few
// the classes; what belongs to one group goes through Axis. Backward reads Y alone.
#include <algorithm>
#include <limits>

#include "../core/vmath.hpp"
#include "axis.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// So many numbers at a time: they stay in the first-level cache from one pass to the next.
constexpr Index numbers_at_a_time = 1024;
// What a number costs, in multiply-adds of a dense layer.
constexpr double work_of_a_number = 20;

// The axis of one row that the option names, which counts the batch as axis 0.
Index axis_of_row(const Step& step) {
    const Index n_axes = static_cast<Index>(step.in[0].axes.size()) + 1;
    const Index axis = step.options.whole("axis", -1), from_front = axis < 0 ? axis + n_axes : axis;
    require(0 < from_front && from_front < n_axes, step.operation + " goes over no axis of a row");
    return from_front - 1;
}

// What both share: pieces of rows, and sums over the axis.
template <class T>
class OverClasses : public Kernel<T> {
public:
    explicit OverClasses(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        const Index axis = axis_of_row(step);
        for (Index k = 0; k < static_cast<Index>(step.in[0].axes.size()); ++k)
            (k < axis ? outer_ : k > axis ? inner_ : size_) *= step.in[0].axes[k];
        piece_ = std::max<Index>(1, numbers_at_a_time / std::max<Index>(1, step.out.size));
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool reads_output_again() const override { return true; }
    bool in_place() const override { return true; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    // One number a group; log_softmax: and one for each of the numbers.
    void reserve(Plan& plan) override { plan.scratch(groups(piece_) + piece_ * this->out.size); }

protected:
    Index groups(Index rows) const { return rows * outer_ * inner_; }
    Axis<T> axis(Index rows) const { return {rows * outer_, size_, inner_}; }

    // f(the first row, how many) for pieces of the rows lo … hi
    template <class F>
    void pieces(Index lo, Index hi, F f) const {
        for (Index row = lo; row < hi; row += piece_) f(row, std::min(piece_, hi - row));
    }

    // results[g] = the largest x; where one is NaN, any.
    static void largest(const Axis<T>& axis, const T* X, T* results) {
        axis.reduce(X, X, results, -std::numeric_limits<T>::infinity(), [](auto x, auto) { return x; },
                    [](auto a, auto b) { return a < b ? b : a; });
    }
    // results[g] = Σ f(x, y)
    template <class F>
    static void total(const Axis<T>& axis, const T* X, const T* Y, T* results, F f) {
        axis.reduce(X, Y, results, T{}, f, [](auto a, auto b) { return a + b; });
    }
    // results[g] = Σ x
    static void total(const Axis<T>& axis, const T* X, T* results) {
        total(axis, X, X, results, [](auto x, auto) { return x; });
    }
    // Y = x − the largest x of its group
    static void shift(const Axis<T>& axis, const T* X, T* results, T* Y) {
        largest(axis, X, results);
        axis.spread(X, X, results, Y, [](auto x, auto, auto most) { return x - most; });
    }

private:
    Index outer_ = 1, size_ = 1, inner_ = 1, piece_;
};

template <class T>
class Softmax final : public OverClasses<T> {
public:
    using OverClasses<T>::OverClasses;

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        this->pieces(lo, hi, [&](Index row, Index rows) {
            const Axis<T> axis = this->axis(rows);
            T *Y = run.at(this->out.value, row), *totals = run.scratch;
            this->shift(axis, run.at(this->in[0].value, row), totals, Y);
            map(rows * this->out.size, Y, Y, [](Vec<T> x) __attribute__((always_inline)) { return exp<T>(x); });  // 1
            this->total(axis, Y, totals);
            map(this->groups(rows), totals, totals, [](Vec<T> total) { return 1 / total; });
            axis.spread(Y, Y, totals, Y, [](auto e, auto, auto share) { return e * share; });  // 2
        });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        this->pieces(lo, hi, [&](Index row, Index rows) {
            const Axis<T> axis = this->axis(rows);
            const T *Y = run.at(this->out.value, row), *dY = run.at(this->out.gradient, row);
            T* totals = run.scratch;
            this->total(axis, dY, Y, totals, [](auto dy, auto y) { return dy * y; });
            axis.spread(dY, Y, totals, run.at(this->in[0].gradient, row),
                        [](auto dy, auto y, auto total) { return y * (dy - total); });
        });
    }
};

template <class T>
class LogSoftmax final : public OverClasses<T> {
public:
    using OverClasses<T>::OverClasses;

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        this->pieces(lo, hi, [&](Index row, Index rows) {
            const Axis<T> axis = this->axis(rows);
            T *Y = run.at(this->out.value, row), *totals = run.scratch;
            this->shift(axis, run.at(this->in[0].value, row), totals, Y);  // 1
            this->total(axis, exponentials(run, Y, rows), totals);
            map(this->groups(rows), totals, totals, [](Vec<T> total) { return log<T>(total); });
            axis.spread(Y, Y, totals, Y, [](auto s, auto, auto log_total) { return s - log_total; });  // 2
        });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        this->pieces(lo, hi, [&](Index row, Index rows) {
            const Axis<T> axis = this->axis(rows);
            const T *dY = run.at(this->out.gradient, row), *E = exponentials(run, run.at(this->out.value, row), rows);
            T* totals = run.scratch;
            this->total(axis, dY, totals);
            axis.spread(dY, E, totals, run.at(this->in[0].gradient, row),
                        [](auto dy, auto e, auto total) { return dy - e * total; });
        });
    }

private:
    // eʸ, in the scratch behind the groups' numbers.
    const T* exponentials(const Run<T>& run, const T* Y, Index rows) const {
        T* E = run.scratch + this->groups(rows);
        map(rows * this->out.size, Y, E, [](Vec<T> y) __attribute__((always_inline)) { return exp<T>(y); });
        return E;
    }
};

}  // namespace

template <class T>
void add_softmax(Kernels<T>& all) {
    all["softmax"] = make<Softmax, T>;
    all["log_softmax"] = make<LogSoftmax, T>;
}
CHAINRULE_INSTANTIATE(add_softmax)

}  // namespace chainrule
