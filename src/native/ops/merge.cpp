// Merge: several arrays to one, entry by entry.
//
// An array that is stretched is written out in full, row by row, into this thread's scratch; its gradient is made in full
// as well, and summed. Where nothing is stretched, all rows are one long array.
//
// A weight takes part with an axis of 1 for the rows; its gradient is the sum over them.
#include <algorithm>

#include "../core/stretch.hpp"
#include "concatenate.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Merge : public Kernel<T> {
public:
    explicit Merge(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 1, most_arrays);
        bool any_rows = false;
        for (const Operand& X : step.in) {
            std::vector<Index> axes = X.axes;
            if (!X.has_rows) {
                require(!axes.empty() && axes[0] == 1, "a weight to be merged has an axis of 1 for the rows");
                axes.erase(axes.begin());
            }
            require(!X.whole, "whole numbers can't be merged");
            any_rows = any_rows || X.has_rows;
            stretches_.emplace_back(axes, step.out.axes);
            plain_ = plain_ && X.has_rows && stretches_.back().none();
        }
        require(any_rows, "at least one of the arrays to be merged has rows");
    }

    double work() const override { return static_cast<double>(this->out.size * this->in.size()); }

    void reserve(Plan& plan) override {
        if (!plain_) plan.scratch(3 * this->out.size);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        each_span(lo, hi, [&](Index row, Index n) {
            T* Y = run.at(this->out.value, row);
            const T* first = full(run, 0, row, room(run, 0));
            if (this->in.size() == 1) std::copy_n(first, n, Y);
            for (std::size_t k = 1; k < this->in.size(); ++k)
                combine(n, k == 1 ? first : Y, full(run, k, row, room(run, 1)), Y);
            finish(n, Y);
        });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        for (std::size_t k = 0; k < this->in.size(); ++k) {
            if (!this->in[k].has_rows || !this->in[k].wanted()) continue;
            each_span(lo, hi, [&](Index row, Index n) {
                T* dX = run.at(this->in[k].gradient, row);
                if (stretches_[k].none()) return gradient(run, k, row, n, dX);
                gradient(run, k, row, n, room(run, 0));
                std::fill_n(dX, this->in[k].size, T{});
                stretches_[k].gather(room(run, 0), dX);
            });
        }
    }

    Index weight_parts() const override {
        return std::count_if(this->in.begin(), this->in.end(), [](auto& X) { return !X.has_rows && X.wanted(); });
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        std::size_t k = 0;
        for (;; ++k)
            if (!this->in[k].has_rows && this->in[k].wanted() && part-- == 0) break;
        T* dW = run.at(this->in[k].gradient);
        std::fill_n(dW, this->in[k].size, T{});
        for (Index row = 0; row < run.rows; ++row) {
            gradient(run, k, row, this->out.size, room(run, 0));
            stretches_[k].gather(room(run, 0), dW);
        }
    }

protected:
    // Y = A and B merged; Y may be A.
    virtual void combine(Index n, const T* A, const T* B, T* Y) const = 0;
    virtual void finish(Index, T*) const {}
    // dX = the gradient of array k, as if it were not stretched, for n numbers from a row on.
    virtual void gradient(const Run<T>& run, std::size_t k, Index row, Index n, T* dX) const = 0;

    // Array k from a row on: where it is, or written out in `space`.
    const T* full(const Run<T>& run, std::size_t k, Index row, T* space) const {
        const T* X = run.at(this->in[k].value, row);
        if (stretches_[k].none()) return X;
        stretches_[k].expand(X, space);
        return space;
    }
    T* room(const Run<T>& run, int number) const { return run.scratch + (plain_ ? 0 : number * this->out.size); }

private:
    static constexpr std::size_t most_arrays = 4096;

    template <class F>
    void each_span(Index lo, Index hi, F f) const {
        if (plain_) return f(lo, (hi - lo) * this->out.size);
        for (Index row = lo; row < hi; ++row) f(row, this->out.size);
    }

    std::vector<Stretch> stretches_;
    bool plain_ = true;
};

