// Concatenate: Y = [X₁ X₂ …] along one axis; dXᵢ is its part of dY.
//
// In memory Y is a chunk of each array in turn, once for each index of the axes before.
#pragma once

#include <algorithm>

#include "../core/kernel.hpp"

namespace chainrule {

template <class T>
class Concatenate final : public Kernel<T> {
public:
    explicit Concatenate(const Step& step) : Kernel<T>(step) {
        require(!step.in.empty(), "concatenate takes arrays");
        const std::vector<Index>& joined = step.out.axes;
        const Index rank = static_cast<Index>(joined.size()) + 1;  // the option counts the rows' axis
        Index axis = step.options.whole("axis", -1);
        axis = (axis < 0 ? axis + rank : axis) - 1;
        require(0 <= axis && axis < rank - 1, "concatenate joins along an axis of a row");
        Index inner = 1, sum = 0;
        for (Index i = axis + 1; i < rank - 1; ++i) inner *= joined[i];
        for (Index i = 0; i < axis; ++i) repeats_ *= joined[i];
        for (const Operand& X : step.in) {
            require(X.has_rows && !X.whole && X.axes.size() == joined.size(), "concatenate joins rows of numbers");
            std::vector<Index> others = X.axes;
            others[axis] = joined[axis];
            require(others == joined, "arrays to be joined differ in one axis alone");
            chunks_.push_back(X.axes[axis] * inner);
            sum += X.axes[axis];
        }
        require(sum == joined[axis], "the sizes along the axis don't add up");
    }

    bool reads_input_again(std::size_t) const override { return false; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        T* Y = run.at(this->out.value, lo);
        each_chunk(lo, hi, [&](std::size_t k, Index chunk) {
            std::copy_n(run.at(this->in[k].value, lo) + chunk * chunks_[k], chunks_[k], Y);
            Y += chunks_[k];
        });
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        const T* dY = run.at(this->out.gradient, lo);
        each_chunk(lo, hi, [&](std::size_t k, Index chunk) {
            if (this->in[k].wanted())
                std::copy_n(dY, chunks_[k], run.at(this->in[k].gradient, lo) + chunk * chunks_[k]);
            dY += chunks_[k];
        });
    }

private:
    template <class F>
    void each_chunk(Index lo, Index hi, F f) const {
        if (this->out.size == 0) return;
        for (Index chunk = 0; chunk < (hi - lo) * repeats_; ++chunk)
            for (std::size_t k = 0; k < chunks_.size(); ++k) f(k, chunk);
    }

    Index repeats_ = 1;
    std::vector<Index> chunks_;
};

}  // namespace chainrule
