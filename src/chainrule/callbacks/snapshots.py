"""Snapshots of a network while it trains: how weights, gradients, activations and updates are spread, layer by layer.

The training thread only copies the weights. Another thread runs the network as it is in use (no dropout, running
statistics) on a few fixed rows, on the reference engine, forward and backward with those copies.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from chainrule.callbacks.histograms import histogram
from chainrule.engines.reference import Reference

#: A snapshot looks at so many rows, fewer where the network is large, but some.
PROBE_ROWS, LEAST_ROWS = 256, 16
#: So many numbers, in weights and activations times rows, are to be looked at.
PROBE_NUMBERS = 2**23
#: What snapshots may cost: this share of the time trained so far, or as much as nobody notices.
SHARE, ALLOWANCE = 0.005, 0.05
#: What looking at a number is taken to cost before there is a snapshot to go by, in seconds.
SECONDS_A_NUMBER = 2e-8


class Snapshots:
    """Takes snapshots of one fit and hands the histograms to a recorder.

    Parameters
    ----------
    model : Model
        Prepared for training.
    recorder : chainrule.runs.Recorder
    source : ArraySource, StreamSource or None
        Where the probe's rows come from. Batches that come one by one are not asked for one more, since that might
        change those that follow: then there are weights and updates alone.
    always : bool
        Take every one, whatever it costs.

    Attributes
    ----------
    taken, skipped : int
        How many snapshots there are, and how many were left out: for the budget, or since one was being computed.
    """

    def __init__(self, model: Any, recorder: Any, source: Any, always: bool):
        self.model, self.recorder, self.always = model, recorder, always
        self.taken = self.skipped = self._epochs = 0
        self._next = 1
        self._began = time.perf_counter()
        self._spent = 0.0
        self._thread: threading.Thread | None = None
        self._network = Network(model, source)
        self._cost = self._network.numbers * SECONDS_A_NUMBER
        self._before: tuple[int, list[np.ndarray]] | None = None

    def begin(self) -> None:
        """Take the snapshot from before training."""
        self._take(reserve=0)

    def after_epoch(self) -> None:
        """Take one after the first, second, fourth, … epoch."""
        self._epochs += 1
        if self._epochs == self._next:
            self._next *= 2
            self._take(reserve=1)

    def end(self) -> None:
        """Take the last one, unless the weights are those of the one before."""
        self.wait()
        if self._before is None or self._before[0] != self.model.optimizer.iterations:
            self._take(reserve=0)

    def wait(self) -> None:
        """Wait for the snapshot that is being computed."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Wait for the last one, and record how many there are and what they cost."""
        self.wait()
        about = {"taken": self.taken, "skipped": self.skipped, "seconds": round(self._spent, 6)}
        self.recorder.note("snapshots", about)

    def _take(self, reserve: int) -> None:
        """Copy the weights and have them looked at, if the budget allows for it and for `reserve` more."""
        busy = self._thread is not None and self._thread.is_alive()
        trained = time.perf_counter() - self._began
        affordable = self._spent + (1 + reserve) * self._cost <= max(ALLOWANCE, SHARE * trained)
        if not self.always and (busy or not affordable):
            self.skipped += 1
            return
        self.wait()
        began, step = time.perf_counter(), self.model.optimizer.iterations
        weights = self._network.copy()
        self._spend(time.perf_counter() - began)
        self.taken += 1
        # A daemon: a program that is ended by force needn't wait for it.
        self._thread = threading.Thread(target=self._compute, args=(step, weights), name="snapshot", daemon=True)
        self._thread.start()

    def _compute(self, step: int, weights: list[np.ndarray]) -> None:
        began = time.perf_counter()
        try:
            self._record(step, weights)
        except Exception as error:
            # A user's own layer may fail in use; a picture of the run that can't be had must not end the run.
            self.recorder.note("snapshot_failed", f"step {step}: {type(error).__name__}: {error}")
        self._cost = time.perf_counter() - began
        self._spend(self._cost)

    def _spend(self, seconds: float) -> None:
        self._spent += seconds
        self.recorder.charge(seconds)

    def _record(self, step: int, weights: list[np.ndarray]) -> None:
        network, before = self._network, self._before
        self._before = step, weights
        for kind, name, A in network.look(weights):
            self._one(step, kind, name, A)
        if before is not None and step > before[0]:
            for name, place in network.trained:
                moved = (weights[place] - before[1][place]) / (step - before[0])
                self._one(step, "updates", name, moved)

    def _one(self, step: int, kind: str, name: str, A: np.ndarray) -> None:
        found = histogram(A)
        if found is not None:
            counts, edges, *statistics = found
            names = found._fields[2:]
            self.recorder.histogram(step, name, kind, counts, edges, **dict(zip(names, statistics, strict=True)))


