// The one table of operations: every kernel family enters its own here.
#include "table.hpp"

namespace chainrule {

template <class T>
const Kernels<T>& kernels() {
    static const Kernels<T> table = [] {
        Kernels<T> all;
        add_activations(all);
        add_augment(all);
        add_dense(all);
        add_dropout(all);
        add_embedding(all);
        add_gaussian_noise(all);
        add_layer_normalise(all);
        add_merge(all);
        add_normalise(all);
        add_prelu(all);
        add_random_affine(all);
        add_rescale(all);
        add_reshape(all);
        add_softmax(all);
        add_standardise(all);
        return all;
    }();
    return table;
}

template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();

}  // namespace chainrule
