"""Which engine computes: what is asked for, what the core knows, and what the model is told where it does not."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule import constraints, losses, metrics, optimizers, regularizers
from chainrule.engines import core as native_core
from chainrule.engines.choice import ENGINES
from chainrule.errors import ArgumentError, NotReadyError
from chainrule.layers import BatchNormalization, Dense, Embedding, Flatten, Input, Layer
from chainrule.models import Model, Sequential
from chainrule.ops.registry import Operation

CORE = native_core.load()
rng = np.random.default_rng(2)
X = rng.normal(size=(30, 3))
Y = np.tanh(X[:, :1] - X[:, 1:2])


class Gain(Layer):
    """A layer of the user's own."""

    def build(self, input_shape):
        self.add_weight("gain", (), "ones")
        return input_shape

    def forward(self, weights, state, X, context):
        return weights["gain"] * X, (weights["gain"], X), state

    def backward(self, dY, cache):
        gain, X = cache
        return gain * dY, {"gain": (dY * X).sum()}


class relu(Layer):  # noqa: N801
    """A layer of the user's own that is called as an operation of ours, and does something else."""

    def build(self, input_shape):
        return input_shape

    def forward(self, weights, state, X, context):
        return X + 1, None, state

    def backward(self, dY, cache):
        return dY, {}


def of_name(name: str) -> Operation:
    """Return an operation of the user's own: 3 Σ p."""
    return Operation(
        name=name,
        forward=lambda P, T: (3 * P.sum(axis=-1), P),
        backward=lambda dL, P: (3 * dL[..., None] * np.ones_like(P), None),
        formula="",
        gradient="",
        samples=lambda rng: [],
        output_shape=lambda shape, *_: shape[:-1],
    )


class TripleSum(losses.MeanSquaredError):
    """A loss of the user's own."""

    stem = "triple_sum"

    @property
    def operation(self):
        return of_name(self.stem)


class Disguised(TripleSum):
    """One that is called as an operation of ours."""

    stem = "mean_squared_error"


class MyStep(optimizers.SGD):
    """An optimizer of the user's own: half of each step."""

    def _step(self, theta, gradient, rate, t):
        theta -= 0.5 * rate * gradient


class MyPenalty(regularizers.L2):
    """A regularizer of the user's own: thrice L2."""

    def __call__(self, W):
        return 3 * super().__call__(W)

    def gradient(self, W):
        return 3 * super().gradient(W)


class MyBounds(constraints.Constraint):
    """A constraint of the user's own."""

    def __call__(self, W):
        return np.clip(W, -0.3, 0.3)


