// Losses for amounts: squares, absolute values and what lies between, with d = p − t; quantiles; counts.
#include <numbers>

#include "../core/vmath.hpp"
#include "common.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

template <class T>
struct MeanSquaredError {
    static constexpr Over over = Over::mean;
    explicit MeanSquaredError(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> d = p - t;
        return {d * d, 2 * d};
    }
};

template <class T>
struct SumOfSquares {
    static constexpr Over over = Over::sum;
    explicit SumOfSquares(const Options& options) : factor(options.flag("half", true) ? T(0.5) : T(1)) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> d = p - t;
        return {factor * (d * d), (2 * factor) * d};
    }

    T factor;
};

template <class T>
struct MeanAbsoluteError {
    static constexpr Over over = Over::mean;
    explicit MeanAbsoluteError(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> d = p - t;
        const Vec<T> sign = select<T>(d > 0, broadcast(T(1)), select<T>(d < 0, broadcast(T(-1)), d));  // 0 and NaN stay
        return {absolute<T>(d), sign};
    }
};

template <class T>
struct Huber {
    static constexpr Over over = Over::mean;
    explicit Huber(const Options& options) : delta(options.number("delta", 1)) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> d = p - t, c = clipped<T>(d, -delta, delta);
        return {c * (d - T(0.5) * c), c};
    }

    double delta;
};

template <class T>
struct Quantile {
    static constexpr Over over = Over::mean;
    explicit Quantile(const Options& options)
        : below(static_cast<T>(options.number("quantile", 0.5))),
          above(static_cast<T>(options.number("quantile", 0.5) - 1)) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> e = t - p;
        const Vec<T> slope = select<T>(e > 0, broadcast(below), select<T>(e < 0, broadcast(above), Vec<T>{}));
        return {larger<T>(below * e, above * e), -slope};
    }

    T below, above;  // q and q − 1: the slopes where p is too low and too high
};

template <class T>
struct LogCosh {
    static constexpr Over over = Over::mean;
    explicit LogCosh(const Options&) {}

    // Both lines of the Python file end in one log(1 + u): u = −h² near, u = e^(−2|d|) far.
    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> d = p - t, h = tanh<T>(d), a = absolute<T>(d);
        const auto near = a < 1;
        const Vec<T> l = log1p<T>(select<T>(near, -h * h, exp<T>(-2 * a)));
        return {select<T>(near, T(-0.5) * l, a + l - std::numbers::ln2_v<T>), h};
    }
};

template <class T>
struct Poisson {
    static constexpr Over over = Over::mean;
    explicit Poisson(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const {
        const Vec<T> q = p + static_cast<T>(epsilon);
        return {p - t * log<T>(q), 1 - t / q};
    }
};

}  // namespace

template <class T>
void add_regression(Losses<T>& all) {
    all["huber"] = make_pointwise<Huber, T>;
    all["log_cosh"] = make_pointwise<LogCosh, T>;
    all["mean_absolute_error"] = make_pointwise<MeanAbsoluteError, T>;
    all["mean_squared_error"] = make_pointwise<MeanSquaredError, T>;
    all["poisson"] = make_pointwise<Poisson, T>;
    all["quantile"] = make_pointwise<Quantile, T>;
    all["sum_of_squares"] = make_pointwise<SumOfSquares, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_regression)

}  // namespace chainrule
