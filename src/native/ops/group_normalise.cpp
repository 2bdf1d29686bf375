// Group normalisation: in each row, each group of channels is brought to mean 0 and variance 1, scaled and shifted.
//
// Sums are taken channel by channel, over the places of a row, and then joined to those of the groups; so groups of any
// width are gone through with whole vectors. With c = x − m and r = 1 / s, a number then needs factors of its channel:
//
//     y = c a + β,  a = γ r
//     A = Σ dy,  B = Σ dy c                    of a row's channel
//     dx = a dy − p − c q,  p = r mean(dh),  q = r² mean(dh h)
//     dβ = Σ A,  dγ = Σ r B                    over the rows
//
// Cached are m and r of each group; X is there anyway. dγ and dβ are summed by chunks: A and B are at hand.
#include "../core/columns.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// What a number costs, in multiply-adds of a dense layer: the row is gone through three times.
constexpr double work_of_a_number = 6;

}  // namespace

template <class T>
class GroupNormalise final : public Kernel<T> {
public:
    explicit GroupNormalise(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 3, 3);
        const Operand &X = step.in[0], &gamma = step.in[1], &beta = step.in[2];
        require(X.has_rows && !X.whole && !X.axes.empty() && X.size == step.out.size,
                "group_normalise changes no shape");
        channels_ = X.axes.back(), groups_ = step.options.whole("groups");
        require(groups_ > 0 && channels_ > 0 && channels_ % groups_ == 0, "groups are equal parts of the channels");
        require(!gamma.has_rows && !beta.has_rows && gamma.size == channels_ && beta.size == channels_,
                "a gamma and a beta a channel");
        positions_ = X.size / channels_, width_ = channels_ / groups_;
        epsilon_ = static_cast<T>(step.options.number("epsilon", default_epsilon));
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    bool in_place() const override { return true; }  // a row's sums are taken before dX is written over dY
    bool sums_by_chunks() const override { return true; }
    double work() const override { return static_cast<double>(this->out.size) * work_of_a_number; }

