"""Layers of the user's own: both passes by hand, or operations that exist."""

import numpy as np
import pytest

from chainrule.checks import check_layer
from chainrule.errors import ArgumentError, GradientError, ShapeError
from chainrule.layers import LAYERS, Dense, Input, Layer
from chainrule.models import Model, Sequential

X = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]])
T = np.array([[1.0], [0.0]])


class Gain(Layer):
    """Y = gain · X + offset, both passes by hand."""

    def __init__(self, start="ones", **options):
        super().__init__(**options)
        self.start = start

    def build(self, input_shape):
        self.add_weight("gain", (input_shape[-1],), self.start, regularizer="l2")
        self.add_weight("offset", (), "zeros")
        return input_shape

    def forward(self, weights, state, X, context):
        return weights["gain"] * X + weights["offset"], (weights["gain"], X), state

    def backward(self, dY, cache):
        gain, X = cache
        rows = tuple(range(dY.ndim - 1))
        return gain * dY, {"gain": (dY * X).sum(axis=rows), "offset": dY.sum()}


class RunningMean(Layer):
    """Subtract a running mean of each column; the state is declared before the weight."""

    def build(self, input_shape):
        self.add_weight("mean", (input_shape[-1],), "zeros", trainable=False)
        self.add_weight("count", (), "zeros", trainable=False)
        self.add_weight("scale", (input_shape[-1],), "ones")
        return input_shape

    def forward(self, weights, state, X, context):
        Y = (X - state["mean"]) * weights["scale"]
        if context.training:
            state = {"mean": 0.5 * state["mean"] + 0.5 * X.mean(axis=0), "count": state["count"] + 1}
        return Y, (weights["scale"], X - state["mean"] if not context.training else Y / weights["scale"]), state

    def backward(self, dY, cache):
        scale, C = cache
        return dY * scale, {"scale": (dY * C).sum(axis=0)}


class Mix(Layer):
    """a · b + c, of three inputs."""

    takes_several = True

    def build(self, input_shape):
        return input_shape[0]

    def forward(self, weights, state, X, context):
        a, b, c = X
        return a * b + c, (a, b), state

    def backward(self, dY, cache):
        a, b = cache
        return [dY * b, dY * a, dY], {}


class Flip(Layer):
    """Change the signs of some entries while training."""

    def build(self, input_shape):
        return input_shape

    def forward(self, weights, state, X, context):
        if not context.training:
            return X, 1.0, state
        S = np.where(context.random.mask(X.shape, 0.5), 1.0, -1.0)
        return X * S, S, state

    def backward(self, dY, cache):
        return dY * cache, {}


class Squared(Layer):
    """x · x by operations that exist."""

    def express(self, apply, X):
        return apply("multiply", X, X)


@pytest.mark.parametrize(
    ("layer", "shape", "modes"),
    [
        (Gain(), (3,), 2),
        (Gain(), (2, 3), 2),
        (RunningMean(), (3,), 2),
        (Mix(), [(3,), (3,), (3,)], 2),
        (Flip(), (8,), 2),
        (Squared(), (3,), 1),
    ],
)
def test_each_is_proved(layer, shape, modes):
    report = check_layer(layer, shape)
    assert report.passed, report
    assert len({row.mode for row in report.rows}) == modes


def sequential(*layers, dtype=None, **options):
    model = Sequential([Input((3,)), *layers, Dense(1)], seed=1, dtype=dtype)
    model.compile(loss="mse", optimizer="sgd", **options)
    return model


def test_in_a_sequential_it_trains_and_its_model_is_proved():
    model = sequential(Dense(4, activation="tanh"), Gain())
    assert [name for name, _ in model.named_weights()][2:4] == ["gain/gain", "gain/offset"]
    report = model.check_gradients(X, T)
    assert report.passed, report
    before = model.evaluate(X, T, verbose=0)
    model.fit(X, T, epochs=20, verbose=0)
    assert model.evaluate(X, T, verbose=0) < before
    assert all(array.dtype == np.float32 for array in model.get_weights())
    assert model.predict(X, verbose=0).dtype == np.float32


