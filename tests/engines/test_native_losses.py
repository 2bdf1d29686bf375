"""Every loss' native kernel beside the reference's `Objective`: totals, each loss, and the gradient it begins with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule import losses
from chainrule.engines import core as native_core
from chainrule.engines.lowering import Extras
from chainrule.engines.native import Ended, Native
from chainrule.ops import OPERATIONS
from chainrule.program import Program
from chainrule.training.objective import Objective

KNOWN = set(native_core.load().losses())
#: A loss of no user's: it sends any gradient through a network (`OneOperation`).
FOR_TESTS = {"inner_product"}
VARIANTS = {
    "mean_squared_error": (losses.MeanSquaredError, {}),
    "sum_of_squares": (losses.SumOfSquares, {}),
    "sum_of_squares, whole": (losses.SumOfSquares, {"half": False}),
    "mean_absolute_error": (losses.MeanAbsoluteError, {}),
    "huber": (losses.Huber, {}),
    "huber, narrow": (losses.Huber, {"delta": 0.3}),
    "log_cosh": (losses.LogCosh, {}),
    "poisson": (losses.Poisson, {}),
    "quantile": (losses.Quantile, {}),
    "quantile, high": (losses.Quantile, {"quantile": 0.9}),
    "hinge": (losses.Hinge, {}),
    "squared_hinge": (losses.SquaredHinge, {}),
    "kl_divergence": (losses.KLDivergence, {}),
    "binary_crossentropy": (losses.BinaryCrossentropy, {}),
    "binary_crossentropy, smoothed": (losses.BinaryCrossentropy, {"label_smoothing": 0.1}),
    "binary_crossentropy_logits": (losses.BinaryCrossentropy, {"from_logits": True}),
    "binary_crossentropy_logits, smoothed": (
        losses.BinaryCrossentropy,
        {"from_logits": True, "label_smoothing": 0.2},
    ),
    "categorical_crossentropy": (losses.CategoricalCrossentropy, {}),
    "categorical_crossentropy, smoothed": (losses.CategoricalCrossentropy, {"label_smoothing": 0.1}),
    "categorical_crossentropy_logits": (losses.CategoricalCrossentropy, {"from_logits": True}),
    "categorical_crossentropy_logits, smoothed": (
        losses.CategoricalCrossentropy,
        {"from_logits": True, "label_smoothing": 0.2},
    ),
    "sparse_categorical_crossentropy": (losses.SparseCategoricalCrossentropy, {}),
    "sparse_categorical_crossentropy_logits": (losses.SparseCategoricalCrossentropy, {"from_logits": True}),
}
REDUCTIONS = ("sum_over_batch_size", "sum", "mean_with_sample_weight")
#: Shapes of predictions: widths of 1, 3 and 17, one row and many, and several losses a row.
SHAPES = [(1, 1), (5, 1), (1, 3), (6, 3), (67, 3), (7, 17), (131, 17), (5, 4, 3), (3, 2, 5, 1)]
FACTOR = 0.7


def test_every_loss_has_a_kernel():
    expected = {name for name, operation in OPERATIONS.items() if operation.family == "loss"}
    assert expected == KNOWN - FOR_TESTS
    assert {name.partition(",")[0] for name in VARIANTS} == expected
    for name, (kind, options) in VARIANTS.items():
        assert kind(**options).operation.name == name.partition(",")[0]


def predictions(name: str, shape, rng: np.random.Generator) -> np.ndarray:
    """Return predictions such as a loss expects, away from its kinks only by chance."""
    if "logits" in name:
        return rng.normal(scale=5, size=shape)
    if "crossentropy" in name or name == "kl_divergence":
        P = rng.uniform(0.01, 1, size=shape)
        return P / P.sum(axis=-1, keepdims=True) if shape[-1] > 1 else P
    return rng.uniform(0.1, 4, size=shape) if name == "poisson" else rng.normal(size=shape)


def targets(name: str, shape, rng: np.random.Generator) -> np.ndarray:
    """Return targets that a loss can learn."""
    width = shape[-1]
    if name.startswith("sparse"):
        return rng.integers(0, width, size=shape[:-1])
    if name.startswith("categorical"):
        return np.eye(width)[rng.integers(0, width, size=shape[:-1])]
    if name == "kl_divergence":
        return predictions(name, shape, rng)
    if name.startswith("binary"):
        return rng.integers(0, 2, size=shape).astype(float)
    if "hinge" in name:
        return rng.choice([-1.0, 1.0], size=shape)
    return rng.poisson(2, size=shape).astype(float) if name == "poisson" else rng.normal(size=shape)


def weights(shape, rng: np.random.Generator) -> dict[str, np.ndarray | None]:
    """Return sample weights of every kind."""
    rows = rng.uniform(0, 2, size=shape[0])
    some = np.where(np.arange(shape[0]) % 2, rows, 0.0)
    kinds = {"none": None, "rows": rows, "some 0": some, "all 0": np.zeros(shape[0])}
    return kinds | ({"each": rng.uniform(0, 2, size=shape[:-1])} if len(shape) > 2 else {})


class LossAlone:
    """A network without a step, whose input is what a loss reads."""

    def __init__(self, loss, shape, dtype: str):
        self.dtype = dtype
        program = Program(training=True)
        program.inputs = program.outputs = [program.slot((None, *shape[1:]))]
        self.objective = Objective(program, [loss], [FACTOR], [])
        terms = [(number, *term) for number, term in enumerate(self.objective.terms)]
        extras = Extras(wanted=[0], terms=terms)
        self.native = Native(native_core.load(), program, [False], dtype, extras, training=True)
        self.native.bind()

    def run(self, P, T, W) -> tuple[Ended, np.ndarray]:
        """Return what the core says, and the gradient of P."""
        dP = np.full_like(P, np.nan)
        ended = self.native.network.gradients(
            inputs=[P], targets=[T], weights=[W], seed=0, step=0, commit=False, outputs=[], input_gradients=[dP]
        )
        return Ended(*ended), dP

    def hold_against_reference(self, P, T, W, close, what: str) -> np.ndarray:
        """Compare total, loss and gradient of both engines; return the gradient."""
        ended, dP = self.run(P, T, W)
        expected = self.objective.measure([P], [T], [W])
        close(np.array(ended.total), np.array(expected.total), self.dtype, f"total, {what}")
        value = ended.losses[0] / ended.counts[0] if ended.counts[0] else ended.losses[0]
        close(np.array(value), np.array(expected.losses[0]), self.dtype, f"loss, {what}")
        close(dP, expected.gradients[0], self.dtype, f"gradient, {what}")
        return dP


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_loss(variant, reduction, dtype, close):
    kind, options = VARIANTS[variant]
    name, rng = variant.partition(",")[0], np.random.default_rng(8)
    for shape in SHAPES:
        loss = kind(**options, reduction=reduction)
        alone = LossAlone(loss, shape, dtype)
        P = predictions(name, shape, rng).astype(dtype)
        T = loss.targets(targets(name, shape, rng), shape, np.dtype(dtype))
        for kind_of_weights, W in weights(shape, rng).items():
            W = None if W is None else W.astype(dtype)
            dP = alone.hold_against_reference(P, T, W, close, f"{shape}, weights: {kind_of_weights}")
            assert kind_of_weights in ("some 0", "all 0") or shape[-1] == 1 or np.any(dP)
            assert kind_of_weights != "all 0" or not np.any(dP)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_extreme_predictions(variant, dtype, close):
    """Probabilities of exactly 0 and 1, logits at which e^z overflows, errors of 0 and very large ones."""
    kind, options = VARIANTS[variant]
    name, rng, loss = variant.partition(",")[0], np.random.default_rng(9), kind(**options)
    values = [0.0, 1.0, 1e-9, 1 - 1e-9, 0.5, 1e-7, 1 - 1e-7]
    if "logits" in name or ("crossentropy" not in name and name not in ("kl_divergence", "poisson")):
        values = [0.0, 1.0, -1.0, 40.0, -40.0, 120.0, -120.0, 1000.0, -1000.0, 1e-30]
    for width in (3, 17):
        P = np.array([values[k] for k in rng.integers(0, len(values), size=40 * width)], dtype).reshape(40, width)
        if "categorical" in name and "logits" not in name:
            P[:, 0] += P.sum(axis=1) == 0
        T = loss.targets(targets(name, P.shape, rng), P.shape, np.dtype(dtype))
        LossAlone(loss, P.shape, dtype).hold_against_reference(P, T, None, close, str(width))


@pytest.mark.parametrize("variant", VARIANTS)
def test_nan_is_not_lost(variant):
    kind, options = VARIANTS[variant]
    name, rng, loss = variant.partition(",")[0], np.random.default_rng(10), kind(**options)
    for dtype, row in itertools.product(["float32", "float64"], [0, 4, 36]):
        P = predictions(name, (37, 3), rng).astype(dtype)
        P[row, 1] = np.nan
        T = loss.targets(targets(name, P.shape, rng) if "sparse" not in name else np.ones(37), P.shape, P.dtype)
        ended, _ = LossAlone(loss, P.shape, dtype).run(P, T, None)
        assert np.isnan(ended.total), (dtype, row)
