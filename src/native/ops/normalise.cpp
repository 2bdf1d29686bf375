// Batch normalisation by the batch's own statistics (batch_normalise) or by fixed ones (affine_normalise).
//
// With c = x − m and a = γ / s, where the means are over the batch:
//
//     batch     dx = a dy − p − c q,  p = a mean(dy),  q = a mean(dy c) / s²
//     affine    dx = a dy
#include "normalise.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class BatchNormalise final : public Normalise<T> {
    using Base = Normalise<T>;
    using Base::channels_, Base::positions_, Base::epsilon_, Base::factor;

public:
    explicit BatchNormalise(const Step& step) : Base(step) {
        const double momentum = step.options.number("momentum", default_momentum);
        keep_ = static_cast<T>(momentum), take_ = static_cast<T>(1 - momentum);
    }

    // dγ and dβ come from sums that are taken before dX is written over dY.
    bool in_place() const override { return true; }

    Index statistics_parts() const override { return parts_of_columns<T>(channels_); }

    void statistics(const Run<T>& run, Index part) const override {
        const T* X = run.at(this->in[0].value);
        const Index rows = run.rows * positions_, channels = channels_;
        T *m = factor(run, Base::mean), *v = factor(run, Base::over_s);
        auto divide = [&](T* sums) {
            for (Index i = this->first_channel(part); i < this->last_channel(part); ++i)
                sums[i] /= static_cast<T>(rows);
        };
        sum_columns<T, 1>(rows, channels, part, {m}, [=](Index row, Index i, auto access) {
            return std::array<Vec<T>, 1>{access(X + row * channels + i)};
        });
        divide(m);
        sum_columns<T, 1>(rows, channels, part, {v}, [=](Index row, Index i, auto access) {
            const Vec<T> c = access(X + row * channels + i) - access(m + i);
            return std::array<Vec<T>, 1>{c * c};
        });
        divide(v);
        finish_statistics(run, part);
    }

    Index backward_statistics_parts() const override { return parts_of_columns<T>(channels_); }

    void backward_statistics(const Run<T>& run, Index part) const override {
        this->sum_gradients(run, part);
        const T *a = factor(run, Base::scale), *r = factor(run, Base::over_s);
        const T *dy = factor(run, Base::sum_dy), *dy_c = factor(run, Base::sum_dy_c);
        T *p = factor(run, Base::shift), *q = factor(run, Base::slope);
        const T n = static_cast<T>(run.rows * positions_);
        for (Index i = this->first_channel(part); i < this->last_channel(part); ++i) {
            p[i] = a[i] * (dy[i] / n);
            q[i] = a[i] * (dy_c[i] * r[i] / n) * r[i];
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T *X = run.at(this->in[0].value, lo), *dY = run.at(this->out.gradient, lo);
        const T *m = factor(run, Base::mean), *a = factor(run, Base::scale);
        const T *p = factor(run, Base::shift), *q = factor(run, Base::slope);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, X += channels_, dY += channels_, dX += channels_)
            each_vector<T>(0, channels_, [=](Index i, auto access) {
                const Vec<T> c = access(X + i) - access(m + i);
                access(dX + i, access(a + i) * access(dY + i) - access(p + i) - c * access(q + i));
            });
    }

    void weight_gradients(const Run<T>& run, Index part) const override { this->write_weight_gradients(run, part); }

    void commit(const Run<T>& run) const override {
        std::copy_n(factor(run, Base::new_mean), channels_, run.at(this->in[3].value));
        std::copy_n(factor(run, Base::new_variance), channels_, run.at(this->in[4].value));
    }

private:
    // 1 / s from the variance, in its place, γ / s, and the new running statistics, which `commit` puts into place.
    void finish_statistics(const Run<T>& run, Index part) const {
        const T *gamma = run.at(this->in[1].value), *m = factor(run, Base::mean);
        const T *old_mean = run.at(this->in[3].value), *old_variance = run.at(this->in[4].value);
        T *r = factor(run, Base::over_s), *a = factor(run, Base::scale);
        T *next_mean = factor(run, Base::new_mean), *next_variance = factor(run, Base::new_variance);
        for (Index i = this->first_channel(part); i < this->last_channel(part); ++i) {
            next_mean[i] = old_mean[i] * keep_ + m[i] * take_;
            next_variance[i] = old_variance[i] * keep_ + r[i] * take_;
            r[i] = 1 / std::sqrt(r[i] + epsilon_);
            a[i] = gamma[i] * r[i];
        }
    }

    static constexpr double default_momentum = 0.99;

    T keep_, take_;
};

template <class T>
class AffineNormalise final : public Normalise<T> {
    using Base = Normalise<T>;
    using Base::channels_, Base::positions_, Base::epsilon_, Base::factor;

public:
    using Base::Base;

    Index prepare_parts() const override { return 1; }

    void prepare(const Run<T>& run, Index) const override {
        const T *gamma = run.at(this->in[1].value), *m = run.at(this->in[3].value), *v = run.at(this->in[4].value);
        T *r = factor(run, Base::over_s), *a = factor(run, Base::scale);
        for (Index i = 0; i < channels_; ++i) {
            r[i] = 1 / std::sqrt(v[i] + epsilon_);
            a[i] = gamma[i] * r[i];
        }
        std::copy_n(m, channels_, factor(run, Base::mean));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        const T *dY = run.at(this->out.gradient, lo), *a = factor(run, Base::scale);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * positions_; ++row, dY += channels_, dX += channels_)
            map(channels_, dY, a, dX, [](Vec<T> dy, Vec<T> scale) { return dy * scale; });
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        this->sum_gradients(run, part);
        this->write_weight_gradients(run, part);
    }
};

template <class T>
void add_normalise(Kernels<T>& all) {
    all["batch_normalise"] = make<BatchNormalise, T>;
    all["affine_normalise"] = make<AffineNormalise, T>;
}
CHAINRULE_INSTANTIATE(add_normalise)

}  // namespace chainrule