class MyMetric(metrics.MeanAbsoluteError):
    """A metric of the user's own: one more than the error."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        self.total += len(y_true)


def network(engine: str | None = "auto", middle=(), optimizer="adam", loss="mse", **options) -> Sequential:
    compiled = {"metrics": options.pop("metrics", ["mae"])}
    layers = [Dense(4, "tanh", input_dim=3, name="first", **options), *middle, Dense(1, name="last")]
    model = Sequential(layers, seed=1, dtype="float64", name="net")
    model.compile(optimizer, loss, engine=engine, **compiled)
    return model


def engine_line(model) -> str:
    """Return what `summary` says of the engine."""
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    return next(line for line in "\n".join(lines).splitlines() if line.startswith("engine: "))


def hold_together(make, *data, **options) -> list[Model]:
    """Train on both engines and hold weights, History, evaluation and predictions together."""
    models = [make("reference"), make("auto")]
    data = data or (X, Y)
    for model in models:
        model.fit(*data, **{"batch_size": 8, "epochs": 5, "verbose": 0, **options})
    one, two = models
    for A, B in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(B, A, rtol=1e-9, atol=1e-9)
    for name, series in one.history.history.items():
        np.testing.assert_allclose(two.history.history[name], series, rtol=1e-9, atol=1e-9, err_msg=name)
    found, expected = ((m.evaluate(*data, verbose=0), m.predict(data[0], verbose=0)) for m in (two, one))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-9, atol=1e-9)
    return models


# ---- what is asked for


def test_the_native_engine_is_taken_where_it_can_be(monkeypatch):
    monkeypatch.delenv("CHAINRULE_ENGINE", raising=False)
    for engine in ("auto", None, "native"):
        model = network(engine)
        assert model.engine.name == "native" and model.engine.reason == ""
        assert engine_line(model).startswith(f"engine: native ({CORE.isa}, up to ")
    model = network("reference")
    assert engine_line(model) == "engine: reference (NumPy): as asked"
    assert model.training_step.native is None and model.predictor is None


@pytest.mark.parametrize("asked", ENGINES)
def test_the_environment_decides_where_nothing_is_asked_for(monkeypatch, asked):
    monkeypatch.setenv("CHAINRULE_ENGINE", asked)
    assert network().engine.name == ("reference" if asked == "reference" else "native")
    assert network("native").engine.name == "native" and network("reference").engine.name == "reference"


def test_an_engine_that_is_none(monkeypatch):
    with pytest.raises(ArgumentError, match=r"no engine named 'nativ'.*Known: auto, native, reference\.$"):
        network("nativ")
    monkeypatch.setenv("CHAINRULE_ENGINE", "fast")
    with pytest.raises(ArgumentError, match="no engine named 'fast'"):
        network().fit(X, Y, verbose=0)


def test_a_model_that_is_not_compiled_predicts_natively(monkeypatch):
    model = Sequential([Dense(2, input_dim=3)], seed=1)
    assert model.engine.name == "native"
    monkeypatch.setenv("CHAINRULE_ENGINE", "reference")
    other = Sequential([Dense(2, input_dim=3)], seed=1)
    assert other.engine.name == "reference"
    np.testing.assert_allclose(other.predict(X), model.predict(X), rtol=1e-5, atol=1e-6)


TOLD = "from chainrule.engines import core; m = core.load(); print(m.max_threads(), core.thread_count())"


def told(code: str, **environment: str) -> subprocess.CompletedProcess:
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("CHAINRULE_NUM")}, **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(("asked", "threads"), [("1", 1), ("3", 3), ("0007", 7), ("5000", 1024), ("9" * 5000, 1024)])
def test_the_core_takes_as_many_threads_as_are_asked_for(asked, threads):
    assert told(TOLD, CHAINRULE_NUM_THREADS=asked).stdout.split() == [str(threads)] * 2


def test_else_as_many_as_there_are_cores():
    here, known = told(TOLD).stdout.split()
    assert here == known == str(native_core.core_count())
    assert told(TOLD, CHAINRULE_NUM_THREADS="").stdout.split() == [here, known]


@pytest.mark.parametrize("asked", ["0", "000", "-1", "two", "1.5", " 1", "1e3", "²"])
def test_threads_that_are_no_number(asked):
    code = "import chainrule.models\nfrom chainrule.engines import core\ncore.load()"
    sentence = f"CHAINRULE_NUM_THREADS must be a whole number of at least 1, not {asked!r}."
    assert sentence in told(code, CHAINRULE_NUM_THREADS=asked, PYTHONIOENCODING="utf-8").stderr


# ---- what the core does not know


def test_a_layer_of_the_users_own_takes_the_reference_engine():
    models = hold_together(lambda engine: network(engine, [Gain(name="mine")]))
    assert models[1].engine.name == "reference"
    assert engine_line(models[1]) == (
        "engine: reference (NumPy): layer 'mine' computes Gain, which has no native kernel"
    )


def test_a_layer_of_the_users_own_with_a_name_of_ours():
    assert "relu" in CORE.operations()
    models = hold_together(lambda engine: network(engine, [relu(name="mine")]))
    assert "layer 'mine' computes relu, which has no native kernel" in engine_line(models[1])


def test_whole_numbers_beyond_an_embedding():
    def make(engine):
        words = Input((4,), dtype="int64", name="words")
        model = Model(words, [Flatten()(Embedding(9, 2)(words)), words], seed=1, name="net")
        if engine == "auto":
            return model
        model.compile("sgd", "mse", engine=engine)
        return model

    I = rng.integers(0, 9, size=(5, 4))  # noqa: E741
    model = make("auto")
    assert model.engine.name == "reference" and np.array_equal(model.predict(I)[1], I)
    with pytest.raises(NotReadyError, match="an output is an input of whole numbers"):
        make("native").predict(I)


@pytest.mark.parametrize("loss", [TripleSum, Disguised])
def test_a_loss_of_the_users_own(loss):
    models = hold_together(lambda engine: network(engine, loss=loss(), optimizer="sgd"))
    assert models[1].engine.name == "reference" and loss.__name__ in models[1].engine.reason
    assert models[1].predictor is not None  # in use, the network is still native
    assert models[1].evaluator is None


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": MyStep},
        {"kernel_regularizer": MyPenalty},
        {"kernel_constraint": MyBounds},
        {"optimizer": MyStep, "kernel_regularizer": MyPenalty, "bias_constraint": MyBounds},
        {"optimizer": MyStep, "kernel_regularizer": regularizers.L1, "bias_constraint": constraints.NonNeg},
    ],
    ids=lambda options: "+".join(kind.__name__ for kind in options.values()),
)
def test_what_the_users_own_steps_do_stays_in_python(options):
    made = lambda engine: network(engine, **{name: kind() for name, kind in options.items()})  # noqa: E731
    models = hold_together(made)
    native = models[1].training_step.native
    assert models[1].engine.name == "native" and not native.updates_in_core


def test_a_metric_of_the_users_own_sees_the_predictions():
    models = hold_together(lambda engine: network(engine, metrics=[MyMetric(), "mse"]))
    assert [type(metric).__name__ for metric, *_ in models[1].training_step.native.native.extras.metrics] == [
        "MeanSquaredError"
    ]


def test_an_optimizer_of_the_users_own_beside_running_statistics():
    models = hold_together(lambda engine: network(engine, [BatchNormalization(name="norm")], MyStep()))
    assert models[1].engine.reason == "MyStep steps in Python, and layer 'norm' keeps running statistics"


def test_lbfgs():
    pytest.importorskip("scipy")
    models = hold_together(lambda engine: network(engine, optimizer="lbfgs"), epochs=6)
    assert models[1].engine.name == "native" and not models[1].training_step.native.updates_in_core


# ---- "native" where it can't be had

IMPOSSIBLE = {
    "layer 'mine' computes Gain, which has no native kernel": lambda: network("native", [Gain(name="mine")]),
    "the loss TripleSum has no native kernel": lambda: network("native", loss=TripleSum()),
    "MyStep steps in Python, and layer 'norm' keeps running statistics": lambda: network(
        "native", [BatchNormalization(name="norm")], MyStep()
    ),
}


@pytest.mark.parametrize("why", IMPOSSIBLE)
def test_one_sentence_says_why_not_and_how_to_go_on(why):
    mend = "Take engine='auto', which uses the reference engine here."
    with pytest.raises(NotReadyError) as caught:
        IMPOSSIBLE[why]().fit(X, Y, verbose=0)
    assert str(caught.value) == f"engine='native' can't run 'net': {why}. {mend}"


@pytest.fixture
def no_core(monkeypatch):
    """Let there be no core."""
    monkeypatch.setattr(native_core, "load", lambda: None)
    monkeypatch.setattr(native_core, "why_missing", lambda: "Build it so.")


def test_without_a_core_the_reference_engine_serves(no_core, monkeypatch):
    model, same = network(), network("reference")
    assert engine_line(model) == "engine: reference (NumPy): the native core is not installed"
    for each in (model, same):
        each.fit(X, Y, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), same.get_weights()))
    monkeypatch.setenv("CHAINRULE_ENGINE", "native")
    with pytest.raises(NotReadyError, match="the native core is not installed"):
        network().predict(X)


def test_without_a_core_one_sentence_says_how_to_get_one(no_core):
    with pytest.raises(NotReadyError) as caught:
        network("native").fit(X, Y, verbose=0)
    assert str(caught.value) == "engine='native' can't run 'net': the native core is not installed. Build it so."
