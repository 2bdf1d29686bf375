// The one table of losses: every family enters its own here.
#include "table.hpp"

namespace chainrule {

template <class T>
const Losses<T>& losses() {
    static const Losses<T> table = [] {
        Losses<T> all;
        add_binary(all);
        add_categorical(all);
        add_categorical_logits(all);
        add_inner_product(all);
        add_margins(all);
        add_regression(all);
        return all;
    }();
    return table;
}

template const Losses<float>& losses<float>();
template const Losses<double>& losses<double>();

}  // namespace chainrule
