// Who enters optimizers into the table: one function an optimizer, defined in the optimizer's own file.
#pragma once

#include "optimizer.hpp"

namespace chainrule {

template <class T>
void add_adadelta(Optimizers<T>&);
template <class T>
void add_adagrad(Optimizers<T>&);
template <class T>
void add_adam(Optimizers<T>&);
template <class T>
void add_adamax(Optimizers<T>&);
template <class T>
void add_lion(Optimizers<T>&);
template <class T>
void add_nadam(Optimizers<T>&);
template <class T>
void add_rmsprop(Optimizers<T>&);
template <class T>
void add_sgd(Optimizers<T>&);

// An optimizer class as an entry of the table: all["Adam"] = make_optimizer<Adam, T>;
template <template <class> class O, class T>
std::unique_ptr<Optimizer<T>> make_optimizer(const Options& options) {
    return std::make_unique<O<T>>(options);
}

// At the end of an optimizer's file: both dtypes.
#define CHAINRULE_INSTANTIATE_OPTIMIZER(function)        \
    template void function<float>(Optimizers<float>&);   \
    template void function<double>(Optimizers<double>&);

}  // namespace chainrule
