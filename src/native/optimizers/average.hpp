// The moving average of the weights, θ̄ ← β θ̄ + (1 − β) θ, at the end of a step. See `_follow` in base.py.
#pragma once

#include <cstring>

#include "../core/options.hpp"
#include "sweep.hpp"

namespace chainrule {

// By its name of Python: the options are the optimizer's.
template <class T>
class MovingAverage {
public:
    explicit MovingAverage(const Options& options)
        : weight_(static_cast<T>(1 - options.number("ema_momentum"))),
          overwrite_every_(options.whole("ema_overwrite_frequency", never)) {
        require(overwrite_every_ >= 0, "ema_overwrite_frequency is negative");
    }

    // On pieces lo … hi; t counts steps from 1.
    void follow(T* theta, T* average, std::int64_t t, Index lo, Index hi) const {
        if (t == 1) copy(theta, average, lo, hi);
        else towards(theta, average, lo, hi);
        if (overwrite_every_ != never && t % overwrite_every_ == 0) copy(average, theta, lo, hi);
    }

private:
    static constexpr std::int64_t never = 0;

    static void copy(const T* from, T* to, Index lo, Index hi) {
        if (lo < hi) std::memcpy(to + lo, from + lo, static_cast<std::size_t>(hi - lo) * sizeof(T));
    }
    void towards(const T* theta, T* average, Index lo, Index hi) const {
        const T weight = weight_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { move_towards<T>(at, average, at.get(theta), weight); });
    }

    T weight_;
    std::int64_t overwrite_every_;
};

}  // namespace chainrule
