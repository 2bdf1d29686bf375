"""What every operation promises beside its gradient: which arrays have one, shapes with open rows, rows that don't see
each other, running statistics, and random numbers that are passed in.
"""

import inspect

import numpy as np
import pytest

from chainrule.checks.numeric import check_operation, gradients_of, run_forward
from chainrule.errors import GradientError
from chainrule.ops import OPERATIONS
from chainrule.ops.registry import Operation, Sample
from chainrule.random import Stream

CASES = [
    pytest.param(operation, sample, id=f"{name}-{number}")
    for name, operation in sorted(OPERATIONS.items())
    for number, sample in enumerate(operation.samples(np.random.default_rng(7)))
]
#: Arrays without a gradient: whole numbers, statistics, and (for every loss) the targets. All others must have one.
NO_GRADIENT = {
    "affine_normalise": {3, 4},
    "batch_normalise": {3, 4},
    "embedding": {0},
    "standardise": {1, 2},
    "unstandardise": {1, 2},
}
#: Operations whose arrays all have the batch's rows.
MERGES = {"add", "average", "concatenate", "maximum", "multiply", "subtract"}
#: Statistics over the batch, and what is drawn for the batch.
ROWS_SEE_EACH_OTHER = {"batch_normalise"} | {name for name, operation in OPERATIONS.items() if operation.random}


def arrays_with_rows(operation, sample):
    """Return how many of the first arrays have the batch's rows as their first axis."""
    if operation.family == "penalty":
        return 0
    if operation.name in MERGES:
        return len(sample.arrays)
    return 2 if operation.family == "loss" else 1


@pytest.mark.parametrize(("operation", "sample"), [case for case in CASES if case.values[0].backward is not None])
def test_every_array_has_its_gradient_but_the_named_ones(operation, sample):
    Y, cache = run_forward(operation, sample)
    found = gradients_of(operation, np.ones(np.shape(Y)), cache)[: len(sample.arrays)]
    expected = {1} if operation.family == "loss" else NO_GRADIENT.get(operation.name, set())
    assert {position for position, G in enumerate(found) if G is None} == expected


@pytest.mark.parametrize(("operation", "sample"), [case for case in CASES if case.values[0].backward is not None])
def test_the_layout_of_the_upstream_gradient_does_not_matter(operation, sample):
    Y, cache = run_forward(operation, sample)
    dY = np.random.default_rng(3).normal(size=np.shape(Y))
    reversed_twice = dY[::-1].copy()[::-1] if dY.ndim else dY
    for change in (np.asfortranarray(dY), reversed_twice):
        for A, B in zip(gradients_of(operation, change, cache), gradients_of(operation, dY, cache), strict=True):
            assert (A is None) == (B is None)
            if B is not None:
                np.testing.assert_allclose(A, B, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("operation", "sample"), [case for case in CASES if case.values[0].family != "penalty"])
def test_rows_may_be_left_open(operation, sample):
    n = arrays_with_rows(operation, sample)
    shapes = [(None, *A.shape[1:]) if i < n else A.shape for i, A in enumerate(sample.arrays)]
    options = {name: value for name, value in sample.options.items() if name != "random"}
    Y, _ = run_forward(operation, sample)
    assert tuple(operation.output_shape(*shapes, **options)) == (None, *Y.shape[1:])


@pytest.mark.parametrize(
    ("operation", "sample"),
    [case for case in CASES if case.values[0].family != "penalty" and case.values[0].name not in ROWS_SEE_EACH_OTHER],
)
def test_a_row_alone_gives_what_it_gives_in_a_batch(operation, sample):
    n = arrays_with_rows(operation, sample)
    Y, _ = run_forward(operation, sample)
    for row in range(len(Y)):
        arrays = [A[row : row + 1] if i < n else A for i, A in enumerate(sample.arrays)]
        alone, _ = run_forward(operation, sample, arrays)
        np.testing.assert_allclose(alone, Y[row : row + 1], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_running_statistics_keep_shape_and_dtype(dtype):
    with_state = [case.values for case in CASES if case.values[0].n_state]
    assert with_state
    for operation, sample in with_state:
        arrays = [A.astype(dtype) for A in sample.arrays]
        *_, state = operation.forward(*arrays, **sample.options)
        assert len(state) == operation.n_state
        for new, old in zip(state, arrays[-operation.n_state :], strict=True):
            assert new.shape == old.shape and new.dtype == dtype and not np.shares_memory(new, old)


def test_random_numbers_are_passed_in_and_nowhere_else():
    for operation in OPERATIONS.values():
        assert ("random" in inspect.signature(operation.forward).parameters) == operation.random


@pytest.mark.parametrize(("operation", "sample"), [case for case in CASES if case.values[0].random])
def test_the_same_stream_draws_the_same_and_another_step_does_not(operation, sample):
    options = {name: value for name, value in sample.options.items() if name != "random"}

    def draw(step):
        return operation.forward(*sample.arrays, **options, random=Stream(5, "noise", 1, step))[0]

    assert np.array_equal(draw(0), draw(0))
    assert not np.array_equal(draw(0), draw(1))


def with_backward(backward):
    """Return x·y with another backward, and a sample."""
    multiply = OPERATIONS["multiply"]
    operation = Operation(
        name="wrong", forward=multiply.forward, backward=backward, formula="f", gradient="g", samples=multiply.samples
    )
    return operation, Sample((np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])))


def test_a_forgotten_gradient_is_refused():
    operation, sample = with_backward(lambda dY, cache: (dY * cache[1],))
    with pytest.raises(GradientError, match=r"'wrong' returned 1 gradients for 2 arrays; its backward must return one"):
        check_operation(operation, sample, np.random.default_rng(0))


def test_a_surplus_gradient_is_refused():
    operation, sample = with_backward(lambda dY, cache: (dY * cache[1], dY * cache[0], dY))
    with pytest.raises(GradientError, match="'wrong' returned 3 gradients for 2 arrays"):
        check_operation(operation, sample, np.random.default_rng(0))


def test_a_gradient_that_numpy_would_stretch_is_refused():
    operation, sample = with_backward(lambda dY, cache: ((dY * cache[1])[0], dY * cache[0]))
    with pytest.raises(GradientError, match=r"of shape \(2,\) for array 0 of shape \(1, 2\)"):
        check_operation(operation, sample, np.random.default_rng(0))


def test_an_operation_without_gradient_says_so_when_checked():
    sample = Sample((np.array([[1.0]]),))
    with pytest.raises(GradientError, match="'binary_step' has no gradient: "):
        check_operation(OPERATIONS["binary_step"], sample, np.random.default_rng(0))


def test_the_result_says_where_and_how_wrong():
    """At x = (1, 2), y = (3, 4) the gradient for x is dY·y; we add 0.5 to the second entry."""
    operation, sample = with_backward(lambda dY, cache: (dY * cache[1] + [[0.0, 0.5]], dY * cache[0]))
    first, second = check_operation(operation, sample, np.random.default_rng(0))
    dY = np.random.default_rng(0).normal(size=(1, 2))
    assert (first.position, first.worst, first.passed, first.is_zero) == (0, (0, 1), False, False)
    assert first.absolute == pytest.approx(0.5, abs=1e-7)
    assert first.relative == pytest.approx(0.5 / abs(4 * dY[0, 1]), rel=1e-6)
    assert second.passed and second.absolute < 1e-8


def test_nan_does_not_pass():
    operation, sample = with_backward(lambda dY, cache: (dY * [[np.nan, 4.0]], dY * cache[0]))
    first, _ = check_operation(operation, sample, np.random.default_rng(0))
    assert not first.passed and first.worst == (0, 0)
