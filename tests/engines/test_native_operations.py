"""Every operation's native kernel beside the reference: output and gradients, both dtypes, ordinary and odd shapes."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.checks.numeric import ABSOLUTE, RELATIVE, STEP, compare
from chainrule.engines import core as native_core
from chainrule.ops import OPERATIONS
from chainrule.ops.registry import Sample

#: The regularizers' kernels are no steps of a program: they stand in src/native/optimizers.
WITHOUT_KERNEL = {"l1_penalty", "l2_penalty", "l1_l2_penalty"}
KNOWN = set(native_core.load().operations())
LAYERS = {name: operation for name, operation in OPERATIONS.items() if operation.family != "loss"}
CASES = [
    pytest.param(operation, sample, id=f"{name}-{number}")
    for name, operation in sorted(LAYERS.items())
    if name in KNOWN and operation.backward is not None
    for number, sample in enumerate(operation.samples(np.random.default_rng(7)))
]
DTYPES = ["float32", "float64"]
#: What takes images and changes each by a draw of its own.
AUGMENTATIONS = {"random_affine", "random_contrast", "random_crop", "random_flip"}

#: Rows and columns: one of each, primes, a vector and one more, more rows than any kernel takes at once.
SHAPES = [(1, 1), (1, 7), (13, 1), (2, 2), (7, 13), (3, 16), (17, 33), (67, 3), (5, 131), (521, 2), (149, 61)]


def test_every_operation_but_the_penalties_has_a_kernel():
    assert LAYERS.keys() - KNOWN == WITHOUT_KERNEL
    assert LAYERS.keys() >= KNOWN


def test_every_operation_is_tried_in_odd_shapes():
    tried = {name for name, operation in LAYERS.items() if operation.backward is not None} - WITHOUT_KERNEL
    assert tried == {case.values[0].name for case in CASES}


def odd_arrays(name: str, rows: int, width: int, rng: np.random.Generator):
    """Return arrays of that many rows and columns for an operation."""
    X = rng.normal(scale=2, size=(rows, width))
    a, b, c = rng.normal(size=(3, width))
    if name in AUGMENTATIONS:
        return (rng.normal(size=(rows, width % 7 + 1, width % 5 + 1, width % 4 + 1)),)
    if name == "dense":
        return X, rng.normal(size=(width, rows % 29 + 1)), rng.normal(size=rows % 29 + 1)
    if name == "embedding":
        return rng.integers(0, 11, size=(rows, width)), rng.normal(size=(11, rows % 37 + 1))
    if name == "prelu":
        return X, a
    if name in ("standardise", "unstandardise"):
        return X, a, np.abs(b) + 0.5
    if name == "rms_normalise":
        return X, a
    if name in ("layer_normalise", "group_normalise"):
        return X, a, b
    if name in ("batch_normalise", "affine_normalise"):
        return X, a, b, c, rng.uniform(0.5, 2, size=width)
    if name == "subtract":
        return X, rng.normal(size=(rows, width))
    if name in ("add", "average", "multiply", "maximum"):
        return X, rng.normal(size=(rows, width)), rng.normal(size=(rows, 1))
    if name == "concatenate":
        return X, rng.normal(size=(rows, 1)), rng.normal(size=(rows, 2 * width))
    return (X,)


def odd_images(sample: Sample, rows: int, width: int, dtype: str, rng: np.random.Generator):
    """Return a sample's arrays with other images, a little larger; channels and weights go with each other.

    Of many rows fewer are taken: each place of an image is a term of a sum, as a row is elsewhere, and long sums of
    float32 differ by more than one step may, since the reference adds them up one by one.
    """
    (_, H, W, C), weights = sample.arrays[0].shape, sample.arrays[1:]
    rows = rows % 89 if dtype == "float64" else min(rows, 5)
    return rng.normal(size=(rows, H + rows % 4, W + width % 3, C)), *weights


def odd_options(name: str, width: int, sample: Sample):
    """Return the options of a sample, in which a list has as many numbers as there are columns."""
    if name == "reshape":
        return {"shape": (1, width, 1)}
    if name == "random_crop":
        return {"height": width % 7 // 2 + 1, "width": width % 5 // 2 + 1}
    if name == "group_normalise":
        return {"groups": max(n for n in (1, 3, 7, 11) if width % n == 0)}
    if "axis" in sample.options:
        return {**sample.options, "axis": -1}
    return {key: np.resize(value, width) if isinstance(value, list) else value for key, value in sample.options.items()}


def hold_against_reference(one, close):
    """Compare output, gradients and running statistics of both engines."""
    dY = one.upstream(np.random.default_rng(11))
    Y, gradients, total = one.run(dY)
    expected, expected_gradients, _ = one.reference(dY)
    close(Y, expected, one.dtype, "output")
    for position, (found, G) in enumerate(zip(gradients, expected_gradients, strict=True)):
        assert (G is None) == (found is None), position
        if G is not None:
            close(found, G, one.dtype, f"gradient of array {position}")
    size = float(np.abs(expected * dY).sum(dtype=np.float64))
    exact = float((expected.astype(np.float64) * dY).sum())
    assert total == pytest.approx(exact, rel=0, abs=(1e-12 if one.dtype == "float64" else 1e-6) * (1 + size))
    return gradients


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_sample(operation, sample, dtype, one_operation, close):
    one = one_operation(operation, sample.arrays, sample.options, dtype)
    gradients = hold_against_reference(one, close)
    assert one.wanted and all(np.any(gradients[position]) for position in one.wanted), "a gradient is 0"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_odd_shapes(operation, sample, dtype, one_operation, close):
    rng = np.random.default_rng(2)
    for rows, width in SHAPES:
        if "2d" in operation.name:
            arrays = odd_images(sample, rows, width, dtype, rng)
        else:
            arrays = odd_arrays(operation.name, rows, width, rng)
        hold_against_reference(
            one_operation(operation, arrays, odd_options(operation.name, width, sample), dtype), close
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_a_second_run_has_the_same_bits_and_changes_no_array(operation, sample, dtype, one_operation):
    one = one_operation(operation, sample.arrays, sample.options, dtype)
    dY, kept = one.upstream(np.random.default_rng(3)), [A.copy() for A in one.arrays]
    first, again = one.run(dY), one.run(dY)
    assert np.array_equal(first[0], again[0]) and first[2] == again[2]
    for A, B in zip(first[1], again[1], strict=True):
        assert (A is None and B is None) or np.array_equal(A, B)
    assert all(np.array_equal(A, B) for A, B in zip(one.arrays, kept, strict=True))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [2, 7, 67])
def test_running_statistics(rows, dtype, one_operation, close):
    for operation in (operation for operation in LAYERS.values() if operation.n_state):
        arrays = odd_arrays(operation.name, rows, 19, np.random.default_rng(4))
        one = one_operation(operation, arrays, {}, dtype)
        dY = one.upstream(np.random.default_rng(5))
        _, _, state = one.reference(dY)
        one.run(dY, commit=True)
        for found, expected in zip(one.arrays[-operation.n_state :], state, strict=True):
            close(found, expected, dtype)


@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_gradient_equals_the_numeric_one(operation, sample, one_operation):
    one = one_operation(operation, sample.arrays, sample.options, "float64")
    dY = one.upstream(np.random.default_rng(11))
    _, gradients, _ = one.run(dY)
    for position in one.wanted:
        result = compare(position, gradients[position], numeric(one, one.arrays[position], dY))
        assert result.passed, f"{result} (allowed: {ABSOLUTE} + {RELATIVE} · size)"


def numeric(one, X: np.ndarray, dY: np.ndarray) -> np.ndarray:
    """Return the central differences of Σ Y · dY, each taken by two runs of the kernel."""
    G = np.zeros_like(X)
    for index in np.ndindex(*X.shape):
        kept = X[index]
        X[index] = kept + STEP
        ahead = one.run(dY)[2]
        X[index] = kept - STEP
        behind = one.run(dY)[2]
        X[index] = kept
        G[index] = (ahead - behind) / (2 * STEP)
    return G


# ---- a network in use, and numbers that are hardly ever seen

EXTREMES = [0.0, -0.0, 1e-30, -1e-30, 1e-8, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, 17.0, -17.0, 40.0, -40.0, 88.0, -88.0]
EXTREMES += [104.0, -104.0, 700.0, -700.0, 746.0, -746.0, 1e4, -1e4, 1e30, -1e30, np.inf, -np.inf, np.nan]
USED = [
    pytest.param(operation, sample, id=f"{name}-{number}")
    for name, operation in sorted(LAYERS.items())
    if name in KNOWN and not operation.random and not operation.n_state
    for number, sample in enumerate(operation.samples(np.random.default_rng(7)))
]
ENTRYWISE = [case for case in USED if case.values[0].family == "activation" and "axis" not in case.values[1].options]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), USED)
def test_a_network_in_use(operation, sample, dtype, one_operation, close):
    one = one_operation(operation, sample.arrays, sample.options, dtype, training=False)
    close(one.use(), operation.forward(*one.arrays, **one.options)[0], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), ENTRYWISE)
def test_extreme_numbers(operation, sample, dtype, one_operation, close):
    """Infinities and NaN come out as the reference has them, in any place of a vector."""
    for shift in range(3):
        X = np.resize(np.roll(EXTREMES, shift), (8, 2 * len(EXTREMES) + 1))
        rest = [np.resize(A, X.shape[-1]) for A in sample.arrays[1:]]
        one = one_operation(operation, [X, *rest], sample.options, dtype, training=False)
        with np.errstate(all="ignore"):
            close(one.use(), operation.forward(*one.arrays, **one.options)[0], dtype, scaled=False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("operation", "sample"), [case for case in ENTRYWISE if case.values[0].backward is not None])
def test_gradients_at_large_numbers(operation, sample, dtype, one_operation, close):
    X = np.resize([x for x in EXTREMES if abs(x) <= 1e4], (5, 53))
    one = one_operation(operation, [X, *(np.resize(A, 53) for A in sample.arrays[1:])], sample.options, dtype)
    dY = one.upstream(np.random.default_rng(1))
    with np.errstate(all="ignore"):
        Y, gradients, _ = one.reference(dY)
    found, found_gradients, _ = one.run(dY)
    close(found, Y, dtype, scaled=False)
    close(found_gradients[0], gradients[0], dtype, scaled=False)
