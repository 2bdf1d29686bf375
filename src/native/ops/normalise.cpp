// Batch normalisation by the batch's own statistics (batch_normalise) or by fixed ones (affine_normalise).
//
// With c = x − m and a = γ / s, where the means are over the batch:
//
//     batch     dx = a dy − p − c q,  p = a mean(dy),  q = a mean(dy c) / s²
//     affine    dx = a dy
//
// Rows of one place each are summed by parts of the channels. Images have many places and few channels: each chunk of
// rows has sums of its own, which are joined in their order. Squares are taken around the chunk's own mean m_k, while
// its n_k places are in the cache:
//
//     m = Σ n_k m_k / n,  v = Σ (Σ (x − m_k)² + n_k (m_k − m)²) / n
//
// Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American Statistician 37, 1983.
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

    void reserve(Plan& plan) override {
        Base::reserve(plan);
        sums_ = plan.chunks(n_sums * channels_);
    }

    Index statistics_parts() const override { return (positions_ > 1 ? most_chunks : 1) * column_parts(); }

    void statistics(const Run<T>& run, Index part) const override {
        const Portion piece = portion_of(run, part);
        if (piece.lo >= piece.hi) return;
        const T* X = run.at(this->in[0].value, piece.lo);
        const Index places = (piece.hi - piece.lo) * positions_, channels = channels_;
        T *m = sum(run, piece.chunk, 0), *squares = sum(run, piece.chunk, 1);
        sum_columns<T, 1>(places, channels, piece.part, {m}, [=](Index row, Index i, auto access) {
            return std::array<Vec<T>, 1>{access(X + row * channels + i)};
        });
        for (Index i = this->first_channel(piece.part); i < this->last_channel(piece.part); ++i)
            m[i] /= static_cast<T>(places);
        sum_columns<T, 1>(places, channels, piece.part, {squares}, [=](Index row, Index i, auto access) {
            const Vec<T> c = access(X + row * channels + i) - access(m + i);
            return std::array<Vec<T>, 1>{c * c};
        });
    }

    void join_statistics(const Run<T>& run) const override {
        T *m = factor(run, Base::mean), *v = factor(run, Base::over_s);
        const T n = static_cast<T>(run.rows * positions_);
        join(run, m, [=](Vec<T> m_k, Vec<T>, T n_k, Index, auto) { return m_k * (n_k / n); });
        join(run, v, [=](Vec<T> m_k, Vec<T> squares, T n_k, Index i, auto access) {
            const Vec<T> c = m_k - access(m + i);
            return (squares + n_k * c * c) / n;
        });
        finish_statistics(run);
    }

    Index backward_statistics_parts() const override { return statistics_parts(); }

    void backward_statistics(const Run<T>& run, Index part) const override {
        const Portion piece = portion_of(run, part);
        if (piece.lo >= piece.hi) return;
        this->sum_gradients(run, piece.part, piece.lo, piece.hi, sum(run, piece.chunk, 0), sum(run, piece.chunk, 1));
    }

    void join_backward_statistics(const Run<T>& run) const override {
        const T *a = factor(run, Base::scale), *r = factor(run, Base::over_s);
        T *dy = factor(run, Base::sum_dy), *dy_c = factor(run, Base::sum_dy_c);
        T *p = factor(run, Base::shift), *q = factor(run, Base::slope);
        join(run, dy, [](Vec<T> sum, Vec<T>, T, Index, auto) { return sum; });
        join(run, dy_c, [](Vec<T>, Vec<T> sum, T, Index, auto) { return sum; });
        const T n = static_cast<T>(run.rows * positions_);
        for (Index i = 0; i < channels_; ++i) {
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
    // What is summed up: of a part of the channels, rows lo … hi − 1.
    struct Portion {
        Index chunk, part, lo, hi;
    };

    Index column_parts() const { return parts_of_columns<T>(channels_); }
    Index chunk_rows(const Run<T>& run) const { return positions_ > 1 ? run.chunk_rows : run.rows; }
    Portion portion_of(const Run<T>& run, Index part) const {
        const Index chunk = part / column_parts(), rows = chunk_rows(run);
        return {chunk, part % column_parts(), chunk * rows, std::min((chunk + 1) * rows, run.rows)};
    }
    // The first or second sum of each channel of a chunk.
    T* sum(const Run<T>& run, Index chunk, Index which) const { return run.at(sums_, chunk) + which * channels_; }

    // to[i] = Σ over the chunks of term(first sum, second sum, places of the chunk, i, access).
    template <class F>
    void join(const Run<T>& run, T* to, F term) const {
        const Index rows = chunk_rows(run);
        std::fill_n(to, channels_, T{});
        for (Index chunk = 0, lo = 0; lo < run.rows; ++chunk, lo += rows) {
            const T *first = sum(run, chunk, 0), *second = sum(run, chunk, 1);
            const T places = static_cast<T>(std::min(rows, run.rows - lo) * positions_);
            each_vector<T>(0, channels_, [=](Index i, auto access) {
                access(to + i, access(to + i) + term(access(first + i), access(second + i), places, i, access));
            });
        }
    }

    // 1 / s from the variance, in its place, γ / s, and the new running statistics, which `commit` puts into place.
    void finish_statistics(const Run<T>& run) const {
        const T *gamma = run.at(this->in[1].value), *m = factor(run, Base::mean);
        const T *old_mean = run.at(this->in[3].value), *old_variance = run.at(this->in[4].value);
        T *r = factor(run, Base::over_s), *a = factor(run, Base::scale);
        T *next_mean = factor(run, Base::new_mean), *next_variance = factor(run, Base::new_variance);
        for (Index i = 0; i < channels_; ++i) {
            next_mean[i] = old_mean[i] * keep_ + m[i] * take_;
            next_variance[i] = old_variance[i] * keep_ + r[i] * take_;
            r[i] = 1 / std::sqrt(r[i] + epsilon_);
            a[i] = gamma[i] * r[i];
        }
    }

    static constexpr double default_momentum = 0.99;
    static constexpr Index n_sums = 2;

    T keep_, take_;
    int sums_ = -1;
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
        this->sum_gradients(run, part, 0, run.rows, factor(run, Base::sum_dy), factor(run, Base::sum_dy_c));
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