def test_gradients_are_those_of_the_formula():
    layer = Gain()
    model = Model(a := Input((3,)), layer(a), seed=0, dtype="float64")
    model.compile(loss="sum_of_squares")
    found = model.gradients(X, np.zeros((2, 3)))
    # L = ½ Σ (g x)²: dg = Σ x² at g = 1, and the l2 penalty 0.01 g² adds 0.02
    np.testing.assert_allclose(found["gain/gain"], (X**2).sum(axis=0) + 0.02)
    np.testing.assert_allclose(found["gain/offset"], X.sum())


def test_state_moves_in_training_and_stays_in_use():
    layer = RunningMean()
    assert layer(X).shape == (2, 3)
    assert [weight.name for weight in layer.weights] == ["scale", "mean", "count"]
    layer(X, training=True)
    # 0.5 · 0 + 0.5 · (1 + 0.5) / 2 = 0.375 and so on
    np.testing.assert_allclose(layer.get_weights()[1], [0.375, -0.4375, 0.5])
    layer(X)
    assert layer.get_weights()[2] == 1
    model = sequential(RunningMean())
    model.fit(X, T, epochs=3, batch_size=2, verbose=0)
    assert model.layers[0].get_weights()[2] == 3
    assert model.check_gradients(X, T).passed


def test_several_inputs_in_a_functional_model_and_on_arrays():
    a, b, c = Input((3,)), Input((3,)), Input((3,))
    model = Model([a, b, c], Dense(1)(Mix()([a, b, c])), seed=0)
    model.compile(loss="mse")
    report = model.check_gradients([X, 2 * X, -X], T)
    assert report.passed, report
    assert [row.quantity for row in report.rows if row.layer == "mix"] == ["input 1", "input 2", "input 3"] * 2
    np.testing.assert_allclose(Mix()([X, X, X]), X * X + X, rtol=1e-6)
    np.testing.assert_allclose(Mix()([[[2.0]], [[3.0]], [[4.0]]]), [[10.0]])


def test_random_numbers_change_from_call_to_call_and_are_the_same_for_the_same_call():
    model = sequential(Flip())
    assert model.check_gradients(X, T).passed
    first = model(X, training=True)
    second = model(X, training=True)
    assert not np.array_equal(second, first)
    twin = sequential(Flip())
    assert np.array_equal(twin(X, training=True), first) and np.array_equal(twin(X, training=True), second)
    assert model.check_gradients(X, T).passed
    model.train_on_batch(X, T)
    flips = [Flip()(np.ones((4, 4)), training=True) for _ in range(2)]
    assert np.array_equal(*flips) and set(np.unique(flips[0])) == {-1.0, 1.0}


def test_shared_with_other_shapes():
    class Negate(Layer):
        def build(self, input_shape):
            return input_shape

        def forward(self, weights, state, X, context):
            return -X, None, state

        def backward(self, dY, cache):
            return -dY, {}

    layer, a, b = Negate(), Input((2,)), Input((3, 4))
    model = Model([a, b], [layer(a), layer(b)], seed=0)
    out = model([np.ones((1, 2)), np.ones((1, 3, 4))])
    assert [Y.shape for Y in out] == [(1, 2), (1, 3, 4)]


def test_float64_inside_a_float32_layer_does_not_spread():
    class Doubled(Layer):
        def forward(self, weights, state, X, context):
            return X.astype(np.float64) * np.float64(2), None, state

        def backward(self, dY, cache):
            return dY.astype(np.float64) * np.float64(2), {}

    model = sequential(Dense(3), Doubled())
    assert model(X).dtype == np.float32
    assert all(G.dtype == np.float32 for G in model.gradients(X, T).values())