    void reserve(Plan& plan) override {
        plan.scratch(n_factors * channels_);
        if (!plan.training()) return;
        statistics_ = plan.rows(2 * groups_);
        if (weight_parts() > 0) sums_ = plan.chunks(2 * channels_);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T *gamma = run.at(this->in[1].value), *beta = run.at(this->in[2].value);
        T *m = factor(run, mean), *r = factor(run, over_s), *a = factor(run, scale);
        for (Index row = lo; row < hi; ++row) {
            const T* X = run.at(this->in[0].value, row);
            sum_places<1>({m}, [=](Index at, Index, auto access) { return std::array<Vec<T>, 1>{access(X + at)}; });
            each_group([=, this](Index, Index from, Index to) { fill(m, from, to, sum(m, from, to) / n_of_group()); });
            sum_places<1>({r}, [=](Index at, Index i, auto access) {
                const Vec<T> c = access(X + at) - access(m + i);
                return std::array<Vec<T>, 1>{c * c};
            });
            each_group([=, this](Index, Index from, Index to) {
                fill(r, from, to, 1 / std::sqrt(sum(r, from, to) / n_of_group() + epsilon_));
            });
            if (statistics_ >= 0) keep(run, row);
            for (Index i = 0; i < channels_; ++i) a[i] = gamma[i] * r[i];
            T* Y = run.at(this->out.value, row);
            each_place([=](Index at, Index i, auto access) {
                access(Y + at, (access(X + at) - access(m + i)) * access(a + i) + access(beta + i));
            });
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        const T* gamma = run.at(this->in[1].value);
        T *m = factor(run, mean), *r = factor(run, over_s), *a = factor(run, scale);
        T *A = factor(run, sum_dy), *B = factor(run, sum_dy_c), *p = factor(run, shift), *q = factor(run, slope);
        for (Index row = lo; row < hi; ++row) {
            const T *X = run.at(this->in[0].value, row), *dY = run.at(this->out.gradient, row);
            bring_back(run, row);
            sum_places<2>({A, B}, [=](Index at, Index i, auto access) {
                const Vec<T> dy = access(dY + at);
                return std::array<Vec<T>, 2>{dy, dy * (access(X + at) - access(m + i))};
            });
            for (Index i = 0; i < channels_; ++i) a[i] = gamma[i] * r[i], B[i] *= r[i];
            if (sums_ >= 0) add_to_chunk(run, row);
            if (!this->in[0].wanted()) continue;
            for (Index i = 0; i < channels_; ++i) A[i] *= a[i], B[i] *= a[i];
            each_group([=, this](Index, Index from, Index to) {
                fill(p, from, to, sum(A, from, to) / n_of_group());
                fill(q, from, to, sum(B, from, to) / n_of_group() * r[from]);
            });
            T* dX = run.at(this->in[0].gradient, row);
            each_place([=](Index at, Index i, auto access) {
                const Vec<T> c = access(X + at) - access(m + i);
                access(dX + at, access(a + i) * access(dY + at) - access(p + i) - c * access(q + i));
            });
        }
    }

    Index weight_parts() const override {
        return this->in[1].wanted() || this->in[2].wanted() ? parts_of_columns<T>(channels_) : 0;
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        const Index chunks = (run.rows + run.chunk_rows - 1) / run.chunk_rows;
        const auto write = [&](std::size_t k, Index first) {
            if (!this->in[k].wanted()) return;
            sum_columns<T, 1>(chunks, channels_, part, {run.at(this->in[k].gradient)},
                              [&](Index chunk, Index i, auto access) {
                                  return std::array<Vec<T>, 1>{access(run.at(sums_, chunk) + first + i)};
                              });
        };
        write(1, channels_);
        write(2, 0);
    }

private:
    // The factors of a channel, each a row of `channels_` numbers in the scratch.
    enum Factor { mean, over_s, scale, sum_dy, sum_dy_c, shift, slope, n_factors };

    static constexpr double default_epsilon = 1e-3;

    T* factor(const Run<T>& run, Factor which) const { return run.scratch + which * channels_; }
    T n_of_group() const { return static_cast<T>(positions_ * width_); }

    static T sum(const T* x, Index from, Index to) {
        T total = 0;
        for (Index i = from; i < to; ++i) total += x[i];
        return total;
    }
    static void fill(T* x, Index from, Index to, T value) { std::fill(x + from, x + to, value); }

    // f(group, from, to) for each group's channels from … to − 1.
    template <class F>
    void each_group(F f) const {
        for (Index group = 0; group < groups_; ++group) f(group, group * width_, (group + 1) * width_);
    }
    // f(at, i, access) for each place's channels i, where number `at` of the row is.
    template <class F>
    CHAINRULE_INLINE void each_place(F f) const {
        const Index size = this->out.size, channels = channels_;
        for (Index at = 0; at < size; at += channels)
            each_vector<T>(0, channels, [=](Index i, auto access) { f(at + i, i, access); });
    }
    // sums[k][i] = Σ over the places of terms(at, i, access)[k].
    template <int K, class F>
    CHAINRULE_INLINE void sum_places(const std::array<T*, K>& sums, F terms) const {
        const Index channels = channels_;
        for (Index part = 0; part < parts_of_columns<T>(channels); ++part)
            sum_columns<T, K>(positions_, channels, part, sums, [=](Index place, Index i, auto access) {
                return terms(place * channels + i, i, access);
            });
    }

    // m and r of each group, from each channel's to the cache and back.
    void keep(const Run<T>& run, Index row) const {
        T* kept = run.at(statistics_, row);
        const T *m = factor(run, mean), *r = factor(run, over_s);
        each_group([=](Index group, Index from, Index) { kept[2 * group] = m[from], kept[2 * group + 1] = r[from]; });
    }
    void bring_back(const Run<T>& run, Index row) const {
        const T* kept = run.at(statistics_, row);
        T *m = factor(run, mean), *r = factor(run, over_s);
        each_group([=](Index group, Index from, Index to) {
            fill(m, from, to, kept[2 * group]), fill(r, from, to, kept[2 * group + 1]);
        });
    }

    // dβ and dγ of one row, onto those of its chunk.
    void add_to_chunk(const Run<T>& run, Index row) const {
        T* sums = run.at(sums_, row / run.chunk_rows);
        const T* of_row = factor(run, sum_dy);
        if (row % run.chunk_rows == 0) std::copy_n(of_row, 2 * channels_, sums);
        else map(2 * channels_, sums, of_row, sums, [](Vec<T> a, Vec<T> b) { return a + b; });
    }

    Index channels_, groups_, positions_, width_;
    T epsilon_;
    int statistics_ = -1, sums_ = -1;
};

template <class T>
void add_group_normalise(Kernels<T>& all) {
    all["group_normalise"] = make<GroupNormalise, T>;
}
CHAINRULE_INSTANTIATE(add_group_normalise)

}  // namespace chainrule
