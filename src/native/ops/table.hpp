// Who enters kernels into the table: one function a family, defined in the family's own file.
#pragma once

#include "../core/kernel.hpp"

namespace chainrule {

template <class T>
void add_activations(Kernels<T>&);
template <class T>
void add_augment(Kernels<T>&);
template <class T>
void add_average_pool2d(Kernels<T>&);
template <class T>
void add_conv2d(Kernels<T>&);
template <class T>
void add_conv2d_transpose(Kernels<T>&);
template <class T>
void add_dense(Kernels<T>&);
template <class T>
void add_depthwise_conv2d(Kernels<T>&);
template <class T>
void add_dropout(Kernels<T>&);
template <class T>
void add_embedding(Kernels<T>&);
template <class T>
void add_gaussian_noise(Kernels<T>&);
template <class T>
void add_group_normalise(Kernels<T>&);
template <class T>
void add_layer_normalise(Kernels<T>&);
template <class T>
void add_max_pool2d(Kernels<T>&);
template <class T>
void add_merge(Kernels<T>&);
template <class T>
void add_normalise(Kernels<T>&);
template <class T>
void add_pad2d(Kernels<T>&);
template <class T>
void add_prelu(Kernels<T>&);
template <class T>
void add_random_affine(Kernels<T>&);
template <class T>
void add_rescale(Kernels<T>&);
template <class T>
void add_reshape(Kernels<T>&);
template <class T>
void add_rms_normalise(Kernels<T>&);
template <class T>
void add_softmax(Kernels<T>&);
template <class T>
void add_spatial_dropout2d(Kernels<T>&);
template <class T>
void add_standardise(Kernels<T>&);
template <class T>
void add_upsample2d(Kernels<T>&);

// A kernel class as an entry of the table: all["relu"] = make<Relu, T>;
template <template <class> class K, class T>
std::unique_ptr<Kernel<T>> make(const Step& step) {
    return std::make_unique<K<T>>(step);
}

// At the end of a family's file: both dtypes.
#define CHAINRULE_INSTANTIATE(function)               \
    template void function<float>(Kernels<float>&);   \
    template void function<double>(Kernels<double>&);

}  // namespace chainrule
