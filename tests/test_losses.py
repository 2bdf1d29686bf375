"""The losses: targets taken and refused, weights, reductions, names, fusing."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from chainrule import losses
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.losses import (
    LOSSES,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    SumOfSquares,
)

ALL = sorted(LOSSES.classes.values(), key=lambda cls: cls.__name__)
NAN, INF = float("nan"), float("inf")


def refused(loss, T, output_shape, error=DataError, dtype=np.float64, **options):
    """Return the message with which targets are refused."""
    with pytest.raises(error) as caught:
        loss.targets(T, output_shape, dtype, **options)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


# Names


def test_all_losses_are_registered():
    assert len(ALL) == 13
    assert {cls.__name__ for cls in ALL} <= set(losses.__all__)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("mse", MeanSquaredError),
        ("mean_squared_error", MeanSquaredError),
        ("MeanSquaredError", MeanSquaredError),
        ("sum_of_squares", SumOfSquares),
        ("mae", MeanAbsoluteError),
        ("mean_absolute_error", MeanAbsoluteError),
        ("huber", Huber),
        ("log_cosh", LogCosh),
        ("logcosh", LogCosh),
        ("binary_crossentropy", BinaryCrossentropy),
        ("bce", BinaryCrossentropy),
        ("BCE", BinaryCrossentropy),
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        ("poisson", Poisson),
        ("hinge", Hinge),
        ("squared_hinge", SquaredHinge),
        ("kld", KLDivergence),
        ("kl_divergence", KLDivergence),
        ("quantile", Quantile),
        (losses.mean_squared_error, MeanSquaredError),
        (losses.huber, Huber),
        (Hinge, Hinge),
    ],
)
def test_get(name, cls):
    assert type(losses.get(name)) is cls


def test_get_refuses_what_is_no_loss():
    assert losses.get(None) is None
    with pytest.raises(ArgumentError, match=r"There is no loss named 'mze'\. Did you mean 'mse'\?"):
        losses.get("mze")
    with pytest.raises(ArgumentError, match="Expected a loss, its name or None; received 3"):
        losses.get(3)


@pytest.mark.parametrize("cls", ALL)
def test_config_goes_to_json_and_back(cls):
    loss = cls(reduction="mean", name="mine")
    config = json.loads(json.dumps(loss.to_config()))
    again = losses.get(config)
    assert type(again) is cls
    assert again.get_config() == loss.get_config() == config["config"]
    assert again.reduction == "mean" and again.name == "mine"


def test_options_survive_the_config():
    assert losses.get(Huber(delta=0.3).to_config()).delta == 0.3
    assert losses.get(Quantile(np.float64(0.9)).to_config()).options == {"quantile": 0.9}
    assert losses.get(SumOfSquares(half=False).to_config()).options == {"half": False}
    loss = losses.get(BinaryCrossentropy(from_logits=True, label_smoothing=0.1).to_config())
    assert loss.expects_logits and loss.options == {"label_smoothing": 0.1}
    assert repr(Huber(0.3)) == "Huber(delta=0.3)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Huber(0), "Huber expects delta above 0; received 0."),
        (lambda: Huber(NAN), "Huber expects delta above 0; received nan."),
        (lambda: Quantile(1.0), "Quantile expects quantile between 0 and 1; received 1.0."),
        (lambda: Quantile("half"), "Quantile expects quantile between 0 and 1; received 'half'."),
        (
            lambda: BinaryCrossentropy(label_smoothing=1.5),
            "BinaryCrossentropy expects label_smoothing from 0 to 1; received 1.5.",
        ),
        (
            lambda: CategoricalCrossentropy(label_smoothing=-0.1),
            "CategoricalCrossentropy expects label_smoothing from 0 to 1; received -0.1.",
        ),
        (
            lambda: SparseCategoricalCrossentropy(0.1),
            "SparseCategoricalCrossentropy expects from_logits=True or False; received 0.1.",
        ),
        (lambda: SumOfSquares(half=2), "SumOfSquares expects half=True or half=False; received 2."),
        (
            lambda: MeanSquaredError("summ"),
            "There is no reduction named 'summ'. Did you mean 'sum'? "
            "Known: mean, mean_with_sample_weight, none, sum, sum_over_batch_size.",
        ),
        (
            lambda: BinaryCrossentropy(False, 0.0, -1),
            "There is no reduction named -1. Known: mean, mean_with_sample_weight, none, sum, sum_over_batch_size.",
        ),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


# Fusing


@pytest.mark.parametrize(
    ("loss", "activation", "stem"),
    [
        (BinaryCrossentropy(), "sigmoid", "binary_crossentropy_logits"),
        (CategoricalCrossentropy(), "softmax", "categorical_crossentropy_logits"),
        (SparseCategoricalCrossentropy(), "softmax", "sparse_categorical_crossentropy_logits"),
    ],
)
def test_fused_equals_the_two_steps(loss, activation, stem):
    rng = np.random.default_rng(0)
    Z, T = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    T = T if isinstance(loss, SparseCategoricalCrossentropy) else np.eye(3)[T]
    operation, options = loss.fused(activation)
    E = np.exp(Z)
    P = E / (1 + E) if activation == "sigmoid" else E / E.sum(axis=-1, keepdims=True)
    fused, _ = operation.forward(Z, T, **options)
    np.testing.assert_allclose(fused, loss.operation.forward(P, T, **loss.options)[0], rtol=1e-12)
    assert operation.name == stem and loss.operation.name == stem.removesuffix("_logits")
    assert loss.fused(activation, {"axis": -1}) == (operation, options)


def test_fuses_nothing_else():
    assert MeanSquaredError().fused("sigmoid") is None
    assert BinaryCrossentropy().fused("softmax") is None
    assert CategoricalCrossentropy().fused("sigmoid") is None
    assert CategoricalCrossentropy().fused("softmax", {"axis": 1}) is None
    assert BinaryCrossentropy(from_logits=True).fused("sigmoid") is None  # a sigmoid of a sigmoid


def test_fused_keeps_the_smoothing():
    assert BinaryCrossentropy(label_smoothing=0.1).fused("sigmoid")[1] == {"label_smoothing": 0.1}


def test_from_logits_takes_the_logits_operation():
    for cls in (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy):
        assert cls(from_logits=True).operation.name == cls.stem + "_logits"
        assert cls(from_logits=True).expects_logits and not cls().expects_logits
    assert not MeanSquaredError().expects_logits


# Targets taken


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "given", [[0, 1, 1], np.array([0, 1, 1], np.uint8), np.array([False, True, True]), [[0.0], [1.0], [1.0]]]
)
def test_one_output_unit_takes_a_flat_y(given, dtype):
    T = BinaryCrossentropy().targets(given, (None, 1), dtype)
    assert T.dtype == dtype
    np.testing.assert_array_equal(T, [[0], [1], [1]])


@pytest.mark.parametrize(
    "given", [[2, 0, 1], [2.0, 0.0, 1.0], [[2], [0], [1]], np.array([[2.0], [0], [1]], np.float32)]
)
def test_labels_lose_their_axis(given):
    T = SparseCategoricalCrossentropy().targets(given, (3, 3), np.float32)
    assert T.dtype == np.intp
    np.testing.assert_array_equal(T, [2, 0, 1])


def test_labels_of_several_positions():
    T = SparseCategoricalCrossentropy().targets([[[0], [1]], [[2], [0]]], (None, 2, 3), np.float32)
    np.testing.assert_array_equal(T, [[0, 1], [2, 0]])


def test_objects_that_are_numbers_are_taken():
    T = MeanSquaredError().targets(np.array([1, 2.5, True], dtype=object), (3, 1), np.float32)
    np.testing.assert_array_equal(T, [[1], [2.5], [1]])


def test_soft_labels_are_taken():
    soft = [[0.2, 0.3], [1.0, 1.0]]
    np.testing.assert_array_equal(CategoricalCrossentropy().targets(soft, (2, 2), np.float64), soft)


def test_targets_that_fit_are_not_copied_nor_changed():
    T = np.asfortranarray(np.ones((4, 2), np.float32))
    T.flags.writeable = False
    assert MeanSquaredError().targets(T, (4, 2), np.float32) is T


def test_seen_rows_are_only_converted():
    assert np.isnan(MeanSquaredError().targets([NAN], (1, 1), np.float32, check=False)).all()
    assert BinaryCrossentropy().targets([2], (1, 1), np.float32, check=False)[0, 0] == 2
    refused(MeanSquaredError(), [[1.0, 2.0]], (1, 1), ShapeError, check=False)


# Targets refused: shape


@pytest.mark.parametrize(
    ("loss", "shape", "output", "message"),
    [
        (
            MeanSquaredError(),
            (5, 3),
            (None, 1),
            "The targets y have shape (5, 3), but the output has shape (n, 1): "
            "give y 1 column, or the last layer 3 units.",
        ),
        (
            BinaryCrossentropy(),
            (5, 1),
            (5, 3),
            "The targets y have shape (5, 1), but the output has shape (5, 3): "
            "give y 3 columns, or the last layer 1 unit.",
        ),
        (
            MeanSquaredError(),
            (5,),
            (5, 3),
            "The targets y have shape (5,), but the output has shape (5, 3): give y 3 columns "
            "(utils.to_categorical makes them of class labels), or the last layer 1 unit.",
        ),
        (
            MeanSquaredError(),
            (1, 1),
            (5, 1),
            "The targets y have shape (1, 1), but the output has shape (5, 1): "
            "give one row of targets for each row of X.",
        ),
        (
            MeanSquaredError(),
            (5, 1, 1),
            (5, 1),
            "The targets y have shape (5, 1, 1), but the output has shape (5, 1): give y the shape of the output.",
        ),
        (
            CategoricalCrossentropy(),
            (5, 4),
            (None, 3),
            "The targets y have shape (5, 4), but the output has shape (n, 3): "
            "give y 3 columns, or the last layer 4 units.",
        ),
        (
            SparseCategoricalCrossentropy(),
            (5, 3),
            (None, 3),
            "The targets y have shape (5, 3), but sparse_categorical_crossentropy expects labels of shape (n,): "
            "for one-hot rows use loss='categorical_crossentropy', or y = y.argmax(axis=-1).",
        ),
        (
            SparseCategoricalCrossentropy(),
            (5, 2),
            (None, 3),
            "The targets y have shape (5, 2), but sparse_categorical_crossentropy expects labels of shape (n,): "
            "give one whole number a row.",
        ),
        (
            SparseCategoricalCrossentropy(),
            (4,),
            (5, 3),
            "The targets y have shape (4,), but sparse_categorical_crossentropy expects labels of shape (5,): "
            "give one label for each row of X.",
        ),
    ],
)
def test_shapes_refused(loss, shape, output, message):
    assert refused(loss, np.zeros(shape), output, ShapeError) == message


@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_labels_with_categorical_crossentropy(shape):
    message = refused(CategoricalCrossentropy(), np.zeros(shape, int), (None, 3), ShapeError, where="output 'dense_2'")
    assert message == (
        f"Output 'dense_2': the targets y have shape {shape}, but categorical_crossentropy expects one column for each "
        "of the 3 classes, shape (n, 3): for class labels use loss='sparse_categorical_crossentropy', "
        "or y = utils.to_categorical(y, 3)."
    )


def test_rows_of_different_lengths():
    message = refused(MeanSquaredError(), [[1, 2], [3]], (2, 2), ShapeError)
    assert message == "The targets y have rows of different lengths: give all rows one length."
    rows = np.empty(2, object)
    rows[:] = [[1, 2], [3, 4]]
    message = refused(MeanSquaredError(), rows, (2, 2), ShapeError)
    assert message == "The targets y hold whole rows as Python objects: make one array of them with np.stack(y)."


def test_a_single_number():
    assert refused(MeanSquaredError(), 3, (1, 1), ShapeError) == (
        "The targets y are the single number 3: give an array of rows."
    )


# Targets refused: content


@pytest.mark.parametrize("make", [list, np.array, lambda y: np.array(y, object)])
@pytest.mark.parametrize("loss", [BinaryCrossentropy(), SparseCategoricalCrossentropy(), MeanSquaredError()])
def test_text(loss, make):
    assert refused(loss, make(["cat", "dog", "cat", "fox", "owl"]), (5, 1)) == (
        "The targets y hold text ('cat', 'dog', 'fox', …), but a loss needs numbers: "
        "encode them as numbers first, classes, y = np.unique(y, return_inverse=True)."
    )


def test_other_types():
    assert refused(MeanSquaredError(), [1, None], (2, 1)) == (
        "The targets y hold None in row 1, which is no number: leave such rows out, or fill them in."
    )
    dates = np.array(["2020-01-01"], "datetime64[D]")
    assert refused(MeanSquaredError(), dates, (1, 1)) == (
        "The targets y are of type datetime64[D], but a loss needs real numbers: convert them first."
    )
    assert "complex128" in refused(MeanSquaredError(), [1j], (1, 1))


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_not_finite(cls, value):
    sparse = cls is SparseCategoricalCrossentropy
    T = np.ones((3,) if sparse else (3, 2))
    T[(1,) if sparse else (1, 1)] = value
    where = "row 1" if sparse else "row 1, column 1"
    assert refused(cls(), T, (3, 2)) == (
        f"The targets y hold {value} in {where}, which no loss can learn: leave such rows out, or fill them in."
    )


def test_too_large_for_the_model():
    assert refused(MeanSquaredError(), [0.0, 1e300], (2, 1), dtype=np.float32) == (
        "The targets y hold 1e+300 in row 1, column 0, which is too large for float32: scale the targets down."
    )


def test_the_row_is_the_users():
    y = np.array([0.0, NAN])
    assert "row 1, column 0," in refused(MeanSquaredError(), y, (2, 1))
    assert "row 41, column 0," in refused(MeanSquaredError(), y, (2, 1), row_offset=40)
    assert "row 7, column 0," in refused(MeanSquaredError(), y, (2, 1), rows=np.array([90, 7]))
    assert "row 1, position (0, 2)," in refused(MeanSquaredError(), [[[0.0] * 3], [[0, 0, NAN]]], (2, 1, 3))


@pytest.mark.parametrize(
    ("y", "found", "mend"),
    [
        ([1, 2, 1], "2 in row 1", "labels 1 and 2 become 0 and 1 when you subtract 1 (y - 1)"),
        ([2.0, 2.0, 2.0], "2 in row 0", "labels 1 and 2 become 0 and 1 when you subtract 1 (y - 1)"),
        ([1, -1, 1], "-1 in row 1", "labels -1 and 1 become 0 and 1 with (y + 1) / 2"),
        (
            [0, 1, 2],
            "2 in row 2",
            "for more than two classes use loss='sparse_categorical_crossentropy' and a softmax, one unit a class",
        ),
        ([0.5, 1.5, 0.0], "1.5 in row 1", "for numbers rather than classes use loss='mean_squared_error'"),
        ([0.5, -0.5, 0.0], "-0.5 in row 1", "for numbers rather than classes use loss='mean_squared_error'"),
    ],
)
def test_binary_labels(y, found, mend):
    assert refused(BinaryCrossentropy(), y, (3, 1), where="output 'out'") == (
        f"Output 'out': the targets y hold {found}, column 0, "
        f"but binary_crossentropy expects numbers from 0 to 1: {mend}."
    )


ENCODE = "encode them as numbers first, classes, y = np.unique(y, return_inverse=True)"


@pytest.mark.parametrize(
    ("y", "classes", "found", "mend"),
    [
        ([0, 3, 1], 3, "3 in row 1", f"give the last layer 4 units, or {ENCODE}"),
        ([1, 2, 3], 3, "3 in row 2", "labels that count from 1 start at 0 when you subtract 1 (y - 1)"),
        ([0, -1, 1], 3, "-1 in row 1", ENCODE),
        (
            [0, 1, 1],
            1,
            "1 in row 1",
            "for two classes use loss='binary_crossentropy' with a sigmoid, else one unit for each class",
        ),
    ],
)
def test_class_labels(y, classes, found, mend):
    units = "1 unit" if classes == 1 else f"{classes} units"
    assert refused(SparseCategoricalCrossentropy(), y, (3, classes)) == (
        f"The targets y hold {found}, but the loss expects labels from 0 to {classes - 1}, "
        f"as the output has {units}: {mend}."
    )


def test_labels_that_are_not_whole():
    assert refused(SparseCategoricalCrossentropy(), [0, 1.5], (2, 3)) == (
        "The targets y hold 1.5 in row 1, but sparse_categorical_crossentropy expects whole numbers: "
        "for numbers rather than classes use loss='mean_squared_error'."
    )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (
            CategoricalCrossentropy(),
            "categorical_crossentropy expects probabilities: one-hot rows, or shares from 0 up",
        ),
        (KLDivergence(), "kl_divergence expects probabilities, from 0 to 1"),
        (Poisson(), "poisson expects counts from 0 up: for numbers of any sign use loss='mean_squared_error'"),
    ],
)
def test_negative_targets(loss, expected):
    assert refused(loss, [[0, 1], [1, -1]], (2, 2)) == f"The targets y hold -1 in row 1, column 1, but {expected}."


def test_categorical_crossentropy_over_one_unit():
    assert refused(CategoricalCrossentropy(), [0, 1], (2, 1)) == (
        "The output has 1 unit, over which categorical_crossentropy is always 0: "
        "for two classes use loss='binary_crossentropy' with a sigmoid, else one unit for each class."
    )


@pytest.mark.parametrize("cls", [Hinge, SquaredHinge])
def test_hinge_labels(cls):
    for good in ([0, 1], [-1, 1], [1, 1]):
        np.testing.assert_array_equal(cls().targets(good, (2, 1), np.float64)[:, 0], good)
    two = "but a hinge loss expects two classes, labelled -1 and 1 or 0 and 1: relabel them."
    assert refused(cls(), [1, 2], (2, 1)) == f"The targets y hold 2 in row 1, column 0, {two}"
    assert refused(cls(), [-1, 0], (2, 1)) == f"The targets y hold 0 in row 1, column 0, and -1 elsewhere, {two}"


# Reductions and weights

L = np.array([1.0, 3.0])


@pytest.mark.parametrize(
    ("reduction", "weights", "total", "gradient"),
    [
        ("sum_over_batch_size", None, 2, [0.5, 0.5]),
        ("mean", None, 2, [0.5, 0.5]),
        ("sum", None, 4, [1, 1]),
        ("mean_with_sample_weight", None, 2, [0.5, 0.5]),
        # Σ w l = 1 · 1 + 3 · 3 = 10, over 2 losses, over nothing, over Σ w = 4
        ("sum_over_batch_size", [1, 3], 5, [0.5, 1.5]),
        ("sum", [1, 3], 10, [1, 3]),
        ("mean_with_sample_weight", [1, 3], 2.5, [0.25, 0.75]),
        ("mean_with_sample_weight", [0, 0], 0, [0, 0]),
        ("sum_over_batch_size", [[1], [3]], 5, [0.5, 1.5]),
        ("sum_over_batch_size", np.array([1, 3], object), 5, [0.5, 1.5]),
    ],
)
def test_reductions(reduction, weights, total, gradient):
    loss = MeanSquaredError(reduction)
    found, dL = loss.weighted(L, weights)
    assert isinstance(found, float) and found == pytest.approx(total, rel=1e-15)
    np.testing.assert_allclose(dL, gradient, rtol=1e-15)
    # the same from the predictions: errors 1 and √3
    y_pred = np.sqrt(L)[:, None]
    assert loss([0, 0], y_pred, sample_weight=weights) == pytest.approx(total, rel=1e-15)


def test_no_reduction_is_for_direct_calls():
    for reduction in (None, "none"):
        loss = MeanSquaredError(reduction)
        np.testing.assert_allclose(loss([0, 0], [[1.0], [2.0]]), [1, 4])
        np.testing.assert_allclose(loss([0, 0], [[1.0], [2.0]], [2, 0.5]), [2, 2])
        for call in (lambda loss=loss: loss.weighted(L), lambda loss=loss: loss.scale(2)):
            with pytest.raises(
                ArgumentError, match="reduction=None gives one loss a row, but training needs one number"
            ):
                call()


def test_sum_of_squares_is_a_sum():
    # ½ (1 + 9), and without the half; the mean over rows when asked for
    assert SumOfSquares()([0, 0], [[1.0], [3.0]]) == 5
    assert SumOfSquares(half=False)([0, 0], [[1.0], [3.0]]) == 10
    assert SumOfSquares(reduction="mean")([0, 0], [[1.0], [3.0]]) == 2.5


def test_losses_of_several_positions():
    M = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert MeanSquaredError().weighted(M)[0] == 2.5  # 10 / 4
    # one weight a row: (3 · 1 + 7 · 2) / 4
    total, dL = MeanSquaredError().weighted(M, [1, 2])
    assert total == 4.25
    np.testing.assert_array_equal(dL, [[0.25, 0.25], [0.5, 0.5]])
    # over Σ w = 1 + 1 + 2 + 2
    assert MeanSquaredError("mean_with_sample_weight").weighted(M, [1, 2])[0] == pytest.approx(17 / 6)
    # one weight for each loss: (1 + 8) / 4
    total, dL = MeanSquaredError().weighted(M, [[1, 0], [0, 2]])
    assert total == 2.25
    np.testing.assert_array_equal(dL, [[0.25, 0], [0, 0.5]])


@pytest.mark.parametrize("weights", [None, np.ones(3), np.float32([1, 2, 3]), [1, 2, 3]])
def test_dtype_of_the_gradient_is_that_of_the_losses(weights):
    L = np.array([1, 2, 3], np.float32)
    total, dL = MeanSquaredError().weighted(L, weights)
    assert dL.dtype == np.float32 and dL.shape == L.shape and type(total) is float
    np.testing.assert_array_equal(L, [1, 2, 3])


def test_weights_of_one_change_no_bit():
    L = np.random.default_rng(0).uniform(size=33).astype(np.float32)
    for reduction in ("sum", "mean", "mean_with_sample_weight"):
        plain, weighted = (MeanSquaredError(reduction).weighted(L, weights) for weights in (None, np.ones(33)))
        assert plain[0] == weighted[0]
        np.testing.assert_array_equal(plain[1], weighted[1])


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, -1], DataError, "The sample weight of row 1 is -1, but weights are finite numbers from 0 up."),
        ([NAN, 1], DataError, "The sample weight of row 0 is nan, but weights are finite numbers from 0 up."),
        ([1, INF], DataError, "The sample weight of row 1 is inf, but weights are finite numbers from 0 up."),
        (["a", "b"], DataError, "The sample weights are of type <U1, but weights are numbers from 0 up."),
        (
            [1, 2, 3],
            ShapeError,
            "The sample weights have shape (3,), but there are 2 rows: give one weight a row, shape (2,).",
        ),
        (
            [[1, 2]],
            ShapeError,
            "The sample weights have shape (1, 2), but there are 2 rows: give one weight a row, shape (2,).",
        ),
        (
            2.0,
            ShapeError,
            "The sample weights have shape (), but there are 2 rows: give one weight a row, shape (2,).",
        ),
    ],
)
def test_weights_refused(weights, error, message):
    with pytest.raises(error) as caught:
        MeanSquaredError().weighted(L, weights)
    assert str(caught.value) == message


# Direct calls


def test_functions_give_one_loss_a_row():
    y, p = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]
    np.testing.assert_allclose(losses.mean_squared_error(y, p), [0.5, 0.5])
    np.testing.assert_allclose(losses.sum_of_squares(y, p, half=False), [1, 1])
    np.testing.assert_allclose(losses.mean_absolute_error(y, p), [0.5, 0.5])
    np.testing.assert_allclose(losses.huber(y, p, delta=0.5), [0.1875, 0.1875])  # 0.5 · (1 − 0.25) / 2
    np.testing.assert_allclose(losses.log_cosh(y, p), [math.log(math.cosh(1)) / 2] * 2)
    np.testing.assert_allclose(losses.poisson(y, p), [1, 0.5], atol=1e-6)
    np.testing.assert_allclose(losses.quantile(y, p, quantile=0.75), [0.125, 0.125])  # 0.25 · 1 / 2
    np.testing.assert_allclose(losses.hinge(y, [[1.0, 1.0], [-1.0, 0.0]]), [1, 0.5])  # (2 + 0) / 2, (0 + 1) / 2
    np.testing.assert_allclose(losses.squared_hinge(y, [[1.0, 1.0], [-1.0, 0.0]]), [2, 0.5])
    log2 = math.log(2)
    np.testing.assert_allclose(losses.binary_crossentropy([1, 0], [[0.5], [0.5]]), [log2, log2])
    np.testing.assert_allclose(losses.binary_crossentropy([1, 0], [[0], [0]], from_logits=True), [log2, log2])
    np.testing.assert_allclose(losses.categorical_crossentropy([[1, 0]], [[0.5, 0.5]], label_smoothing=0.3), [log2])
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy([1], [[0, 0]], from_logits=True), [log2])
    np.testing.assert_allclose(losses.kl_divergence([[1.0, 0.0]], [[0.5, 0.5]]), [log2], atol=2e-6)


def test_predictions_of_one_axis_are_one_row():
    # two questions, both answered 0.5
    assert BinaryCrossentropy()([0, 1], [0.5, 0.5]) == pytest.approx(math.log(2))
    assert SparseCategoricalCrossentropy()(1, [0.5, 0.5]) == pytest.approx(math.log(2))
    assert losses.mean_squared_error([0, 0], [1.0, 3.0]) == 5


def test_call_keeps_the_dtype_and_refuses_what_fit_refuses():
    assert losses.mean_squared_error([0, 0], np.ones((2, 1), np.float32)).dtype == np.float32
    with pytest.raises(ShapeError, match=r"The targets y have shape \(2, 1\), but the output has shape \(2, 3\)"):
        MeanSquaredError()(np.zeros((2, 1)), np.zeros((2, 3)))
    with pytest.raises(DataError, match=r"The predictions y_pred hold text \('a'\)"):
        MeanSquaredError()([0], ["a"])
    with pytest.raises(ShapeError, match=r"The predictions y_pred have shape \(2, 0\)"):
        MeanSquaredError()(np.zeros((2, 0)), np.zeros((2, 0)))


def test_equals_pytorch_with_weights_and_smoothing():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    Z, T, w = rng.normal(size=(6, 3)), rng.integers(0, 3, 6), rng.uniform(size=6)
    theirs = torch.nn.functional.cross_entropy(
        torch.tensor(Z), torch.tensor(T), label_smoothing=0.2, reduction="none"
    ).numpy()
    loss = CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    assert loss(np.eye(3)[T], Z, w) == pytest.approx((w * theirs).mean(), rel=1e-12)
