// Binary crossentropy of probabilities and of logits.
#include "../core/vmath.hpp"
#include "common.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

constexpr Index yes_and_no = 2;  // classes

template <class T>
struct BinaryCrossentropy {
    static constexpr Over over = Over::mean;
    explicit BinaryCrossentropy(const Options& options) : smooth(options, yes_and_no) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> label) const {
        const Vec<T> t = smooth(label), q = clipped<T>(p, epsilon, 1 - epsilon);
        const Vec<T> value = -(t * log<T>(q) + (1 - t) * log1p<T>(-q));
        return {value, (q - t) / (q * (1 - q)) * inside<T>(p, q)};
    }

    Smoothing<T> smooth;
};

template <class T>
struct BinaryCrossentropyLogits {
    static constexpr Over over = Over::mean;
    explicit BinaryCrossentropyLogits(const Options& options) : smooth(options, yes_and_no) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> z, Vec<T> label) const {
        const Vec<T> t = smooth(label), e = exp<T>(-absolute<T>(z));
        const Vec<T> p = select<T>(z >= 0, broadcast(T(1)), e) / (1 + e);
        return {larger<T>(z, Vec<T>{}) - z * t + log1p<T>(e), p - t};
    }

    Smoothing<T> smooth;
};

}  // namespace

template <class T>
void add_binary(Losses<T>& all) {
    all["binary_crossentropy"] = make_pointwise<BinaryCrossentropy, T>;
    all["binary_crossentropy_logits"] = make_pointwise<BinaryCrossentropyLogits, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_binary)

}  // namespace chainrule