// Y = (X₁ ± X₂ …) · factor: add, subtract and average.
template <class T>
class LinearMerge final : public Merge<T> {
public:
    LinearMerge(const Step& step, bool subtracts, bool averages) : Merge<T>(step), sign_(subtracts ? -1 : 1) {
        require(!subtracts || step.in.size() == 2, "subtract takes two arrays");
        if (averages) factor_ = static_cast<T>(1.0 / static_cast<double>(step.in.size()));
    }

    bool reads_input_again(std::size_t) const override { return false; }

private:
    void combine(Index n, const T* A, const T* B, T* Y) const override {
        const T sign = sign_;
        map(n, A, B, Y, [sign](Vec<T> a, Vec<T> b) { return a + sign * b; });
    }
    void finish(Index n, T* Y) const override {
        if (factor_ != 1) scale(n, Y, factor_, Y);
    }
    void gradient(const Run<T>& run, std::size_t k, Index row, Index n, T* dX) const override {
        scale(n, run.at(this->out.gradient, row), k > 0 ? sign_ * factor_ : factor_, dX);
    }
    static void scale(Index n, const T* X, T by, T* Y) {
        map(n, X, Y, [by](Vec<T> x) { return x * by; });
    }

    T sign_, factor_ = 1;
};

template <class T>
class Multiply final : public Merge<T> {
public:
    using Merge<T>::Merge;

private:
    void combine(Index n, const T* A, const T* B, T* Y) const override { multiply(n, A, B, Y); }

    void gradient(const Run<T>& run, std::size_t k, Index row, Index n, T* dX) const override {
        const T* dY = run.at(this->out.gradient, row);
        bool first = true;
        for (std::size_t j = 0; j < this->in.size(); ++j) {
            if (j == k) continue;
            multiply(n, first ? dY : dX, this->full(run, j, row, this->room(run, 1)), dX);
            first = false;
        }
        if (first) std::copy_n(dY, n, dX);
    }
    static void multiply(Index n, const T* A, const T* B, T* Y) {
        map(n, A, B, Y, [](Vec<T> a, Vec<T> b) { return a * b; });
    }
};

template <class T>
class Maximum final : public Merge<T> {
public:
    using Merge<T>::Merge;

private:
    void combine(Index n, const T* A, const T* B, T* Y) const override {
        map(n, A, B, Y, [](Vec<T> a, Vec<T> b) { return select<T>((a < b) | (b != b), b, a); });
    }

    // An array wins where it is above all before it and not below any after it; the first NaN is above all.
    void gradient(const Run<T>& run, std::size_t k, Index row, Index n, T* dX) const override {
        std::copy_n(run.at(this->out.gradient, row), n, dX);
        const T* X = this->full(run, k, row, this->room(run, 1));
        for (std::size_t j = 0; j < this->in.size(); ++j) {
            if (j == k) continue;
            const T* other = this->full(run, j, row, this->room(run, 2));
            const bool before = j < k;
            each_vector<T>(0, n, [=](Index i, auto access) {
                const Vec<T> x = access(X + i), y = access(other + i);
                const Mask<T> wins = before ? (y < x) | ((x != x) & (y == y)) : (y <= x) | (x != x);
                access(dX + i, access(dX + i) * select<T>(wins, Vec<T>{} + 1, Vec<T>{}));
            });
        }
    }
};

template <class T>
void add_merge(Kernels<T>& all) {
    all["add"] = [](const Step& step) { return std::make_unique<LinearMerge<T>>(step, false, false); };
    all["subtract"] = [](const Step& step) { return std::make_unique<LinearMerge<T>>(step, true, false); };
    all["average"] = [](const Step& step) { return std::make_unique<LinearMerge<T>>(step, false, true); };
    all["multiply"] = make<Multiply, T>;
    all["maximum"] = make<Maximum, T>;
    all["concatenate"] = make<Concatenate, T>;
}
CHAINRULE_INSTANTIATE(add_merge)

}  // namespace chainrule
