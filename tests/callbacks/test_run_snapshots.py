"""Histograms beside NumPy's, what a snapshot holds beside `model.gradients`, when there is one."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.callbacks import RunRecorder, snapshots
from chainrule.callbacks.histograms import PIECE, histogram
from chainrule.callbacks.record import FOLDER_VARIABLE
from chainrule.callbacks.snapshots import Snapshots
from chainrule.layers import Add, Dense, Input, Layer
from chainrule.models import Model, Sequential
from chainrule.optimizers import SGD
from chainrule.runs import Run

QUIET = {"verbose": 0, "batch_size": 4}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Let runs land in a new folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


@pytest.mark.parametrize("size", [1, 5, PIECE - 1, PIECE, 2 * PIECE + 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_histogram_counts_as_numpy_does(size, dtype):
    A = np.random.default_rng(size).normal(3, 2, size=size).astype(dtype)
    A[::7] = 0
    found = histogram(A)
    counts, edges = np.histogram(A.astype("f8"), bins=64, range=(found.edges[0], found.edges[-1]))
    assert found.counts.sum() == size
    # A number on an edge may round to the bin beside it.
    assert np.abs(found.counts - counts).sum() <= 2
    np.testing.assert_allclose(found.edges, edges)
    wide = A.astype("f8")
    expected = [wide.mean(), wide.std(), wide.min(), wide.max(), np.linalg.norm(wide), (A == 0).sum()]
    np.testing.assert_allclose(found[2:], expected, rtol=1e-9, atol=1e-9)


def test_numbers_that_are_all_the_same():
    found = histogram(np.full((3, 4), -2.0))
    assert found.counts.sum() == found.counts.max() == 12 and found.std == 0
    assert found.edges[0] < -2 < found.edges[-1]


def test_only_finite_numbers_count():
    found = histogram(np.array([np.nan, 1.0, np.inf, 3.0, -np.inf]))
    assert (found.counts.sum(), found.min, found.max, found.mean) == (2, 1.0, 3.0, 2.0)
    assert histogram(np.array([np.nan])) is None and histogram(np.zeros(0)) is None


def recorded(network, epochs, always=True, **options):
    """Return the model after a fit, and its run."""
    model = network.make(SGD(0.5), **options)
    history = model.fit(network.X, network.Y, epochs=epochs, record=RunRecorder(snapshots=always), **QUIET)
    return model, Run(history.run)


def of(run, kind, name, step):
    return next(found for found in run.histograms(kind, name) if found.step == step)


def test_when(network):
    _, run = recorded(network, 6)
    # Two steps an epoch: before, after epochs 1, 2, 4, and at the end.
    assert sorted({found.step for found in run.histograms("weights")}) == [0, 2, 4, 8, 12]
    assert sorted({found.step for found in run.histograms("updates")}) == [2, 4, 8, 12]
    names = {found.name for found in run.histograms("gradients")}
    assert names == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}
    assert {found.name for found in run.histograms("activations")} >= {"dense", "dense_1"}


def test_the_last_one_is_not_taken_twice(network):
    _, run = recorded(network, 4)
    steps = [found.step for found in run.histograms("weights", "dense/bias")]
    assert steps == [0, 2, 4, 8]


def test_numbers(network):
    model, run = recorded(network, 1)
    expected = model.gradients(network.X, network.Y)  # eight rows: the probe is all of them
    now = dict(model.named_weights())
    for name, gradient in expected.items():
        assert of(run, "weights", name, 2).norm == pytest.approx(np.linalg.norm(now[name].value), rel=1e-6)
        found = of(run, "gradients", name, 2)
        assert found.norm == pytest.approx(np.linalg.norm(gradient), rel=1e-5) and found.norm > 0
        assert sum(found.counts) == gradient.size
    outputs = model.predict(network.X)
    assert of(run, "activations", "dense_1", 2).mean == pytest.approx(outputs.mean(), rel=1e-5)


def test_updates_are_a_steps_mean(network):
    before = network.make(SGD(0.5))
    model, run = recorded(network, 1)
    for (name, old), (_, new) in zip(before.named_weights(), model.named_weights(), strict=True):
        moved = (new.value - old.value) / 2
        assert of(run, "updates", name, 2).norm == pytest.approx(np.linalg.norm(moved), rel=1e-5)


def test_penalties_count_in_the_gradients(network):
    model = Sequential([Dense(1, input_dim=2, kernel_regularizer="l2")], seed=1)
    model.compile("sgd", "mse", engine="reference")
    recorder = RunRecorder(snapshots=True)
    model.fit(network.X, network.Y, callbacks=[recorder], epochs=1, **QUIET)
    gradient = model.gradients(network.X, network.Y)["dense/kernel"]
    assert of(Run(recorder.path), "gradients", "dense/kernel", 2).norm == pytest.approx(np.linalg.norm(gradient))


def test_of_a_stream_there_are_weights_and_updates(network):
    model = network.make()
    batches = iter([(network.X, network.Y)] * 2)
    history = model.fit(batches, steps_per_epoch=2, record=RunRecorder(snapshots=True), verbose=0)
    kinds = {found.kind for found in Run(history.run).histograms()}
    assert kinds == {"weights", "updates"}


class Broken(Layer):
    """Works in training alone."""

    def build(self, input_shape):
        return input_shape

    def forward(self, weights, state, X, context):
        if not context.training:
            raise RuntimeError("no use")
        return X, None, state

    def backward(self, dY, cache):
        return dY, {}


def test_a_layer_that_fails_in_use_ends_no_run(network):
    model = Sequential([Dense(2, input_dim=2), Broken(), Dense(1)], seed=1)
    model.compile("sgd", "mse")
    run = Run(model.fit(network.X, network.Y, record=RunRecorder(snapshots=True), **QUIET).run)
    assert run.status == "finished" and run.histograms("weights") and not run.histograms("activations")


# The budget -----------------------------------------------------------------------------------------------------------


class Listening:
    """A recorder that notes at which steps there were histograms, and may be held up."""

    def __init__(self):
        self.steps, self.notes, self.charged = [], {}, 0.0
        self.go_on = threading.Event()
        self.go_on.set()

    def histogram(self, step, name, kind, counts, edges, **statistics):
        assert self.go_on.wait(60)
        if step not in self.steps:
            self.steps.append(step)

    def note(self, key, value):
        self.notes[key] = value

    def charge(self, seconds):
        self.charged += seconds


@pytest.fixture
def taking(network, monkeypatch):
    """Return snapshots of a small network with a clock that is set by hand."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(snapshots.time, "perf_counter", lambda: clock.now)
    model = network.make()
    model.fit(network.X, network.Y, **QUIET)

    def make(always=False):
        recorder = Listening()
        return Snapshots(model, recorder, None, always), recorder, clock, model

    return make


