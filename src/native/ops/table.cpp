// The one table of operations: every kernel family enters its own here.
#include "table.hpp"

namespace chainrule {

template <class T>
const Kernels<T>& kernels() {
    static const Kernels<T> table = [] {
        Kernels<T> all;
        add_activations(all);
        add_augment(all);
        add_average_pool2d(all);
        add_conv2d(all);
        add_conv2d_transpose(all);
        add_dense(all);
        add_depthwise_conv2d(all);
        add_dropout(all);
        add_embedding(all);
        add_gaussian_noise(all);
        add_group_normalise(all);
        add_layer_normalise(all);
        add_max_pool2d(all);
        add_merge(all);
        add_normalise(all);
        add_pad2d(all);
        add_prelu(all);
        add_random_affine(all);
        add_rescale(all);
        add_reshape(all);
        add_rms_normalise(all);
        add_softmax(all);
        add_spatial_dropout2d(all);
        add_standardise(all);
        add_upsample2d(all);
        return all;
    }();
    return table;
}

template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();

}  // namespace chainrule
