// The elementary functions of core/vmath.hpp against truth of higher precision: float against double, double against
// long double. Prints the worst error of each, in ulp, and where it is; fails above 2 ulp, at a wrong sign of zero, a
// wrong ∞ or NaN, and where a result depends on its lane or its neighbours.
//
//     test_vmath [points]    for each function and type: the first half bit patterns, the rest where most happens
#include <algorithm>
#include <bit>
#include <cfloat>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "core/vmath.hpp"

using namespace chainrule;

namespace {

constexpr double allowed = 2;  // ulp

// ---- the truth, in a type W that is wider than T

template <class W>
W sigmoid_truth(W x) {
    return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

template <class W>
W softplus_truth(W x) {
    return std::fmax(x, W(0)) + std::log1p(std::exp(-std::abs(x)));
}

// e^(−x²/2), x² in two parts: the exponential would make its rounding error x² times as large.
template <class W>
W bell_truth(W x) {
    if (std::abs(x) > 100) return 0;
    const W high = static_cast<float>(x), rest = (x - high) * (x + high);
    return std::exp(-high * high / 2) * std::exp(-rest / 2);
}

template <class W>
W density_truth(W x) {
    return bell_truth(x) / std::sqrt(2 * std::numbers::pi_v<W>);
}

// erfc(z) / 2 for z = −x / √2, with erfc's slope times what is missing from the rounded z.
template <class W>
W cdf_truth(W x) {
    if (std::isinf(x)) return x > 0;
    const W root = std::numbers::sqrt2_v<W>, root_low = -std::fma(root, root, W(-2)) / (2 * root);
    const W z = -x / root, z_low = -(std::fma(z, root, x) + z * root_low) / root;
    return std::erfc(z) / 2 - z_low * bell_truth(x) * std::numbers::inv_sqrtpi_v<W>;
}

template <class T, class W>
struct Function {
    const char* name;
    void (*apply)(Index, const T*, T*);
    W (*truth)(W);
};

#define APPLY(f) [](Index n, const T* x, T* y) { map(n, x, y, [](Vec<T> v) { return f<T>(v); }); }

template <class T, class W>
const Function<T, W> functions[] = {
    {"exp", APPLY(exp), [](W x) { return std::exp(x); }},
    {"expm1", APPLY(expm1), [](W x) { return std::expm1(x); }},
    {"log", APPLY(log), [](W x) { return std::log(x); }},
    {"log1p", APPLY(log1p), [](W x) { return std::log1p(x); }},
    {"tanh", APPLY(tanh), [](W x) { return std::tanh(x); }},
    {"sigmoid", APPLY(sigmoid), sigmoid_truth<W>},
    {"softplus", APPLY(softplus), softplus_truth<W>},
    {"erf", APPLY(erf), [](W x) { return std::erf(x); }},
    {"arctan", APPLY(arctan), [](W x) { return std::atan(x); }},
    {"normal_cdf", APPLY(normal_cdf), cdf_truth<W>},
    {"normal_density", APPLY(normal_density), density_truth<W>},
};

// ---- what is tried

template <class T>
std::vector<T> edges() {
    using Limits = std::numeric_limits<T>;
    using std::numbers::ln2, std::numbers::sqrt2;
    const std::vector<double> some = {
        0, Limits::denorm_min(), Limits::min(), Limits::epsilon(), Limits::max(), Limits::infinity(),
        Limits::quiet_NaN(), ln2 / 2, ln2, sqrt2 / 2, sqrt2, sqrt2 - 1, 1 - sqrt2 / 2,
        0.5, 0.625, 1, 1.25, 0x1p24, 0x1p53,
        // where something becomes 0, ∞, subnormal or its last value
        14, 20, 38, 40, 87.3365447505531, 88.72283905206835, 103.97207708399179, 708.3964185322641, 709.782712893384,
        745.1332191019412};
    std::vector<T> points;
    for (double edge : some)
        for (T x : {std::nextafter(T(edge), T(0)), T(edge), std::nextafter(T(edge), Limits::infinity())})
            points.insert(points.end(), {x, -x});
    return points;
}

// Point i of n.
template <class T>
T point(Index i, Index n) {
    using Word = vmath::Word<T>;
    constexpr double scales[] = {1, 2, 8, 40, 110, 760};
    if (i < n / 2) {
        const Word step = static_cast<Word>(-1) / static_cast<Word>(n / 2);
        return std::bit_cast<T>(static_cast<Word>(static_cast<Word>(i) * (step | 1)));
    }
    const double fraction = std::fmod(static_cast<double>(i) * std::numbers::phi, 1.0);  // evenly over 0 … 1
    return static_cast<T>((2 * fraction - 1) * scales[i % std::size(scales)]);
}

// ---- how far it is off

template <class T, class W>
double error_in_ulp(T y, W truth) {
    using Limits = std::numeric_limits<T>;
    constexpr double wrong = HUGE_VAL;
    if (std::isnan(truth) || std::isnan(y)) return std::isnan(truth) && std::isnan(y) ? 0 : wrong;
    if (std::signbit(truth) != std::signbit(y)) return wrong;
    const W top = std::ldexp(W(1), Limits::max_exponent);  // where ∞ stands in the row of numbers
    const W given = std::fmin(std::abs(static_cast<W>(y)), top), wanted = std::fmin(std::abs(truth), top);
    const int exponent = wanted == 0 ? Limits::min_exponent : std::ilogb(std::fmin(wanted, W(Limits::max()))) + 1;
    const int unit = std::max(exponent, Limits::min_exponent) - Limits::digits;
    return static_cast<double>(std::ldexp(std::abs(given - wanted), -unit));
}

template <class T>
bool same_bits(T a, T b) {
    return std::bit_cast<vmath::Word<T>>(a) == std::bit_cast<vmath::Word<T>>(b) || (std::isnan(a) && std::isnan(b));
}

template <class T, class W>
bool check(const Function<T, W>& f, Index points) {
    constexpr Index block = 4099;  // odd, so that the last vector is not full
    std::vector<T> x(block), y(block), moved(block);
    std::vector<T> special = edges<T>();
    const Index edge_count = static_cast<Index>(special.size());
    double worst = 0;
    T where = 0;
    bool steady = true;
    for (Index begin = 0; begin < points + edge_count; begin += block) {
        for (Index k = 0; k < block; ++k) {
            const Index i = (begin + k) % (points + edge_count);
            x[k] = i < edge_count ? special[i] : point<T>(i - edge_count, points);
        }
        f.apply(block, x.data(), y.data());
        f.apply(block - 1, x.data() + 1, moved.data());  // each number one lane on
        for (Index k = 0; k < block; ++k) {
            const double error = error_in_ulp<T, W>(y[k], f.truth(static_cast<W>(x[k])));
            if (error > worst) worst = error, where = x[k];
            if (k > 0) steady = steady && same_bits(y[k], moved[k - 1]);
        }
    }
    std::printf("%-7s %-15s %8.4f ulp at %.17g%s\n", sizeof(T) == 4 ? "float" : "double", f.name, worst,
                static_cast<double>(where), steady ? "" : ", and depends on the lane");
    return worst <= allowed && steady;
}

template <class T, class W>
bool check_all(Index points) {
    bool right = true;
    for (const auto& f : functions<T, W>) right = check(f, points) && right;
    return right;
}

}  // namespace

int main(int count, char** words) {
    const Index points = count > 1 ? std::atoll(words[1]) : 400'000;
    bool right = check_all<float, double>(points);
    if (LDBL_MANT_DIG >= 64) {
        right = check_all<double, long double>(points) && right;
    } else {
        std::puts("double is not checked: long double is no wider here");
    }
    return right ? 0 : 1;
}