def test_auto_keeps_to_its_share(taking):
    taken, recorder, clock, model = taking()
    taken._cost = 0.04  # within the allowance of 0.05 s, once
    taken.begin()
    taken.wait()
    assert taken.taken == 1
    taken._cost = taken._spent = 0.04
    model.optimizer.iterations += 1
    taken.after_epoch()
    assert (taken.taken, taken.skipped) == (1, 1)
    clock.now += 24.1  # half a percent is 0.1205 s: enough for this one, and one more at the end
    taken.after_epoch()
    assert (taken.taken, taken.skipped) == (2, 1)
    taken.close()
    assert recorder.notes["snapshots"]["taken"] == 2


def test_a_snapshot_in_the_making_is_not_waited_for(taking):
    taken, recorder, _, model = taking()
    recorder.go_on.clear()
    taken.begin()
    model.optimizer.iterations += 1
    taken.after_epoch()
    assert (taken.taken, taken.skipped) == (1, 1)
    recorder.go_on.set()
    taken.close()


def test_without_a_budget_every_one_is_taken(taking):
    taken, _, _, model = taking(always=True)
    taken._cost = 1e9
    taken.begin()
    for _ in range(4):
        model.optimizer.iterations += 1
        taken.after_epoch()
    taken.close()
    assert taken.taken == 4 and taken.skipped == 0  # before, and after the first, second and fourth


def test_a_shared_layer_and_a_model_within_a_model(network):
    inner = Sequential([Dense(3, input_dim=2, activation="tanh")], name="inner", seed=1)
    x = Input(shape=(2,))
    model = Model(x, Dense(1)(Add()([inner(x), inner(x)])), seed=1)
    model.compile("sgd", "mse")
    run = Run(model.fit(network.X, network.Y, record=RunRecorder(snapshots=True), **QUIET).run)
    assert "inner/dense/kernel" in {found.name for found in run.histograms("gradients")}
