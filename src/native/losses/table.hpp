// Who enters losses into the table: one function a family, defined in the family's own file.
#pragma once

#include "loss.hpp"
#include "pointwise.hpp"

namespace chainrule {

template <class T>
void add_binary(Losses<T>&);
template <class T>
void add_categorical(Losses<T>&);
template <class T>
void add_categorical_logits(Losses<T>&);
template <class T>
void add_inner_product(Losses<T>&);
template <class T>
void add_margins(Losses<T>&);
template <class T>
void add_regression(Losses<T>&);

// A loss class as an entry of the table: all["name"] = make_loss<Class<T>, T>;
template <class L, class T>
std::unique_ptr<Loss<T>> make_loss(Index width, const Options& options) {
    return std::make_unique<L>(width, options);
}
// A formula as an entry of the table: all["huber"] = make_pointwise<Huber, T>;
template <template <class> class Formula, class T>
std::unique_ptr<Loss<T>> make_pointwise(Index width, const Options& options) {
    return std::make_unique<Pointwise<Formula, T>>(width, options);
}

// At the end of a family's file: both dtypes.
#define CHAINRULE_INSTANTIATE_LOSSES(function)        \
    template void function<float>(Losses<float>&);    \
    template void function<double>(Losses<double>&);

}  // namespace chainrule
