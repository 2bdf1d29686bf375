"""What the tests of the native engine share: one operation alone in the core, a model on both engines.

Where there is no core there are no such tests: they are not collected.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.checks.numeric import gradients_of
from chainrule.engines import core as native_core
from chainrule.engines.lowering import Extras, lower
from chainrule.engines.native import Ended
from chainrule.ops.registry import Operation
from chainrule.program import Program, Step
from chainrule.random import Stream

collect_ignore_glob = [] if native_core.load() is not None else ["test_native_*.py"]

#: Operations whose arrays all have the batch's rows; of the others only the first one has.
MERGES = {"add", "average", "concatenate", "maximum", "multiply", "subtract"}
SEED, STEP = 5, 3

#: What native and reference numbers may differ by, where they are numbers of one step.
ONE_STEP = {"float64": {"rtol": 1e-12, "atol": 1e-12}, "float32": {"rtol": 1.3e-6, "atol": 1e-5}}


def assert_close(found, expected, dtype: str, what: str = "", scaled: bool = True) -> None:
    """Hold numbers of the native engine against the reference's.

    Sums of large numbers of both signs round by as much as those: the absolute part grows with the largest number,
    unless `scaled` is False.
    """
    limits = dict(ONE_STEP[dtype])
    if scaled:
        limits["atol"] = max(limits["atol"], limits["rtol"] * np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(found, expected, **limits, err_msg=what)


class OneOperation:
    """An operation alone in a native program, and the same on the reference engine.

    Attributes
    ----------
    arrays : list of ndarray
        The first `n_rows_arrays` have the batch's rows, the others are the operation's weights.
    wanted : list of int
        The positions of the arrays whose gradient is asked for.
    """

    def __init__(self, operation: Operation, arrays, options, dtype: str, training: bool = True):
        self.operation, self.dtype = operation, dtype
        self.options = {name: value for name, value in options.items() if name != "random"}
        self.arrays = [np.array(A, dtype if A.dtype.kind == "f" else np.int64, order="C") for A in arrays]
        self.n_row_arrays = len(arrays) if operation.name in MERGES else 1
        whole = [A.dtype == np.int64 for A in self.arrays[: self.n_row_arrays]]
        fixed = range(len(arrays) - 2, len(arrays)) if "normalise" in operation.name and len(arrays) == 5 else ()
        fixed = (1, 2) if "standardise" in operation.name else fixed
        self.wanted = [k for k, A in enumerate(self.arrays) if A.dtype.kind == "f" and k not in fixed]
        program = self._program(training)
        self.output = program.outputs[0]
        lowered = lower(program, whole, Extras(wanted=self.wanted), training)
        terms = [("inner_product", {}, self.output.index, 1.0, "sum")] if training else []
        core = native_core.load()
        assert core is not None
        kind = core.Network64 if dtype == "float64" else core.Network32
        self.network = kind(*lowered[:7], terms, [])
        self.gradients = [np.full_like(A, np.nan) if k in self.wanted else None for k, A in enumerate(self.arrays)]
        self.network.bind(self.arrays[self.n_row_arrays :], self.gradients[self.n_row_arrays :])

    def _program(self, training: bool) -> Program:
        program, n = Program(training), self.n_row_arrays
        program.inputs = [program.slot((None, *A.shape[1:])) for A in self.arrays[:n]]
        program.weights = [SimpleNamespace(value=A) for A in self.arrays[n:]]
        places = [*program.inputs, *(program.slot(A.shape) for A in self.arrays[n:])]
        shape = self.operation.output_shape(*(place.shape for place in places), **self.options)
        program.outputs = [program.slot(shape)]
        stream = 0 if self.operation.random else None
        slots = [place.index for place in places]
        step = Step(self.operation, slots, program.outputs[0].index, self.options, "layer", stream=stream)
        program.steps.append(step)
        return program

    def run(self, dY: np.ndarray, commit: bool = False) -> tuple[np.ndarray, list, float]:
        """Return the output, the gradients (copies) and Σ Y · dY on the native engine."""
        n, rows = self.n_row_arrays, len(self.arrays[0])
        Y = np.full((rows, *self.output.shape[1:]), np.nan, self.dtype)
        ended = self.network.gradients(
            inputs=self.arrays[:n],
            targets=[dY],
            weights=[None],
            seed=SEED,
            step=STEP,
            commit=commit,
            outputs=[Y],
            input_gradients=self.gradients[:n],
        )
        return Y, [None if G is None else G.copy() for G in self.gradients], Ended(*ended).total

    def use(self) -> np.ndarray:
        """Return the output of a network in use on the native engine."""
        n, rows = self.n_row_arrays, len(self.arrays[0])
        Y = np.full((rows, *self.output.shape[1:]), np.nan, self.dtype)
        data = {"inputs": self.arrays[:n], "targets": [], "weights": [], "order": None, "first": 0, "rows": rows}
        self.network.measure(**data, batch_size=rows, seconds=1e9, outputs=[Y])
        return Y

    def reference(self, dY: np.ndarray) -> tuple[np.ndarray, list, list]:
        """Return the output, the gradients and new running statistics on the reference engine."""
        options = dict(self.options)
        if self.operation.random:
            options["random"] = Stream(SEED, "noise", 0, STEP)
        Y, cache, *state = self.operation.forward(*self.arrays, **options)
        return Y, list(gradients_of(self.operation, dY, cache))[: len(self.arrays)], state[0] if state else []

    def upstream(self, rng: np.random.Generator) -> np.ndarray:
        """Return a random gradient of the output."""
        return rng.normal(size=(len(self.arrays[0]), *self.output.shape[1:])).astype(self.dtype)


@pytest.fixture
def one_operation():
    """Return the class `OneOperation`."""
    return OneOperation


@pytest.fixture
def close():
    """Return `assert_close`."""
    return assert_close


class Trained:
    """A model trained on the reference engine, and the same one trained on the native engine.

    Parameters
    ----------
    make : callable
        `make(dtype)` returns a new model with a seed.
    compile_with : callable
        Returns the arguments of `compile`, with an optimizer of their own each time.
    """

    def __init__(self, make, compile_with, dtype: str):
        self.dtype, self.models, self.histories = dtype, [], []
        for engine in ("reference", "native"):
            model = make(dtype)
            model.compile(**compile_with(), engine=engine)
            self.models.append(model)

    def fit(self, *data, **options) -> Trained:
        """Train both."""
        options = {"verbose": 0, **options}
        self.histories = [model.fit(*data, **options).history for model in self.models]
        assert [model.engine.name for model in self.models] == ["reference", "native"]
        return self

    def hold_together(self, rtol: float, atol: float) -> None:
        """Compare weights, the optimizer's state and the history."""
        limits = {"rtol": rtol, "atol": atol}
        reference, native = self.models
        for (name, expected), (_, found) in zip(reference.named_weights(), native.named_weights(), strict=True):
            assert found.value.dtype == self.dtype
            np.testing.assert_allclose(found.value, expected.value, **limits, err_msg=name)
        expected, found = reference.optimizer.get_state(), native.optimizer.get_state()
        assert expected.keys() == found.keys()
        for name, array in expected.items():
            np.testing.assert_allclose(found[name], array, **limits, err_msg=f"optimizer: {name}")
        expected, found = self.histories
        assert expected.keys() == found.keys()
        for name, series in expected.items():
            np.testing.assert_allclose(found[name], series, **limits, err_msg=f"history: {name}")


@pytest.fixture
def hold_training():
    """Return a function that trains on both engines: one step in both dtypes, and ten epochs in float64."""

    def hold(make, compile_with, *data, batch_size=16, **options):
        for dtype, limits in ONE_STEP.items():
            one = Trained(make, compile_with, dtype)
            one.fit(*data, batch_size=batch_size, steps_per_epoch=1, **options).hold_together(**limits)
        trained = Trained(make, compile_with, "float64")
        trained.fit(*data, batch_size=batch_size, epochs=10, **options).hold_together(rtol=1e-9, atol=1e-9)
        return trained

    return hold
