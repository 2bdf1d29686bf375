// Activations without kinks (softsign's second derivative has one), out of the elementary functions of core/vmath.hpp.
#include <limits>
#include <numbers>

#include "../core/vmath.hpp"
#include "activations.hpp"

namespace chainrule {
namespace activation {

// Where ∞ would meet 0 and give NaN, the largest finite number stands for it: x · σ(x) is 0 at −∞.
template <class T>
constexpr T most = std::numeric_limits<T>::max();

// ---- the slope from the output

template <class T>
struct Exponential : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return exp<T>(x); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const { return y; }
};

template <class T>
struct Sigmoid : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return sigmoid<T>(x); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const { return y * (1 - y); }
};

template <class T>
struct Tanh : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return tanh<T>(x); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const { return 1 - y * y; }
};

// ---- value and slope together

template <class T>
struct Arctan : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const { return {arctan<T>(x), 1 / (1 + x * x)}; }
};

template <class T>
struct Softsign : Plain<Cheap> {
    using Plain<Cheap>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> z = clip<T>(x, -most<T>, most<T>), d = 1 + absolute<T>(z), inverse = 1 / d;
        return {z / d, inverse * inverse};
    }
};

// f′ = σ(x) is 1 / (1 + e) or e / (1 + e), with the e = e^−|x| of softplus, which the compiler makes but once.
template <class T>
struct Softplus : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> e = exp<T>(-absolute<T>(x));
        return {softplus<T>(x), select<T>(x > Vec<T>{}, broadcast<T>(1), e) / (1 + e)};
    }
};

template <class T>
struct Silu : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> s = sigmoid<T>(x), y = larger<T>(x, broadcast<T>(-most<T>)) * s;
        return {y, s + smaller<T>(y, broadcast<T>(most<T>)) * (1 - s)};
    }
};

// With e = eˣ and n = e (e + 2) = (1 + e)² − 1, the tanh of ln(1 + e) is t = n / (n + 2), and
// (1 − t²) σ(x) = 4 e (1 + e) / (n + 2)²: one exponential and one division, and nothing cancels.
template <class T>
struct Mish : Plain<Costly> {
    static constexpr T large = 20;  // from here on t is 1
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> z = larger<T>(x, broadcast<T>(-most<T>)), held = smaller<T>(z, broadcast<T>(large));
        const Vec<T> e = exp<T>(held), n = e * (e + 2), r = 1 / (n + 2), t = n * r;
        return {z * t, t + held * (4 * e * (1 + e) * r * r)};
    }
};

// ---- gelu: x Φ(x), Φ the normal distribution or the tanh form's sigmoid

// Beyond, Φ is 0 or 1 in float64.
template <class T>
constexpr T settled = 50;

template <class T>
struct Gelu : Plain<Costly> {
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> z = clip<T>(x, -settled<T>, settled<T>), p = normal_cdf<T>(z);
        return {larger<T>(x, broadcast<T>(-settled<T>)) * p, p + z * normal_density<T>(z)};
    }
};

template <class T>
struct GeluTanh : Plain<Costly> {
    static constexpr T cubic = static_cast<T>(0.044715);
    static constexpr T twice_root = static_cast<T>(2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);  // 2 √(2/π)
    using Plain<Costly>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> z = clip<T>(x, -settled<T>, settled<T>), square = z * z;
        const Vec<T> p = sigmoid<T>(twice_root * (z + cubic * square * z));  // σ(2u)
        const Vec<T> rise = z * p * (1 - p) * (twice_root * (1 + 3 * cubic * square));
        return {larger<T>(x, broadcast<T>(-settled<T>)) * p, p + rise};
    }
};

template <class T>
std::unique_ptr<Kernel<T>> gelu(const Step& step) {
    return step.options.flag("approximate") ? with_slope<GeluTanh, T>(step) : with_slope<Gelu, T>(step);
}

}  // namespace activation

template <class T>
void add_smooth(Kernels<T>& all) {
    using namespace activation;
    all["exponential"] = from_output<Exponential, T>;
    all["sigmoid"] = from_output<Sigmoid, T>;
    all["tanh"] = from_output<Tanh, T>;
    all["arctan"] = with_slope<Arctan, T>;
    all["softsign"] = with_slope<Softsign, T>;
    all["softplus"] = with_slope<Softplus, T>;
    all["silu"] = with_slope<Silu, T>;
    all["mish"] = with_slope<Mish, T>;
    all["gelu"] = gelu<T>;
}
CHAINRULE_INSTANTIATE(add_smooth)

}  // namespace chainrule
