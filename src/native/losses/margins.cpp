// Hinge and squared hinge, with m = max(0, 1 − t p) and t = ±1; a label 0 counts as −1.
#include "table.hpp"

namespace chainrule {
namespace {

template <class T>
CHAINRULE_INLINE Vec<T> signed_label(Vec<T> t) {
    return select<T>(t == 0, broadcast(T(-1)), t);
}
template <class T>
CHAINRULE_INLINE Vec<T> missed_margin(Vec<T> p, Vec<T> t) {
    return larger<T>(1 - t * p, Vec<T>{});
}

template <class T>
struct Hinge {
    static constexpr Over over = Over::mean;
    explicit Hinge(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> label) const {
        const Vec<T> t = signed_label<T>(label), m = missed_margin<T>(p, t);
        return {m, -t * select<T>(m > 0, broadcast(T(1)), Vec<T>{})};
    }
};

template <class T>
struct SquaredHinge {
    static constexpr Over over = Over::mean;
    explicit SquaredHinge(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> label) const {
        const Vec<T> t = signed_label<T>(label), m = missed_margin<T>(p, t);
        return {m * m, -2 * m * t};
    }
};

}  // namespace

template <class T>
void add_margins(Losses<T>& all) {
    all["hinge"] = make_pointwise<Hinge, T>;
    all["squared_hinge"] = make_pointwise<SquaredHinge, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_margins)

}  // namespace chainrule
