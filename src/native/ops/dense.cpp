// Dense: Y = X W + b. Axes between the first and the last count as rows.
//
// Large weights are packed into panels once a step, W for the forward pass and Wᵀ for the way back; so is dY, row by row
// as it comes, for dW = Xᵀ dY. Small ones are read where they are. Both ways give the same bits (core/gemm.hpp).
#include <algorithm>

#include "../core/gemm.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// From here on a matrix is packed: less fits the first-level cache beside everything else.
constexpr Index bytes_to_pack = 16 << 10;
// Packing reads all of W once; so many rows have to pay for it.
constexpr Index rows_to_pack = 16;
// Rows of dW in one part: several of the micro-kernel's, few enough that threads find equal shares.
constexpr Index rows_of_a_part = 48;

}  // namespace

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
        require(inputs_ > 0 && units_ > 0 && step.out.size == positions_ * units_, "dense puts out rows of units");
        has_bias_ = step.in.size() == 3;
        if (has_bias_) require(!step.in[2].has_rows && step.in[2].size == units_, "b doesn't fit W");
        large_ = inputs_ * units_ * static_cast<Index>(sizeof(T)) >= bytes_to_pack;
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    double work() const override { return static_cast<double>(positions_) * inputs_ * units_; }

    void reserve(Plan& plan) override {
        if (large_) packed_ = plan.shared(packed_size<T>(inputs_, units_));
        if (!plan.training() || this->out.gradient < 0) return;
        if (this->in[0].wanted() && units_ > 1) transposed_ = plan.shared(packed_size<T>(units_, inputs_));
        if (this->in[1].wanted() && large_)
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
        else if (packs(run))
            pack_panel<T>(inputs_, units_, W, units_, 1, run.at(packed_), part);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* X = run.at(this->in[0].value, lo);
        const T* bias = has_bias_ ? run.at(this->in[2].value) : nullptr;
        T* Y = run.at(this->out.value, lo);
        const Index M = (hi - lo) * positions_;
        if (packed_ >= 0 && packs(run))
            gemm_packed<T>(M, units_, inputs_, X, inputs_, 1, run.at(packed_), Y, units_, bias, false);
        else
            gemm<T>(M, units_, inputs_, X, inputs_, 1, run.at(this->in[1].value), units_, Y, units_, bias, false);
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        const T* dY = run.at(this->out.gradient, lo);
        const Index M = (hi - lo) * positions_;
        if (packed_dY_ >= 0) pack_rows(run, dY, lo * positions_, M);
        if (!this->in[0].wanted()) return;
        T* dX = run.at(this->in[0].gradient, lo);
        if (units_ == 1)  // Wᵀ is one row, which lies in W as it is
            gemm<T>(M, inputs_, 1, dY, 1, 1, run.at(this->in[1].value), inputs_, dX, inputs_, nullptr, false);
        else
            gemm_packed<T>(M, inputs_, units_, dY, units_, 1, run.at(transposed_), dX, inputs_, nullptr, false);
    }

    // ---- tiles of dW; the first part makes db as well

    Index weight_parts() const override {
        if (this->in[1].wanted()) return (inputs_ + rows_of_a_part - 1) / rows_of_a_part;
        return has_bias_ && this->in[2].wanted() ? 1 : 0;
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        if (part == 0 && has_bias_ && this->in[2].wanted()) sum_rows(run);
        if (!this->in[1].wanted()) return;
        const Index K = run.rows * positions_, from = part * rows_of_a_part;
        const Index M = std::min(rows_of_a_part, inputs_ - from);
        const T* X = run.at(this->in[0].value) + from;
        T* dW = run.at(this->in[1].gradient) + from * units_;
        if (packed_dY_ < 0) {
            gemm<T>(M, units_, K, X, 1, inputs_, run.at(this->out.gradient), units_, dW, units_, nullptr, false);
            return;
        }
        for (Index panel = 0; panel < n_panels<T>(units_); ++panel) {
            const Index column = panel * panel_width<T>, N = std::min<Index>(panel_width<T>, units_ - column);
            const T* packed = run.at(packed_dY_) + panel * K * panel_width<T>;
            gemm_packed<T>(M, N, K, X, 1, inputs_, packed, dW + column, units_, nullptr, false);
        }
    }

private:
    bool packs(const Run<T>& run) const { return run.rows * positions_ >= rows_to_pack; }

    // M rows of dY from `row` on, into the panels of the whole batch's dY.
    void pack_rows(const Run<T>& run, const T* dY, Index row, Index M) const {
        const Index K = run.rows * positions_;
        for (Index panel = 0; panel < n_panels<T>(units_); ++panel) {
            const Index column = panel * panel_width<T>, N = std::min<Index>(panel_width<T>, units_ - column);
            T* to = run.at(packed_dY_) + (panel * K + row) * panel_width<T>;
            pack_panel<T>(M, N, dY + column, units_, 1, to, 0);
        }
    }

    void sum_rows(const Run<T>& run) const {
        const T* dY = run.at(this->out.gradient);
        T* db = run.at(this->in[2].gradient);
        const Index K = run.rows * positions_;
        std::fill_n(db, units_, T{});
        for (Index k = 0; k < K; ++k, dY += units_)
            map(units_, db, dY, db, [](Vec<T> sum, Vec<T> row) { return sum + row; });
    }

    Index inputs_, units_, positions_;
    bool has_bias_, large_;
    int packed_ = -1, transposed_ = -1, packed_dY_ = -1;
};

template <class T>
void add_dense(Kernels<T>& all) {
    all["dense"] = make<Dense, T>;
}
CHAINRULE_INSTANTIATE(add_dense)

}  // namespace chainrule
