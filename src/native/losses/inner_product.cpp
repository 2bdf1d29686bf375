// Inner product: l = Σₒ pₒ tₒ, no loss of a user's: its gradient is dP = dL · T, so that a test can send any gradient
// it likes through a network.
#include "table.hpp"

namespace chainrule {
namespace {

template <class T>
struct InnerProduct {
    static constexpr Over over = Over::sum;
    explicit InnerProduct(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> t) const { return {p * t, t}; }
};

}  // namespace

template <class T>
void add_inner_product(Losses<T>& all) {
    all["inner_product"] = make_pointwise<InnerProduct, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_inner_product)

}  // namespace chainrule
