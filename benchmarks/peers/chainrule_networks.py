"""chainrule's side of the networks on images."""

from chainrule.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
)
from chainrule.models import Model, Sequential
from chainrule.optimizers import SGD


def convnet(dropout):
    """Return Keras' "Simple MNIST convnet", and its layers with a kernel."""
    first, second = Conv2D(32, 3, activation="relu"), Conv2D(64, 3, activation="relu")
    last = Dense(10, activation="softmax")
    pools = MaxPooling2D(2), MaxPooling2D(2)
    model = Sequential([Input((28, 28, 1)), first, pools[0], second, pools[1], Flatten(), Dropout(dropout), last])
    return model, [first, second, last]


def residual():
    """Return the residual network, and its layers with a kernel."""
    layers = []

    def convolution(x, filters, size=3, stride=1):
        layers.append(Conv2D(filters, size, strides=stride, padding="same", use_bias=False))
        return BatchNormalization()(layers[-1](x))

    x = Input((32, 32, 3))
    h = Activation("relu")(convolution(x, 16))
    for stage, (filters, blocks) in enumerate(((16, 2), (32, 3), (64, 3))):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            r = Activation("relu")(convolution(h, filters, stride=stride))
            r = convolution(r, filters)
            h = h if stride == 1 else convolution(h, filters, 1, stride)
            h = Activation("relu")(Add()([h, r]))
    layers.append(Dense(10, activation="softmax"))
    return Model(x, layers[-1](GlobalAveragePooling2D()(h))), layers


def network(work, dropout=0.0):
    """Return the network of a work, compiled, with the initial kernels."""
    model, layers = convnet(dropout) if work.network == "convnet" else residual()
    for layer, kernel in zip(layers, work.kernels, strict=True):
        layer.set_weights([kernel, *layer.get_weights()[1:]])
    optimizer = "adam" if work.network == "convnet" else SGD(0.01, momentum=0.9)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return model
