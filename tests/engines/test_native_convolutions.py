"""Convolutions of sizes that the samples of the registry don't reach, where the native kernels go ways of their own.

Each shape is held against the reference engine, and its bits must not depend on the threads, nor on the rows beside it.
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.engines import core as native_core
from chainrule.ops import OPERATIONS

CORE = native_core.load()
DTYPES = ["float32", "float64"]
SAME3, SAME5 = {"padding": (1, 1, 1, 1)}, {"padding": (2, 2, 2, 2)}

#: Operation, images, kernel, options.
SHAPES = {
    "short convolutions, odd sizes": ("conv2d", (17, 13, 11, 32), (3, 3, 32, 40), {}),
    "short convolutions, dW from the whole batch": ("conv2d", (18, 8, 8, 64), (3, 3, 64, 48), SAME3),
    "short convolutions, more channels than a block": ("conv2d", (3, 6, 5, 72), (3, 3, 72, 70), SAME3),
    "short convolutions, padding wider than the kernel": (
        "conv2d",
        (2, 5, 6, 33),
        (3, 3, 33, 32),
        {"padding": (3, 0, 4, 5)},
    ),
    "short convolutions of 5 taps": ("conv2d", (5, 9, 10, 32), (5, 5, 32, 33), SAME5),
    "short convolutions, transposed": ("conv2d_transpose", (5, 8, 7, 40), (3, 3, 32, 40), SAME3),
    "one vector of filters": ("conv2d", (18, 37, 33, 16), (3, 3, 16, 16), SAME3),
    "one vector of filters, 5 taps": ("conv2d", (3, 17, 20, 7), (5, 5, 7, 12), SAME5),
    "first layer": ("conv2d", (19, 28, 28, 1), (3, 3, 1, 32), {}),
    "first layer, colours": ("conv2d", (3, 32, 31, 3), (5, 5, 3, 16), SAME5),
    "strides, dW from the whole batch": (
        "conv2d",
        (5, 9, 11, 48),
        (3, 3, 48, 64),
        {"strides": (2, 2), "padding": (0, 1, 0, 1)},
    ),
    "one place": ("conv2d", (7, 12, 9, 64), (1, 1, 64, 100), {}),
    "one place, strides": ("conv2d", (7, 12, 9, 32), (1, 1, 32, 64), {"strides": (2, 2)}),
    "sums of more than a thousand": (
        "conv2d",
        (2, 6, 5, 130),
        (3, 3, 130, 20),
        {"dilation": (2, 2), "padding": (2, 2, 2, 2)},
    ),
    "groups": ("conv2d", (5, 12, 10, 64), (3, 3, 16, 96), {"groups": 4, "padding": (1, 1, 1, 1)}),
    "as many groups as channels": ("conv2d", (3, 9, 8, 24), (3, 3, 1, 48), {"groups": 24}),
    "dilation": ("conv2d", (5, 16, 15, 32), (3, 3, 32, 32), {"dilation": (2, 3), "padding": (2, 2, 3, 3)}),
    "a line, as in one dimension": ("conv2d", (5, 1, 50, 24), (1, 5, 24, 40), {"padding": (0, 0, 4, 0)}),
    "a column": ("conv2d", (5, 40, 1, 24), (5, 1, 24, 40), {"strides": (2, 1)}),
    "depthwise": ("depthwise_conv2d", (18, 19, 17, 40), (3, 3, 40, 1), SAME3),
    "depthwise, several filters, strides": ("depthwise_conv2d", (5, 16, 17, 20), (3, 3, 20, 3), {"strides": (2, 2)}),
    "transposed, strides": (
        "conv2d_transpose",
        (5, 9, 8, 40),
        (4, 4, 24, 40),
        {"strides": (2, 2), "padding": (1, 1, 1, 1)},
    ),
    "transposed, gaps": ("conv2d_transpose", (5, 7, 6, 8), (2, 2, 20, 8), {"strides": (3, 4), "extra": (2, 1)}),
}
CASES = [pytest.param(*case, id=name) for name, case in SHAPES.items()]


@pytest.fixture(autouse=True)
def threads():
    """Leave the number of threads as it was."""
    kept = CORE.max_threads()
    yield
    CORE.set_max_threads(kept)


def arrays_for(name: str, images: tuple, kernel: tuple, rng: np.random.Generator):
    """Return X, W and b of unit scale."""
    biases = {"conv2d": kernel[3], "depthwise_conv2d": kernel[2] * kernel[3], "conv2d_transpose": kernel[2]}
    return rng.normal(size=images), rng.normal(size=kernel), rng.normal(size=biases[name])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "images", "kernel", "options"), CASES)
def test_output_and_gradients(name, images, kernel, options, dtype, one_operation, close):
    """They are those of the reference in float64, on the same numbers: short convolutions lose no digit that counts."""
    operation = OPERATIONS[name]
    one = one_operation(operation, arrays_for(name, images, kernel, np.random.default_rng(1)), options, dtype)
    exact = one_operation(operation, [A.astype(np.float64) for A in one.arrays], options, "float64")
    dY = one.upstream(np.random.default_rng(2))
    Y, gradients, _ = one.run(dY)
    expected, expected_gradients, _ = exact.reference(dY.astype(np.float64))
    close(Y, expected, dtype, "Y")
    for what, found, G in zip(("dX", "dW", "db"), gradients, expected_gradients, strict=True):
        close(found, G, dtype, what)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "images", "kernel", "options"), CASES)
def test_bits_do_not_depend_on_the_threads(name, images, kernel, options, dtype, one_operation):
    """More threads mean smaller blocks of rows as well."""
    arrays = arrays_for(name, (37, *images[1:]), kernel, np.random.default_rng(3))
    one = one_operation(OPERATIONS[name], arrays, options, dtype)
    dY = one.upstream(np.random.default_rng(4))
    CORE.set_max_threads(1, 1.0)
    Y, gradients, _ = one.run(dY)
    for n in (2, 3, 4):
        CORE.set_max_threads(n, 1.0)
        other, other_gradients, _ = one.run(dY)
        assert np.array_equal(Y, other), n
        for what, G, H in zip(("dX", "dW", "db"), gradients, other_gradients, strict=True):
            assert np.array_equal(G, H), (what, n)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "images", "kernel", "options"), CASES)
def test_a_row_has_the_same_bits_alone(name, images, kernel, options, dtype, one_operation):
    X, W, b = arrays_for(name, images, kernel, np.random.default_rng(5))
    Y = one_operation(OPERATIONS[name], (X, W, b), options, dtype, training=False).use()
    alone = one_operation(OPERATIONS[name], (X[-1:], W, b), options, dtype, training=False).use()
    assert np.array_equal(Y[-1:], alone)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("frozen", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("size", [8, 64])
def test_gradients_that_are_not_wanted(size, frozen, dtype, one_operation):
    """The others stay what they are."""

    class Part(one_operation):
        def _program(self, training):
            self.wanted = [k for k in self.wanted if k not in frozen]
            return super()._program(training)

    arrays = arrays_for("conv2d", (5, 7, 8, size), (3, 3, size, size), np.random.default_rng(6))
    whole = one_operation(OPERATIONS["conv2d"], arrays, SAME3, dtype)
    part = Part(OPERATIONS["conv2d"], arrays, SAME3, dtype)
    dY = whole.upstream(np.random.default_rng(7))
    for k, (G, H) in enumerate(zip(whole.run(dY)[1], part.run(dY)[1], strict=True)):
        assert H is None if k in frozen else np.array_equal(G, H), k
