"""Which sizes come out: every padding × stride × kernel × size, beside formulas that others wrote down, and PyTorch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule.layers import AveragePooling2D, Conv1D, Conv2D, Conv2DTranspose, Input, MaxPooling2D
from chainrule.layers.windows import places, transposed_places

torch = pytest.importorskip("torch")

SIZES, WINDOWS, STRIDES = range(5, 12), range(1, 6), range(1, 5)
SWEEP = list(itertools.product(SIZES, WINDOWS, STRIDES))


def tensorflow_same(size, window, stride):
    """Return (before, after) as TensorFlow's documentation of `same` gives them, by cases."""
    total = max(window - stride, 0) if size % stride == 0 else max(window - size % stride, 0)
    return total // 2, total - total // 2


def test_same_padding_is_tensorflows():
    for size, window, stride in SWEEP:
        place = places(size, window, stride, "same")
        assert (place.before, place.after) == tensorflow_same(size, window, stride)
        assert place.count == -(-size // stride)


def test_same_padding_by_hand():
    # 28 places, a window of 3, a stride of 2: 14 places, the last begins at 26 and ends at 28: one past the end.
    assert places(28, 3, 2, "same") == (0, 1, 14)
    # An even window of 2 with a stride of 1 has one number too few, at the end.
    assert places(5, 2, 1, "same") == (0, 1, 5)
    assert places(5, 4, 1, "same") == (1, 2, 5)
    assert places(5, 3, 1, "same", dilation=2) == (2, 2, 5)
    # A window narrower than its stride skips numbers and needs no padding.
    assert places(7, 1, 3, "same") == (0, 0, 3)


def test_valid_and_causal_by_hand():
    assert places(7, 3, 2, "valid") == (0, 0, 3)
    assert places(8, 3, 2, "valid") == (0, 0, 3)  # the eighth number is left over
    assert places(7, 3, 1, "causal") == (2, 0, 7)
    assert places(7, 3, 1, "causal", dilation=2) == (4, 0, 7)
    assert places(7, 3, 2, "causal") == (2, 0, 4)
    assert places(2, 3, 1, "valid").count < 1


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolution_computes_the_shape_that_it_announces(padding):
    for (height, kh, sh), (width, kw, sw) in zip(SWEEP, reversed(SWEEP), strict=True):
        layer = Conv2D(1, (kh, kw), (sh, sw), padding, kernel_initializer="ones", dtype="float64")
        X = np.arange(float(height * width)).reshape(1, height, width, 1)
        announced = layer(Input((height, width, 1))).shape
        sides = [*tensorflow_same(width, kw, sw), *tensorflow_same(height, kh, sh)] if padding == "same" else [0] * 4
        P = torch.nn.functional.pad(torch.tensor(X[..., 0]), sides)[:, None]
        expected = torch.nn.functional.conv2d(P, torch.ones(1, 1, kh, kw, dtype=P.dtype), stride=(sh, sw))
        np.testing.assert_allclose(layer(X)[0, :, :, 0], expected[0, 0], rtol=1e-12)
        assert announced == (None, *expected.shape[2:], 1)


@pytest.mark.parametrize("make", [MaxPooling2D, AveragePooling2D])
def test_pooling_same_counts_no_padding(make):
    for size, window, stride in SWEEP:
        X = -1 - np.arange(float(size * size)).reshape(1, size, size, 1)  # below 0, so that a padded 0 would win
        (before, after), count = tensorflow_same(size, window, stride), -(-size // stride)
        Y = make(window, stride, "same", dtype="float64")(X)[0, :, :, 0]
        reduce = np.max if make is MaxPooling2D else np.mean
        starts = [place * stride - before for place in range(count)]
        spans = [slice(max(start, 0), min(start + window, size)) for start in starts]
        expected = [[reduce(X[0, rows, columns, 0]) for columns in spans] for rows in spans]
        np.testing.assert_allclose(Y, expected, rtol=1e-12)
        assert starts[-1] + window <= size + after


def test_causal_convolution_sees_nothing_of_later():
    layer = Conv1D(2, 3, padding="causal", dilation_rate=2, dtype="float64")
    X = np.random.default_rng(1).normal(size=(1, 9, 2))
    Y = layer(X)
    X[0, 5] += 1
    changed = (layer(X) != Y).any(axis=-1)[0]
    assert changed.tolist() == [False] * 5 + [True, False, True, False]


def test_transposed_sizes_lead_back():
    for size, window, stride in SWEEP:
        for padding in ("valid", "same"):
            spread = transposed_places(size, window, stride, padding)
            assert places(spread.size, window, stride, padding).count == size
            full = (size - 1) * stride + window
            assert full - spread.before - spread.after + spread.extra == spread.size


def test_transposed_sizes_by_hand():
    # Keras' documented sizes: valid (n − 1) s + max(k, s), same n s.
    assert transposed_places(4, 3, 2, "valid").size == 9
    assert transposed_places(4, 1, 2, "valid").size == 8
    assert transposed_places(4, 3, 2, "same").size == 8
    # With output_padding: valid (n − 1) s + k + p, same (n − 1) s + k mod 2 + p.
    assert transposed_places(4, 3, 2, "valid", output_padding=1).size == 10
    assert transposed_places(4, 3, 2, "same", output_padding=0).size == 7
    assert transposed_places(4, 3, 2, "same", output_padding=1).size == 8


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_convolution_is_the_way_back_of_the_convolution(padding):
    rng = np.random.default_rng(2)
    for size, window, stride in SWEEP:
        layer = Conv2DTranspose(2, window, stride, padding, use_bias=False, dtype="float64")
        X = rng.normal(size=(1, size, size, 3))
        Y = layer(X)
        assert Y.shape == (1, *layer.output_shape[1:])
        back = Conv2D(3, window, stride, padding, use_bias=False, dtype="float64")
        Z = rng.normal(size=Y.shape)
        back(Z)
        back.set_weights(layer.get_weights())  # (k, k, 2, 3): the same kernel, read the other way
        # ⟨T x, z⟩ = ⟨x, C z⟩: what it means that one is the transpose of the other.
        np.testing.assert_allclose((Y * Z).sum(), (X * back(Z)).sum(), rtol=1e-9)