def test_config_round_trip_once_it_is_registered():
    layer = Gain("zeros", name="mine")
    described = layer.to_config()
    with pytest.raises(ArgumentError, match="There is no layer named 'Gain'"):
        LAYERS.get(described)
    assert Gain.from_config(described["config"]).get_config() == layer.get_config()

    class Forgetful(Layer):
        def __init__(self, factor, **options):
            super().__init__(**options)

    with pytest.raises(ArgumentError) as error:
        Forgetful(2).to_config()
    assert str(error.value) == (
        "Forgetful keeps no attribute 'factor': a layer stores each argument of its constructor in an attribute "
        "of the same name, so that it can be saved and made again."
    )


# What goes wrong
# --------------------------------------------------------------------------------------------------------


def wrong(**changes):
    """Return a Gain whose backward is changed: `dX`, `dweights` or `answer` as functions of the right one."""

    class Wrong(Gain):
        def backward(self, dY, cache):
            dX, dweights = super().backward(dY, cache)
            if "answer" in changes:
                return changes["answer"](dX, dweights)
            return changes.get("dX", lambda G: G)(dX), changes.get("dweights", lambda G: G)(dweights)

    return Wrong(name="mine")


SPOILT = {
    "a flipped sign": {"dX": lambda G: -G},
    "a zero": {"dX": lambda G: 0 * G},
    "None": {"dX": lambda G: None},
    "a factor of 2": {"dX": lambda G: 2 * G},
    "another column": {"dX": lambda G: G[:, ::-1]},
    "another row": {"dX": lambda G: G[::-1]},
    "a weight's sign": {"dweights": lambda W: {**W, "gain": -W["gain"]}},
    "a weight's mean for its sum": {"dweights": lambda W: {**W, "gain": W["gain"] / 2}},
    "a weight's zero": {"dweights": lambda W: {**W, "offset": 0.0}},
    "a hundredth": {"dweights": lambda W: {**W, "offset": 1.01 * W["offset"]}},
}


@pytest.mark.parametrize("changes", SPOILT.values(), ids=SPOILT)
def test_a_wrong_gradient_is_caught(changes):
    report = check_layer(wrong(**changes), (3,))
    assert not report.passed
    model = sequential(Dense(3, activation="tanh", name="before"), wrong(**changes), Dense(2, activation="tanh"))
    report = model.check_gradients(X, T)
    assert not report.passed
    assert report.culprit == "mine"
    assert "look at 'mine' first" in str(report)


ANSWERS = [
    (
        {"dX": lambda G: G.sum(axis=0)},
        ShapeError,
        "Layer 'mine': backward returned a gradient of shape (3,) for 'input', which has shape (5, 3); a "
        "gradient has the shape of what it is the gradient of.",
    ),
    (
        {"dweights": lambda W: {**W, "offset": np.zeros(3)}},
        ShapeError,
        "Layer 'mine': backward returned a gradient of shape (3,) for 'offset', which has shape (); a gradient "
        "has the shape of what it is the gradient of.",
    ),
    (
        {"dweights": lambda W: {"gian": W["gain"], "offset": W["offset"]}},
        ArgumentError,
        "Layer 'mine': backward returned dweights with the keys ['gian', 'offset']; they are ['gain', 'offset']. "
        "Did you mean 'gain'?",
    ),
    (
        {"dweights": lambda W: {"gain": W["gain"]}},
        ArgumentError,
        "Layer 'mine': backward returned dweights with the keys ['gain']; they are ['gain', 'offset'].",
    ),
    (
        {"dweights": lambda W: list(W.values())},
        ArgumentError,
        "Layer 'mine': backward returned dweights as list; it is a dict with the keys ['gain', 'offset'].",
    ),
    (
        {"answer": lambda dX, dweights: dX},
        ArgumentError,
        "Layer 'mine': backward returns (dX, dweights), where dweights is {} without weights; received an array "
        "of shape (5, 3).",
    ),
]


@pytest.mark.parametrize(("changes", "error", "sentence"), ANSWERS)
def test_what_backward_may_not_return(changes, error, sentence):
    with pytest.raises(error) as raised:
        check_layer(wrong(**changes), (3,))
    assert str(raised.value) == sentence


