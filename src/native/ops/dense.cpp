// Dense: Y = X W + b. Axes between the first and the last count as rows.
//
// Wᵀ is packed into panels once a step, for the way back; W, and dY for dW = Xᵀ dY, only where their rows lie so far
// apart that this pays. Either way gives the same bits (core/gemm.hpp).
#include <algorithm>
#include <limits>

#include "../core/gemm.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Dense final : public Kernel<T> {
public:
    explicit Dense(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 2, 3);
        const Operand &X = step.in[0], &W = step.in[1];
        require(X.has_rows && !X.axes.empty() && !X.whole, "dense takes rows of numbers");
        require(!W.has_rows && W.axes.size() == 2 && W.axes[0] == X.axes.back(), "W doesn't fit X");
        inputs_ = W.axes[0], units_ = W.axes[1];
        positions_ = inputs_ == 0 ? 0 : X.size / inputs_;
        require(inputs_ > 0 && units_ > 0 && step.out.size % units_ == 0 && step.out.size / units_ == positions_,
                "dense puts out rows of units");
        has_bias_ = step.in.size() == 3;
        if (has_bias_) require(!step.in[2].has_rows && step.in[2].size == units_, "b doesn't fit W");
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    double work() const override { return static_cast<double>(positions_) * inputs_ * units_; }

    void reserve(Plan& plan) override {
        if (packs(many_rows)) packed_ = plan.shared(packed_size<T>(inputs_, units_));
        if (!plan.training() || this->out.gradient < 0) return;
        if (this->in[0].wanted() && units_ > 1) transposed_ = plan.shared(packed_size<T>(units_, inputs_));
        if (this->in[1].wanted() && packs(many_rows))
            packed_dY_ = plan.rows(positions_ * n_panels<T>(units_) * panel_width<T>, true);
    }

    // ---- panels of W, then panels of Wᵀ

    Index prepare_parts() const override {
        return (packed_ >= 0 ? n_panels<T>(units_) : 0) + (transposed_ >= 0 ? n_panels<T>(inputs_) : 0);
    }

    void prepare(const Run<T>& run, Index part) const override {
        const T* W = run.at(this->in[1].value);
        const Index forward = packed_ >= 0 ? n_panels<T>(units_) : 0;
        if (part >= forward)
            pack_panel<T>(units_, inputs_, W, 1, units_, run.at(transposed_), part - forward);
        else if (packs(run.rows * positions_))
            pack_panel<T>(inputs_, units_, W, units_, 1, run.at(packed_), part);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* X = run.at(this->in[0].value, lo);
        const T* bias = has_bias_ ? run.at(this->in[2].value) : nullptr;
        T* Y = run.at(this->out.value, lo);
        const Index M = (hi - lo) * positions_;
        if (packed_ >= 0 && packs(run.rows * positions_))
            gemm_packed<T>(M, units_, inputs_, X, inputs_, 1, run.at(packed_), Y, units_, bias, false);
        else
            gemm<T>(M, units_, inputs_, X, inputs_, 1, run.at(this->in[1].value), units_, Y, units_, bias, false);
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        const T* dY = run.at(this->out.gradient);
        const Index from = lo * positions_, to = hi * positions_, K = run.rows * positions_;
        for (Index panel = 0; packed_dY_ >= 0 && panel < n_panels<T>(units_); ++panel)
            pack_panel<T>(K, units_, dY, units_, 1, run.at(packed_dY_), panel, from, to);
        if (!this->in[0].wanted()) return;
        dY = run.at(this->out.gradient, lo);
        T* dX = run.at(this->in[0].gradient, lo);
        if (units_ == 1)  // Wᵀ is one row, which lies in W as it is
            gemm<T>(to - from, inputs_, 1, dY, 1, 1, run.at(this->in[1].value), inputs_, dX, inputs_, nullptr, false);
        else
            gemm_packed<T>(to - from, inputs_, units_, dY, units_, 1, run.at(transposed_), dX, inputs_, nullptr, false);
    }

    // ---- rows of dW; who has the first makes db as well

    Index weight_parts() const override {
        if (this->in[1].wanted()) return inputs_;
        return has_bias_ && this->in[2].wanted() ? 1 : 0;
    }

    using Kernel<T>::weight_gradients;
    void weight_gradients(const Run<T>& run, Index from, Index to) const override {
        if (from == 0 && has_bias_ && this->in[2].wanted()) sum_rows(run);
        if (!this->in[1].wanted()) return;
        const Index K = run.rows * positions_;
        const T* X = run.at(this->in[0].value) + from;
        T* dW = run.at(this->in[1].gradient) + from * units_;
        if (packed_dY_ >= 0)
            gemm_packed<T>(to - from, units_, K, X, 1, inputs_, run.at(packed_dY_), dW, units_, nullptr, false);
        else
            gemm<T>(to - from, units_, K, X, 1, inputs_, run.at(this->out.gradient), units_, dW, units_, nullptr, false);
    }

private:
    static constexpr Index many_rows = std::numeric_limits<Index>::max();

    bool packs(Index rows) const { return prefers_packed<T>(rows, units_); }

    void sum_rows(const Run<T>& run) const {
        const T* dY = run.at(this->out.gradient);
        T* db = run.at(this->in[2].gradient);
        std::fill_n(db, units_, T{});
        for (Index k = 0; k < run.rows * positions_; ++k, dY += units_)
            map(units_, db, dY, db, [](Vec<T> sum, Vec<T> row) { return sum + row; });
    }

    Index inputs_, units_, positions_;
    bool has_bias_;
    int packed_ = -1, transposed_ = -1, packed_dY_ = -1;
};

template <class T>
void add_dense(Kernels<T>& all) {
    all["dense"] = make<Dense, T>;
}
CHAINRULE_INSTANTIATE(add_dense)

}  // namespace chainrule
