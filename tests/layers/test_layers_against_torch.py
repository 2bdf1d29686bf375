"""Layers beside PyTorch in float64: outputs, gradients of inputs and weights, running statistics."""

import numpy as np
import pytest

from chainrule.layers import (
    ELU,
    BatchNormalization,
    Dense,
    Embedding,
    Flatten,
    Input,
    LayerNormalization,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
)
from chainrule.models import Model, Sequential

torch = pytest.importorskip("torch")
nn = torch.nn
mse = nn.functional.mse_loss


def rng():
    return np.random.default_rng(3)


def close(made, expected):
    np.testing.assert_allclose(made, expected, rtol=1e-10, atol=1e-13)


#: name → layer, shape of a row, the module, and which of its parameters is which weight
CASES = {
    "dense": (lambda: Dense(4), (3,), lambda: nn.Linear(3, 4), {"kernel": "weight", "bias": "bias"}),
    "dense on three axes": (lambda: Dense(4), (5, 3), lambda: nn.Linear(3, 4), {"kernel": "weight", "bias": "bias"}),
    "layer norm": (
        lambda: LayerNormalization(epsilon=1e-5),
        (5, 3),
        lambda: nn.LayerNorm(3),
        {"gamma": "weight", "beta": "bias"},
    ),
    "batch norm": (
        lambda: BatchNormalization(epsilon=1e-5),
        (3,),
        lambda: nn.BatchNorm1d(3),
        {"gamma": "weight", "beta": "bias"},
    ),
    "prelu": (lambda: PReLU(), (3,), lambda: nn.PReLU(3), {"alpha": "weight"}),
    "leaky relu": (lambda: LeakyReLU(0.1), (3,), lambda: nn.LeakyReLU(0.1), {}),
    "relu6": (lambda: ReLU(max_value=6), (3,), nn.ReLU6, {}),
    "elu": (lambda: ELU(0.7), (3,), lambda: nn.ELU(0.7), {}),
    "softmax": (lambda: Softmax(), (4, 3), lambda: nn.Softmax(-1), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_output_and_gradients(case):
    make, shape, make_module, names = CASES[case]
    # A layer before it, so that the gradient of its input is seen through that one's kernel.
    layer, first, x = make(), Dense(3, use_bias=False, name="first"), Input(shape)
    model = Model(x, layer(first(x)), dtype="float64", seed=2)
    model.compile(loss="mse")
    module = make_module().double()
    for name, attribute in names.items():
        weight = next(one for one in layer.weights if one.name == name)
        weight.assign(rng().uniform(0.5, 1.5, size=weight.shape))
        with torch.no_grad():
            getattr(module, attribute).copy_(torch.tensor(weight.numpy().T))
    X, T = 3 * rng().normal(size=(6, *shape)), rng().normal(size=(6, *model.output_shape[1:]))

    kernel = torch.tensor(first.get_weights()[0], requires_grad=True)
    Y = module(torch.tensor(X) @ kernel)
    mse(Y, torch.tensor(T)).backward()

    close(model(X, training=True), Y.detach().numpy())
    gradients = model.gradients(X, T, training=True)
    close(gradients["first/kernel"], kernel.grad.numpy())
    for name, attribute in names.items():
        close(gradients[f"{layer.name}/{name}"], getattr(module, attribute).grad.numpy().T)


def test_embedding():
    layer = Embedding(7, 3)
    model = Sequential([layer, Flatten()], dtype="float64", seed=0)
    model.build((None, 4))
    model.compile(loss="mse")
    module = nn.Embedding(7, 3, _weight=torch.tensor(layer.get_weights()[0]))
    X, T = rng().integers(0, 7, size=(5, 4)), rng().normal(size=(5, 12))
    Y = module(torch.tensor(X)).reshape(5, 12)
    mse(Y, torch.tensor(T)).backward()
    close(model(X), Y.detach().numpy())
    close(model.gradients(X, T)["embedding/embeddings"], module.weight.grad.numpy())


@pytest.mark.parametrize("shape", [(3,), (4, 5, 3)])
def test_batch_normalization_over_several_steps_and_then_in_use(shape):
    layer = BatchNormalization(momentum=0.9, epsilon=1e-5)
    model = Sequential([Input(shape), layer], dtype="float64", seed=0)
    model.compile(loss="mse", optimizer="sgd")
    module = (nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d)(3, momentum=0.1, eps=1e-5).double()
    descent = torch.optim.SGD(module.parameters(), lr=0.01)
    channels_first = (0, 3, 1, 2) if len(shape) == 3 else (0, 1)
    n = 6 * int(np.prod(shape)) // 3
    for step in range(5):
        X = rng().normal(loc=step, scale=1 + step, size=(6, *shape))
        T = np.sin(X)
        descent.zero_grad()
        Y = module(torch.tensor(X.transpose(channels_first)))
        mse(Y, torch.tensor(T.transpose(channels_first))).backward()
        descent.step()
        model.train_on_batch(X, T)
        gamma, beta, mean, variance = layer.get_weights()
        close(gamma, module.weight.detach().numpy())
        close(beta, module.bias.detach().numpy())
        close(mean, module.running_mean.numpy())
        # PyTorch keeps the unbiased variance, n / (n − 1) times ours, beside what is left of the first 1.
        left = 0.9 ** (step + 1)
        close((variance - left) * n / (n - 1), module.running_var.numpy() - left)
    with torch.no_grad():
        module.running_var.copy_(torch.tensor(variance))
    module.eval()
    expected = module(torch.tensor(X.transpose(channels_first))).detach().numpy()
    close(model(X).transpose(channels_first), expected)
    model.compile(loss="mse", optimizer="sgd")
    gradients = model.gradients(X, T, training=False)
    module.zero_grad()
    mse(module(torch.tensor(X.transpose(channels_first))), torch.tensor(T.transpose(channels_first))).backward()
    close(gradients["batch_normalization/gamma"], module.weight.grad.numpy())
    close(gradients["batch_normalization/beta"], module.bias.grad.numpy())