class Network:
    """The network in use, as a program of its own that is given its weights, and the rows that it is shown.

    Attributes
    ----------
    trained : list of (str, int)
        Name of each weight that is trained, and its place among all of the program's.
    numbers : int
        How many a snapshot looks at: all weights and all activations.
    """

    def __init__(self, model: Any, source: Any):
        from chainrule.training.objective import Objective

        program, compilation = model.trace(training=False), model.compilation
        place = {id(weight): number for number, weight in enumerate(program.weights)}
        named = [(name, weight) for name, weight in model.named_weights(trainable_only=True) if id(weight) in place]
        self.weights, self.dtype = program.weights, model.dtype
        self.trained = [(name, place[id(weight)]) for name, weight in named]
        self.penalized = {name: weight.regularizer for name, weight in named if weight.regularizer is not None}
        self.layers = {step.layer: step.output for step in program.steps}
        self.differentiable = all(step.operation.backward is not None for step in program.steps)
        slots = program.slot_of_weight()
        self.engine = Reference(program, [slots[id(weight)] for _, weight in named])
        self.slots = {name: slots[id(weight)] for name, weight in named}
        self.objective = Objective(program, compilation.losses, compilation.loss_weights, [])
        sizes = sum(weight.size for weight in program.weights)
        a_row = sum(int(np.prod([size or 1 for size in program.shapes[slot][1:]])) for slot in self.layers.values())
        self.probe = _probe(source, max(LEAST_ROWS, min(PROBE_ROWS, PROBE_NUMBERS // (sizes + a_row))))
        self.numbers = sizes + (self.probe.size * a_row + sizes if self.probe is not None else 0)

    def copy(self) -> list[np.ndarray]:
        """Return copies of all weights, running statistics included."""
        return [weight.value.copy() for weight in self.weights]

    def look(self, weights: list[np.ndarray]):
        """Yield (kind, name, numbers) of weights, activations and gradients."""
        for name, number in self.trained:
            yield "weights", name, weights[number]
        if self.probe is None:
            return
        with np.errstate(all="ignore"):
            run = self.engine.forward(self.probe.inputs, weights=weights)
            for layer, slot in self.layers.items():
                if run.values[slot].dtype.kind == "f":
                    yield "activations", layer, run.values[slot]
            if not self.differentiable:
                return
            measured = self.objective.measure(run.values, self.probe.targets, self.probe.weights)
            G = self.engine.backward(run, measured.gradients)
        for name, number in self.trained:
            gradient = G[self.slots[name]]
            gradient = np.zeros_like(weights[number]) if gradient is None else gradient
            if name in self.penalized:
                gradient = gradient + self.penalized[name].gradient(weights[number])
            yield "gradients", name, gradient


def _probe(source: Any, most: int) -> Any:
    """Return rows that lie evenly over a source, as a batch; None where they can't be had without reading a stream."""
    if source is None or not hasattr(source, "inputs"):
        return None
    n = source.n_rows
    rows = np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)
    if source.rows is not None:
        rows = source.rows[rows]
    return source.batch(rows, len(rows), False)