def layer_with(forward, build=None, backward=None):
    class Own(Layer):
        pass

    Own.forward = forward
    Own.backward = backward or (lambda self, dY, cache: (dY, {}))
    if build:
        Own.build = build
    return Own(name="own")


def state(self, input_shape):
    self.add_weight("mean", (3,), "zeros", trainable=False)
    return input_shape


FORWARDS = [
    (
        lambda self, weights, state, X, context: X,
        None,
        ArgumentError,
        "Layer 'own': forward returns (Y, cache, state); received an array of shape (2, 3).",
    ),
    (
        lambda self, weights, state, X, context: (X, None),
        None,
        ArgumentError,
        "Layer 'own': forward returns (Y, cache, state); received a tuple of 2.",
    ),
    (
        lambda self, weights, state, X, context: (X[:, :2], None, state),
        None,
        ShapeError,
        "Layer 'own': forward returned an array of shape (2, 2) where build said (None, 3).",
    ),
    (
        lambda self, weights, state, X, context: (X, None, {"maen": X[0]}),
        state,
        ArgumentError,
        "Layer 'own': forward returned the state with the keys ['maen']; they are ['mean']. Did you mean 'mean'?",
    ),
    (
        lambda self, weights, state, X, context: (X, None, {"mean": X[0, :2]}),
        state,
        ShapeError,
        "Layer 'own': forward returned the state 'mean' with shape (2,); its shape is (3,).",
    ),
]


@pytest.mark.parametrize(("forward", "build", "error", "sentence"), FORWARDS)
def test_what_forward_may_not_return(forward, build, error, sentence):
    with pytest.raises(error) as raised:
        layer_with(forward, build)(X)
    assert str(raised.value) == sentence


def test_a_list_of_gradients_for_several_inputs():
    class Short(Mix):
        def backward(self, dY, cache):
            return [dY, dY], {}

    with pytest.raises(ArgumentError) as error:
        check_layer(Short(), [(3,)] * 3)
    assert str(error.value) == "Layer 'short': backward returns dX as a list of 3, one an input; received list."


def test_neither_express_nor_forward():
    with pytest.raises(ArgumentError) as error:
        Layer(name="empty")(X)
    assert str(error.value) == "Layer 'empty': Layer defines neither `express` nor `forward`; write one of them."


def test_forward_alone_predicts_but_does_not_train():
    class Sign(Layer):
        def forward(self, weights, state, X, context):
            return np.sign(X), None, state

    np.testing.assert_array_equal(Sign()(X), np.sign(X))
    sentence = "Layer 'sign' can't be trained: Sign defines no `backward`; write one."
    with pytest.raises(GradientError) as error:
        sequential(Sign()).fit(X, T, verbose=0)
    assert str(error.value) == sentence
    with pytest.raises(GradientError) as error:
        sequential(Sign()).check_gradients(X, T)
    assert str(error.value) == sentence
    with pytest.raises(GradientError, match=r"Layer 'sign' has no gradient: Sign defines no `backward`; write one."):
        check_layer(Sign(), (3,))


def test_arrays_are_handed_over_read_only():
    def forward(self, weights, state, X, context):
        X *= 2
        return X, None, state

    with pytest.raises(ValueError, match="read-only"):
        layer_with(forward)(X)

    def backward(self, dY, cache):
        dY *= 2
        return dY, {}

    own = layer_with(lambda self, weights, state, X, context: (2 * X, None, state), backward=backward)
    with pytest.raises(ValueError, match="read-only"):
        check_layer(own, (3,))


def test_a_build_that_returns_nothing_is_refused():
    class Forgetful(Layer):
        def build(self, input_shape):
            self.add_weight("w", (input_shape[-1],), "ones")

    with pytest.raises(ArgumentError, match=r"^Layer 'forgetful': build\(input_shape\) returned nothing; end it with"):
        Forgetful()(np.ones((1, 2)))
