// What normalising by the batch's own statistics and by fixed ones share: operands (X, γ, β, mean, variance) and loops.
//
// With c = x − m and a = γ / s, everything a number needs is a few factors of its channel:
//
//     y = c a + β
//     dβ = Σ dy,  dγ = Σ dy c / s
//
// The factors are made once a step; X is there anyway, so nothing is cached for each number.
#pragma once

#include "../core/columns.hpp"
#include "../core/kernel.hpp"

namespace chainrule {

template <class T>
class Normalise : public Kernel<T> {
public:
    explicit Normalise(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 5, 5);
        const Operand& X = step.in[0];
        require(X.has_rows && !X.whole && !X.axes.empty() && X.size == step.out.size, "normalising changes no shape");
        channels_ = X.axes.back();
        require(channels_ > 0, "normalising needs a channel");
        positions_ = X.size / channels_;
        for (std::size_t k = 1; k < step.in.size(); ++k)
            require(!step.in[k].has_rows && step.in[k].size == channels_, "normalising has one of each a channel");
        epsilon_ = static_cast<T>(step.options.number("epsilon", default_epsilon));
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    void reserve(Plan& plan) override { factors_ = plan.shared(n_factors * channels_); }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *X = run.at(this->in[0].value, lo), *beta = run.at(this->in[2].value);
        const T *m = factor(run, mean), *a = factor(run, scale);
        T* Y = run.at(this->out.value, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += channels_, Y += channels_)
            each_vector<T>(0, channels_, [=](Index i, auto access) {
                access(Y + i, (access(X + i) - access(m + i)) * access(a + i) + access(beta + i));
            });
    }

    Index weight_parts() const override {
        const auto wanted = [](const Operand& W) { return W.wanted(); };
        return std::any_of(this->in.begin() + 1, this->in.end(), wanted) ? parts_of_columns<T>(channels_) : 0;
    }

protected:
    // The factors of a channel, each a row of `channels_` numbers in the shared memory.
    enum Factor { mean, over_s, scale, sum_dy, sum_dy_c, shift, slope, new_mean, new_variance, n_factors };

    T* factor(const Run<T>& run, Factor which) const { return run.at(factors_) + which * channels_; }
    Index first_channel(Index part) const { return part * columns_of_a_part<T>; }
    Index last_channel(Index part) const { return std::min(channels_, first_channel(part + 1)); }

    // Σ dy and Σ dy c of one part's channels, over the rows lo … hi − 1.
    void sum_gradients(const Run<T>& run, Index part, Index lo, Index hi, T* dy, T* dy_c) const {
        const T *X = run.at(this->in[0].value, lo), *dY = run.at(this->out.gradient, lo), *m = factor(run, mean);
        const Index channels = channels_;
        sum_columns<T, 2>((hi - lo) * positions_, channels, part, {dy, dy_c},
                          [=](Index row, Index i, auto access) {
                              const Vec<T> dy = access(dY + row * channels + i);
                              return std::array<Vec<T>, 2>{dy, dy * (access(X + row * channels + i) - access(m + i))};
                          });
    }

    // dγ and dβ from the sums; statistics have no gradient.
    void write_weight_gradients(const Run<T>& run, Index part) const {
        const T *dy = factor(run, sum_dy), *dy_c = factor(run, sum_dy_c), *r = factor(run, over_s);
        auto write = [&](std::size_t k, auto value) {
            if (!this->in[k].wanted()) return;
            T* to = run.at(this->in[k].gradient);
            for (Index i = first_channel(part); i < last_channel(part); ++i) to[i] = value(i);
        };
        write(1, [=](Index i) { return dy_c[i] * r[i]; });
        write(2, [=](Index i) { return dy[i]; });
        write(3, [](Index) { return T{0}; });
        write(4, [](Index) { return T{0}; });
    }

    Index channels_, positions_;
    T epsilon_;

private:
    static constexpr double default_epsilon = 1e-3;
    // What a number costs, in multiply-adds of a dense layer.
    static constexpr double work_of_a_number = 4;

    int factors_ = -1;
};

}  // namespace chainrule
