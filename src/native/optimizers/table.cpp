// The one table of optimizers: a class name of src/chainrule/optimizers, and how its counterpart is made.
#include "table.hpp"

namespace chainrule {

template <class T>
const Optimizers<T>& optimizers() {
    static const Optimizers<T> table = [] {
        Optimizers<T> all;
        add_adadelta(all);
        add_adagrad(all);
        add_adam(all);
        add_adamax(all);
        add_lion(all);
        add_nadam(all);
        add_rmsprop(all);
        add_sgd(all);
        return all;
    }();
    return table;
}

template const Optimizers<float>& optimizers<float>();
template const Optimizers<double>& optimizers<double>();

}  // namespace chainrule
