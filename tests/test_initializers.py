"""Initializers: bounds and moments, the same bits from the same stream, fans, orthogonality, refused arguments."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from chainrule import initializers
from chainrule.errors import ArgumentError, ShapeError
from chainrule.initializers import INITIALIZERS, fans
from chainrule.initializers.distributions import STDDEV_AFTER_CUT, truncated_normal_values
from chainrule.random import Stream, set_random_seed

SHAPE = (200, 300)
N = math.prod(SHAPE)
RANDOM = sorted(set(INITIALIZERS.classes) - {"Zeros", "Ones", "Constant", "Identity"})


def stream(seed=11):
    """Return a fresh stream."""
    return Stream(seed, "weights")


@pytest.mark.parametrize("name", INITIALIZERS.classes)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_dtype_and_memory(name, dtype):
    W = initializers.get(name)((6, 4), dtype, stream())
    assert W.shape == (6, 4) and W.dtype == dtype
    assert W.flags.writeable and W.flags.owndata


@pytest.mark.parametrize("name", RANDOM)
def test_the_same_stream_gives_the_same_bits(name):
    initializer = initializers.get(name)
    first = initializer((6, 4), "float64", stream())
    assert first.tobytes() == initializer((6, 4), "float64", stream()).tobytes()
    assert first.tobytes() != initializer((6, 4), "float64", stream(12)).tobytes()
    assert first.astype("float32").tobytes() == initializer((6, 4), "float32", stream()).tobytes()


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_of_its_own_goes_before_the_stream(name):
    initializer = INITIALIZERS.classes[name](seed=5)
    expected = INITIALIZERS.classes[name]()((6, 4), stream=stream(5))
    for given in (None, stream(11)):
        assert initializer((6, 4), stream=given).tobytes() == expected.tobytes()
    assert initializers.get(initializer.to_config())((6, 4)).tobytes() == expected.tobytes()


def test_without_seed_or_stream_the_global_seed_decides():
    initializer = initializers.RandomNormal()
    set_random_seed(3)
    first, second = initializer((5,)), initializer((5,))
    set_random_seed(3)
    assert initializer((5,)).tobytes() == first.tobytes() != second.tobytes()


def test_constants():
    assert initializers.Zeros()((2, 3)).tolist() == [[0, 0, 0]] * 2
    assert initializers.Ones()(2).tolist() == [1, 1]
    assert initializers.Constant(2.5)([2]).tolist() == [2.5, 2.5]
    assert initializers.Identity(3)((2, 3)).tolist() == [[3, 0, 0], [0, 3, 0]]


def test_by_hand_from_the_stream():
    # The transforms are part of the specification: uniform bits scaled, normal numbers scaled.
    U, Z = stream().uniform((4,)), stream().normal((4,))
    np.testing.assert_array_equal(initializers.RandomUniform(2, 6)((4,), "float64", stream()), 2 + 4 * U)
    np.testing.assert_array_equal(initializers.RandomNormal(1, 3)((4,), "float64", stream()), 1 + 3 * Z)


def test_truncated_normal_redraws_in_order():
    # One by one, in a loop: what lies outside is drawn again, in order, until nothing does.
    source = stream()
    expected = list(source.normal((5000,)))
    rounds = 0
    while outside := [i for i, z in enumerate(expected) if abs(z) >= 2]:
        for i, z in zip(outside, source.normal((len(outside),)), strict=True):
            expected[i] = z
        rounds += 1
    assert rounds >= 2
    assert truncated_normal_values(stream(), (50, 100)).ravel().tolist() == expected


def test_stddev_after_the_cut():
    # The constant of Keras and TensorFlow, and 60,000 draws: the standard error of a standard deviation is σ/√(2N).
    assert pytest.approx(0.87962566103423978, rel=1e-15) == STDDEV_AFTER_CUT
    Z = truncated_normal_values(stream(), SHAPE)
    assert np.abs(Z).max() < 2
    assert Z.std() == pytest.approx(STDDEV_AFTER_CUT, abs=4 / math.sqrt(2 * N))


FAN_IN, FAN_OUT = SHAPE
VARIANCES = {
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "uniform": 0.1**2 / 12,
    "normal": 0.05**2,
    "truncated_normal": (0.05 * STDDEV_AFTER_CUT) ** 2,
    "variance_scaling": 1 / FAN_IN,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance(name):
    W = initializers.get(name)(SHAPE, "float64", stream())
    stddev = math.sqrt(VARIANCES[name])
    assert abs(W.mean()) < 4 * stddev / math.sqrt(N)
    assert W.std() == pytest.approx(stddev, rel=4 / math.sqrt(2 * N))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("uniform", 0.05),
        ("glorot_uniform", math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("he_uniform", math.sqrt(6 / FAN_IN)),
        ("lecun_uniform", math.sqrt(3 / FAN_IN)),
        ("truncated_normal", 0.1),
        ("he_normal", 2 * math.sqrt(2 / FAN_IN) / STDDEV_AFTER_CUT),
    ],
)
def test_bounds(name, limit):
    # None outside, and with 60,000 draws some near the bound.
    W = np.abs(initializers.get(name)(SHAPE, "float64", stream()))
    assert 0.98 * limit < W.max() <= limit


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform", "normal"])
def test_variance_scaling(mode, distribution):
    n = {"fan_in": 200, "fan_out": 300, "fan_avg": 250}[mode]
    W = initializers.VarianceScaling(3.0, mode, distribution)(SHAPE, "float64", stream())
    assert W.std() == pytest.approx(math.sqrt(3 / n), rel=4 / math.sqrt(2 * N))


def test_fans():
    assert fans(()) == (1, 1)
    assert fans((5,)) == (5, 5)
    assert fans((8, 12)) == (8, 12)
    assert fans((3, 3, 16, 32)) == (9 * 16, 9 * 32)
    assert fans((5, 2, 7)) == (10, 35)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (2, 3, 4, 5)])
def test_orthogonal(shape):
    W = initializers.Orthogonal(gain=2.0)(shape, "float64", stream()).reshape(-1, shape[-1])
    rows, columns = W.shape
    product = W.T @ W if rows >= columns else W @ W.T
    np.testing.assert_allclose(product, 4 * np.eye(min(rows, columns)), atol=1e-13)


def test_orthogonal_has_no_preferred_sign():
    # With W = Q·sign(diag R) and Z = QR, the diagonal of WᵀZ is |diag R|, whatever signs LAPACK chose.
    Z = stream().normal((4, 4))
    W = initializers.Orthogonal()((4, 4), "float64", stream())
    assert (np.diag(W.T @ Z) > 0).all()


@pytest.mark.parametrize(
    ("alias", "cls"),
    [
        ("zero", "Zeros"),
        ("zeros", "Zeros"),
        ("one", "Ones"),
        ("ones", "Ones"),
        ("constant", "Constant"),
        ("uniform", "RandomUniform"),
        ("random_uniform", "RandomUniform"),
        ("normal", "RandomNormal"),
        ("random_normal", "RandomNormal"),
        ("truncated_normal", "TruncatedNormal"),
        ("glorot_uniform", "GlorotUniform"),
        ("xavier_normal", "GlorotNormal"),
        ("he_normal", "HeNormal"),
        ("kaiming_uniform", "HeUniform"),
        ("lecun_normal", "LecunNormal"),
        ("orthogonal", "Orthogonal"),
        ("identity", "Identity"),
        ("variance_scaling", "VarianceScaling"),
    ],
)
def test_names(alias, cls):
    assert type(initializers.get(alias)).__name__ == cls
    if hasattr(initializers, alias):
        assert getattr(initializers, alias) is INITIALIZERS.classes[cls]


def test_uniform_is_keras():
    assert initializers.get("uniform").get_config() == {"minval": -0.05, "maxval": 0.05, "seed": None}


def test_unknown_names_get_the_nearest():
    with pytest.raises(
        ArgumentError, match=r"There is no initializer named 'glorot_unifrom'\. Did you mean 'glorot_uniform'"
    ):
        initializers.get("glorot_unifrom")
    with pytest.raises(ArgumentError, match=r"There is no mode of VarianceScaling named 'fan'\."):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(
        ArgumentError, match=r"There is no distribution of VarianceScaling named 'unifrom'\. Did you mean"
    ):
        initializers.VarianceScaling(distribution="unifrom")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.Constant("1"), "Constant's value is a finite number; received '1'."),
        (
            lambda: initializers.RandomUniform(1, 0),
            "RandomUniform needs minval no larger than maxval; received 1 and 0.",
        ),
        (lambda: initializers.RandomUniform(math.nan), "RandomUniform's minval is a finite number; received nan."),
        (lambda: initializers.RandomNormal(stddev=-1), "RandomNormal's stddev is a number of at least 0; received -1."),
        (lambda: initializers.TruncatedNormal("m"), "TruncatedNormal's mean is a finite number; received 'm'."),
        (lambda: initializers.VarianceScaling(0), "VarianceScaling's scale is a number above 0; received 0."),
        (lambda: initializers.GlorotUniform(seed=-1), "A seed is a whole number from 0 to 2**64 - 1; received -1."),
        (lambda: initializers.HeNormal(seed=1.5), "A seed is a whole number from 0 to 2**64 - 1; received 1.5."),
        (lambda: initializers.Orthogonal(None), "Orthogonal's gain is a finite number; received None."),
        (lambda: initializers.Identity("x"), "Identity's gain is a finite number; received 'x'."),
    ],
)
def test_refused_arguments(make, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("zeros", (2, -1), "Zeros takes a shape of whole numbers, such as (8, 12); received (2, -1)."),
        ("zeros", (None, 3), "Zeros takes a shape of whole numbers, such as (8, 12); received (None, 3)."),
        ("orthogonal", (3,), "Orthogonal fills weights of two axes or more; received the shape (3,)."),
        ("identity", (3,), "Identity fills weights of two axes; received the shape (3,)."),
    ],
)
def test_refused_shapes(name, shape, message):
    with pytest.raises(ShapeError, match=re.escape(message)):
        initializers.get(name)(shape)
