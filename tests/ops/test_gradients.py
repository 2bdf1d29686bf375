"""The test of everything: each operation's gradient, for every array, beside a numeric one; and what every operation
promises.

It walks `OPERATIONS`, so an operation that is not there fails `test_every_forward_is_registered`.
"""

import importlib
import pkgutil

import numpy as np
import pytest

import chainrule.ops
from chainrule.checks.numeric import check_operation, gradients_of, run_forward
from chainrule.ops import OPERATIONS
from chainrule.ops.registry import Operation, Sample

CASES = [
    pytest.param(operation, sample, id=f"{name}-{number}")
    for name, operation in sorted(OPERATIONS.items())
    for number, sample in enumerate(operation.samples(np.random.default_rng(7)))
]
WITH_GRADIENT = [case for case in CASES if case.values[0].backward is not None]


def same(A, B):
    """Tell whether two results are equal to the bit, None included."""
    return (A is None and B is None) or np.array_equal(np.asarray(A), np.asarray(B))


@pytest.mark.parametrize(("operation", "sample"), WITH_GRADIENT)
def test_gradient_equals_the_numeric_one(operation, sample):
    results = check_operation(operation, sample, np.random.default_rng(11))
    assert results, "an operation with a backward has a gradient for at least one array"
    for result in results:
        assert result.passed, result


@pytest.mark.parametrize(("operation", "sample"), WITH_GRADIENT)
def test_backward_twice_gives_the_same_bits(operation, sample):
    Y, cache = run_forward(operation, sample)
    dY = np.random.default_rng(3).normal(size=np.shape(Y))
    first = [None if G is None else np.array(G) for G in gradients_of(operation, dY, cache)]
    again = gradients_of(operation, dY, cache)
    assert all(same(A, B) for A, B in zip(first, again, strict=True))


@pytest.mark.parametrize(("operation", "sample"), WITH_GRADIENT)
def test_arrays_are_not_changed_and_may_be_read_only(operation, sample):
    kept = [A.copy() for A in sample.arrays]
    frozen = [A.copy() for A in sample.arrays]
    for A in frozen:
        A.flags.writeable = False
    Y, cache = run_forward(operation, sample, frozen)
    dY = np.random.default_rng(3).normal(size=np.shape(Y))
    dY.flags.writeable = False
    gradients_of(operation, dY, cache)
    assert all(np.array_equal(A, B) for A, B in zip(frozen, kept, strict=True))


@pytest.mark.parametrize(("operation", "sample"), WITH_GRADIENT)
def test_memory_layout_does_not_matter(operation, sample):
    def strided(A):
        wide = np.zeros((*A.shape[:-1], 2 * A.shape[-1]), A.dtype)
        wide[..., ::2] = A
        return wide[..., ::2]

    Y, cache = run_forward(operation, sample)
    dY = np.random.default_rng(3).normal(size=np.shape(Y))
    expected = gradients_of(operation, dY, cache)
    for change in (np.asfortranarray, strided):
        Y2, cache2 = run_forward(operation, sample, [change(A) for A in sample.arrays])
        np.testing.assert_allclose(Y2, Y, rtol=1e-13, atol=1e-14)
        for A, B in zip(gradients_of(operation, dY, cache2), expected, strict=True):
            if B is not None:
                np.testing.assert_allclose(A, B, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_float32_stays_float32(operation, sample):
    arrays = [A.astype(np.float32) if A.dtype.kind == "f" else A for A in sample.arrays]
    Y, cache = run_forward(operation, sample, arrays)
    assert np.asarray(Y).dtype == np.float32
    if operation.backward is not None:
        dY = np.random.default_rng(3).normal(size=np.shape(Y)).astype(np.float32)
        assert all(G is None or np.asarray(G).dtype == np.float32 for G in gradients_of(operation, dY, cache))


@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_output_shape_is_what_it_says(operation, sample):
    options = {name: value for name, value in sample.options.items() if name != "random"}
    Y, _ = run_forward(operation, sample)
    said = operation.output_shape(*(A.shape for A in sample.arrays), **options)
    assert tuple(said) == np.shape(Y)


@pytest.mark.parametrize(("operation", "sample"), WITH_GRADIENT)
def test_each_gradient_has_the_shape_of_its_array(operation, sample):
    Y, cache = run_forward(operation, sample)
    found = gradients_of(operation, np.ones(np.shape(Y)), cache)
    for A, G in zip(sample.arrays, found, strict=False):
        assert G is None or np.shape(G) == A.shape


def test_every_forward_is_registered():
    registered = {operation.forward for operation in OPERATIONS.values()}
    found = []
    for module in pkgutil.walk_packages(chainrule.ops.__path__, "chainrule.ops."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.endswith("_forward") and callable(value) and value.__module__ == module.name:
                found.append((name, value))
    assert len(found) > 50
    assert [name for name, value in found if value not in registered] == []


def test_an_operation_without_gradient_says_why():
    without = {name for name, operation in OPERATIONS.items() if operation.backward is None}
    assert without == {"binary_step"}
    assert all(OPERATIONS[name].why_no_gradient.endswith(".") for name in without)


def test_every_operation_has_formulas_and_samples():
    for operation in OPERATIONS.values():
        assert operation.formula and operation.gradient
        assert list(operation.samples(np.random.default_rng(0)))


@pytest.mark.parametrize("spoil", [lambda G: -G, lambda G: 0 * G, lambda G: 2 * G, lambda G: G + 1e-3])
def test_a_wrong_gradient_is_caught(spoil):
    right = OPERATIONS["tanh"]
    wrong = Operation(
        name="wrong",
        forward=right.forward,
        backward=lambda dY, cache: spoil(right.backward(dY, cache)),
        formula="f",
        gradient="g",
        samples=right.samples,
    )
    sample = Sample((np.random.default_rng(0).normal(size=(3, 2)),))
    assert not check_operation(wrong, sample, np.random.default_rng(1))[0].passed
    assert check_operation(right, sample, np.random.default_rng(1))[0].passed
