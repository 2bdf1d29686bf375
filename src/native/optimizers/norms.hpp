// Norms of a weight along some of its axes, such as of a dense kernel's columns (axis 0), and the vectors rescaled.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/options.hpp"
#include "chunks.hpp"

namespace chainrule {

inline Index size_of(const std::vector<Index>& axes) {
    Index size = 1;
    bool empty = false;
    for (Index axis : axes) {
        require(axis >= 0 && !__builtin_mul_overflow(size, std::max<Index>(axis, 1), &size),
                "a weight has an impossible shape");
        empty = empty || axis == 0;
    }
    return empty ? 0 : size;
}

template <class T>
class Norms {
public:
    // The option "axis" lists the axes that are summed over; −1 is the last one.
    Norms(const std::vector<Index>& axes, const Options& options) {
        size_of(axes);  // from here on no product can overflow
        const std::vector<bool> summed = summed_axes(axes.size(), options.numbers("axis"));
        for (std::size_t k = 0; k < axes.size(); ++k) {
            // Neighbours of the same kind are one axis: a convolution kernel is (height · width · channels, filters).
            if (k > 0 && summed[k] == summed[k - 1]) axes_.back().length *= axes[k];
            else axes_.push_back({axes[k], summed[k], 1, 1});
        }
        Index stride = 1, vectors = 1;
        for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
            axis->stride = stride;
            axis->vector_stride = axis->summed ? 0 : vectors;
            stride *= axis->length;
            if (!axis->summed) vectors *= axis->length;
        }
        per_vector_.resize(static_cast<std::size_t>(vectors));
    }

    // W ← W · factor(norm), vector by vector.
    template <class F>
    void rescale(T* W, F factor) {
        std::fill(per_vector_.begin(), per_vector_.end(), 0.0);
        each_line(0, W, per_vector_.data(), add_squares);
        for (double& number : per_vector_) number = factor(std::sqrt(number));
        each_line(0, W, per_vector_.data(), multiply);
    }

private:
    struct Axis {
        Index length;
        bool summed;
        Index stride, vector_stride;  // from one place to the next: in W, and in per_vector_
    };

    static std::vector<bool> summed_axes(std::size_t rank, const std::vector<double>& listed) {
        require(!listed.empty(), "a norm needs an axis");
        std::vector<bool> summed(rank);
        for (double number : listed) {
            const double axis = number < 0 ? number + static_cast<double>(rank) : number;
            require(std::floor(axis) == axis && 0 <= axis && axis < static_cast<double>(rank),
                    "a norm is taken along an axis that the weight hasn't got");
            const auto place = static_cast<std::size_t>(axis);
            require(!summed[place], "a norm is taken along the same axis twice");
            summed[place] = true;
        }
        return summed;
    }

    // Calls f with each line along the last axis, and where its vectors' numbers are.
    template <class F>
    void each_line(std::size_t level, T* W, double* of_vector, F f) const {
        const Axis& axis = axes_[level];
        if (level + 1 == axes_.size()) return f(axis, W, of_vector);
        for (Index i = 0; i < axis.length; ++i)
            each_line(level + 1, W + i * axis.stride, of_vector + i * axis.vector_stride, f);
    }

    static void add_squares(const Axis& line, T* W, double* sums) {
        if (line.summed) *sums += sum_of_squares(W, line.length);
        else
            for (Index i = 0; i < line.length; ++i) sums[i] += static_cast<double>(W[i]) * static_cast<double>(W[i]);
    }
    static void multiply(const Axis& line, T* W, double* factors) {
        for (Index i = 0; i < line.length; ++i) W[i] *= static_cast<T>(factors[line.summed ? 0 : i]);
    }

    std::vector<Axis> axes_;
    std::vector<double> per_vector_;
};

}  // namespace chainrule
