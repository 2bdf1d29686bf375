// Activations in pieces: straight lines (relu, relu6, leaky_relu, the hard ones), a line and an exponential (the elus).
#include "../core/vmath.hpp"
#include "activations.hpp"

namespace chainrule {
namespace activation {

// ---- straight lines

template <class T>
struct Relu : Plain<Cheap> {
    using Plain<Cheap>::Plain;
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return larger<T>(x, Vec<T>{}); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const { return select<T>(y > Vec<T>{}, broadcast<T>(1), y); }  // 1, 0, NaN
};

// x clipped to lowest … highest; it was inside where y is.
template <class T>
struct Clip : Cheap {
    const T lowest, highest;
    Clip(T lowest, T highest) : lowest(lowest), highest(highest) {}
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return clip<T>(x, lowest, highest); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const {
        const Mask<T> inside = (y > broadcast<T>(lowest)) & (y < broadcast<T>(highest));
        return select<T>(inside, broadcast<T>(1), Vec<T>{});
    }
};

template <class T>
struct Relu6 : Clip<T> {
    static constexpr T ceiling = 6;
    explicit Relu6(const Options&) : Clip<T>(0, ceiling) {}
};

template <class T>
struct HardTanh : Clip<T> {
    explicit HardTanh(const Options&) : Clip<T>(-1, 1) {}
};

// y > 0 just where x > 0, as the slope is never negative.
template <class T>
struct LeakyRelu : Cheap {
    static constexpr double usual_slope = 0.2;
    T negative_slope;
    explicit LeakyRelu(const Options& options)
        : negative_slope(static_cast<T>(options.number("negative_slope", usual_slope))) {
        require(negative_slope >= 0, "negative_slope is 0 or more");
    }
    CHAINRULE_INLINE Vec<T> value(Vec<T> x) const { return x * slope(x); }
    CHAINRULE_INLINE Vec<T> slope(Vec<T> y) const {
        return select<T>(y > Vec<T>{}, broadcast<T>(1), broadcast<T>(negative_slope));
    }
};

// Where hard_sigmoid and hard_swish run from −border to border.
template <class T>
constexpr T border = 3;
template <class T>
constexpr T width = 2 * border<T>;

// From y the slope can't be told: just short of the border, x + 3 is rounded to 6.
template <class T>
struct HardSigmoid : Plain<Cheap> {
    using Plain<Cheap>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Mask<T> inside = (x > broadcast<T>(-border<T>)) & (x < broadcast<T>(border<T>));
        return {clip<T>((x + border<T>) / width<T>, 0, 1), select<T>(inside, broadcast<T>(1 / width<T>), Vec<T>{})};
    }
};

template <class T>
struct HardSwish : Plain<Cheap> {
    using Plain<Cheap>::Plain;
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> zero{}, one = broadcast<T>(1), low = broadcast<T>(-border<T>), high = broadcast<T>(border<T>);
        const Vec<T> gate = clip<T>((x + border<T>) / width<T>, 0, 1);
        const Vec<T> between = (x + x + border<T>) / width<T>;
        return {larger<T>(x, low) * gate, select<T>(x >= high, one, select<T>(x <= low, zero, between))};
    }
};

// ---- a line and an exponential

// y = above · x where x > 0, else below · (e^(x / alpha) − 1)
template <class T>
struct Exponentials : Costly {
    const T above, below, alpha, below_slope;
    Exponentials(T above, T below, T alpha) : above(above), below(below), alpha(alpha), below_slope(below / alpha) {}
    CHAINRULE_INLINE Result<T> operator()(Vec<T> x) const {
        const Vec<T> zero{}, negative = smaller<T>(x, zero) / alpha;
        return {select<T>(x > zero, above * x, below * expm1<T>(negative)),
                select<T>(x > zero, broadcast<T>(above), below_slope * exp<T>(negative))};
    }
};

template <class T>
struct Elu : Exponentials<T> {
    explicit Elu(const Options& options) : Elu(static_cast<T>(options.number("alpha", 1))) {}
    explicit Elu(T alpha) : Exponentials<T>(1, alpha, 1) {}
};

template <class T>
struct Celu : Exponentials<T> {
    explicit Celu(const Options& options) : Celu(static_cast<T>(options.number("alpha", 1))) {}
    explicit Celu(T alpha) : Exponentials<T>(1, alpha, alpha) { require(alpha > 0, "celu's alpha is above 0"); }
};

template <class T>
struct Selu : Exponentials<T> {
    static constexpr double scale = 1.0507009873554804934193349852946;  // λ and α of the paper
    static constexpr double alpha = 1.6732632423543772848170429916717;
    static constexpr T below = static_cast<T>(scale * alpha);
    explicit Selu(const Options&) : Exponentials<T>(static_cast<T>(scale), below, 1) {}
};

}  // namespace activation

template <class T>
void add_rectified(Kernels<T>& all) {
    using namespace activation;
    all["relu"] = from_output<Relu, T>;
    all["relu6"] = from_output<Relu6, T>;
    all["leaky_relu"] = from_output<LeakyRelu, T>;
    all["hard_tanh"] = from_output<HardTanh, T>;
    all["hard_sigmoid"] = with_slope<HardSigmoid, T>;
    all["hard_swish"] = with_slope<HardSwish, T>;
    all["elu"] = with_slope<Elu, T>;
    all["celu"] = with_slope<Celu, T>;
    all["selu"] = with_slope<Selu, T>;
}
CHAINRULE_INSTANTIATE(add_rectified)

}  // namespace chainrule
