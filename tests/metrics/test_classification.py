"""Counts, precision, recall, F1 and the confusion matrix."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import metrics
from chainrule.errors import ArgumentError, DataError, ShapeError

# said yes: 1 1 1 0 0 0; TP 2 (rows 0, 1), FP 1 (row 2), FN 1 (row 3), TN 2 (rows 4, 5)
LABELS = np.array([1, 1, 0, 1, 0, 0])
SCORES = np.array([0.9, 0.8, 0.7, 0.4, 0.5, 0.1])
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


@pytest.mark.parametrize(
    ("metric", "expected", "weighted"),
    [
        (metrics.TruePositives, 2, 3),
        (metrics.FalsePositives, 1, 3),
        (metrics.FalseNegatives, 1, 4),
        (metrics.TrueNegatives, 2, 11),
        (metrics.Precision, 2 / 3, 3 / 6),
        (metrics.Recall, 2 / 3, 3 / 7),
        (metrics.F1Score, 2 / 3, 6 / 13),  # 2·3 / (2·3 + 3 + 4)
    ],
)
def test_by_hand(metric, expected, weighted):
    assert metric()(LABELS, SCORES) == pytest.approx(expected, rel=1e-14)
    assert metric()(LABELS[:, None], SCORES[:, None], WEIGHTS) == pytest.approx(weighted, rel=1e-14)


def test_several_thresholds_give_an_array():
    # above 0.85: row 0 alone (1/1, 1/3); above 0.5: as before; above 0.95: nobody
    assert_allclose(metrics.Precision(thresholds=[0.85, 0.5, 0.95])(LABELS, SCORES), [1, 2 / 3, 0])
    assert_allclose(metrics.Recall(thresholds=[0.85, 0.5, 0.95])(LABELS, SCORES), [1 / 3, 2 / 3, 0])
    assert_array_equal(metrics.TruePositives(thresholds=[0.85, 0.5]).result(), [0, 0])


def test_undefined_is_zero():
    assert metrics.Precision()([1, 1], [0.1, 0.2]) == 0.0
    assert metrics.Recall()([0, 0], [0.1, 0.9]) == 0.0
    assert metrics.F1Score()([0, 0], [0.1, 0.2]) == 0.0
    assert metrics.Precision().result() == 0.0
    assert metrics.F1Score(average="macro").result() == 0.0


P3 = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3]])
T3 = np.array([0, 1, 2, 2])  # predicted 0 0 2 1


def test_one_class_of_several():
    assert metrics.Precision(class_id=0)(T3, P3) == 0.5  # rows 0 and 1 above 0.5, row 0 right
    assert metrics.Recall(class_id=2)(np.eye(3)[T3], P3) == 0.5  # rows 2 and 3 are of class 2, row 2 found
    assert metrics.Precision()(T3, P3) == pytest.approx(2 / 3)  # above 0.5: rows 0, 1, 2; right 0 and 2


def test_f1_by_hand():
    # class 0: TP 1 FP 1 FN 0 → 2/3;  class 1: TP 0 → 0;  class 2: TP 1 FP 0 FN 1 → 2/3
    assert_allclose(metrics.F1Score()(T3, P3), [2 / 3, 0, 2 / 3])
    assert metrics.F1Score(average="macro")(T3, P3) == pytest.approx(4 / 9)
    assert metrics.F1Score(average="micro")(T3, P3) == pytest.approx(0.5)  # 2·2 / (4 + 4)
    assert metrics.F1Score(average="weighted")(T3, P3) == pytest.approx((2 / 3 + 0 + 2 * 2 / 3) / 4)
    # above 0.25: row 0: 0; row 1: 0, 1; row 2: 2; row 3: 1, 2. Class 1: TP 1 FP 1 FN 0
    assert metrics.F1Score(threshold=0.25)(T3, P3)[1] == pytest.approx(2 / 3)


def test_f1_of_a_name_is_one_number():
    assert metrics.get("f1")(T3, P3) == pytest.approx(4 / 9)
    assert metrics.get("f1_score").average == "macro"


def test_confusion_matrix_by_hand():
    matrix = metrics.ConfusionMatrix()(T3, P3)
    assert_array_equal(matrix, [[1, 0, 0], [1, 0, 0], [0, 1, 1]])
    assert matrix.dtype == np.int64
    assert_array_equal(metrics.ConfusionMatrix()(np.eye(3)[T3], P3), matrix)
    assert_array_equal(metrics.ConfusionMatrix(num_classes=3)(T3, P3.argmax(1)), matrix)
    assert_array_equal(metrics.ConfusionMatrix()(T3, P3, [1, 2, 3, 4]), [[1, 0, 0], [2, 0, 0], [0, 4, 3]])
    assert_array_equal(metrics.ConfusionMatrix()(LABELS, SCORES), [[2, 1], [1, 2]])
    assert_array_equal(metrics.ConfusionMatrix()(LABELS[:, None], SCORES[:, None]), [[2, 1], [1, 2]])


@pytest.mark.parametrize(
    ("normalize", "expected"),
    [
        ("true", [[1, 0, 0], [1, 0, 0], [0, 0.5, 0.5]]),
        ("pred", [[0.5, 0, 0], [0.5, 0, 0], [0, 1, 1]]),
        ("all", [[0.25, 0, 0], [0.25, 0, 0], [0, 0.25, 0.25]]),
    ],
)
def test_confusion_matrix_shares(normalize, expected):
    assert_allclose(metrics.ConfusionMatrix(normalize=normalize)(T3, P3), expected)


def test_confusion_matrix_before_any_data_is_zero():
    assert_array_equal(metrics.ConfusionMatrix(num_classes=3).result(), np.zeros((3, 3)))
    metric = metrics.ConfusionMatrix()
    metric.result()
    assert_array_equal(metric(T3, P3).shape, (3, 3))


def test_the_result_is_the_callers_to_change():
    metric = metrics.ConfusionMatrix()
    metric(T3, P3)[:] = 0
    assert metric.result().sum() == 4


@pytest.mark.parametrize("weighted", [False, True])
def test_equal_to_scikit_learn(weighted):
    judge = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(5)
    labels, P = rng.integers(0, 4, 80), rng.dirichlet(np.ones(4), 80)
    said, yes, p = P.argmax(1), rng.integers(0, 2, 80), rng.uniform(size=80)
    W = rng.uniform(0, 2, 80) if weighted else None
    for ours, theirs in [
        (metrics.Precision, judge.precision_score),
        (metrics.Recall, judge.recall_score),
        (metrics.F1Score, judge.f1_score),
    ]:
        assert_allclose(ours()(yes, p, W), theirs(yes, p > 0.5, sample_weight=W), rtol=1e-12)
    for average in (None, "micro", "macro", "weighted"):
        expected = judge.f1_score(labels, said, average=average, sample_weight=W)
        assert_allclose(metrics.F1Score(average=average)(labels, P, W), expected, rtol=1e-12)
    for normalize in (None, "true", "pred", "all"):
        expected = judge.confusion_matrix(labels, said, sample_weight=W, normalize=normalize)
        assert_allclose(metrics.ConfusionMatrix(normalize=normalize)(labels, P, W), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(thresholds="high"), "A threshold is a finite number, such as 0.5; received 'high'."),
        (
            lambda: metrics.Precision(thresholds=[0.5, np.inf]),
            "A threshold is a finite number, such as 0.5; received inf.",
        ),
        (lambda: metrics.Recall(class_id=-1), "class_id is the number of an output, from 0 upward; received -1."),
        (
            lambda: metrics.F1Score(average="marco"),
            "The average of F1Score is None, 'micro', 'macro' or 'weighted'; received 'marco'. Did you mean 'macro'?",
        ),
        (lambda: metrics.ConfusionMatrix(num_classes=1), "num_classes is a whole number from 2 upward; received 1."),
        (
            lambda: metrics.ConfusionMatrix(normalize="truth"),
            "normalize is None, 'true', 'pred' or 'all'; received 'truth'. Did you mean 'true'?",
        ),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("metric", [metrics.F1Score(), metrics.ConfusionMatrix()])
def test_the_number_of_classes_stays(metric):
    metric.update_state(LABELS, np.stack([1 - SCORES, SCORES], axis=1))
    with pytest.raises(ShapeError, match=f"{metric.name} has seen 2 classes; received 3: call reset_state"):
        metric.update_state(T3, P3)


def test_bad_data():
    with pytest.raises(ShapeError, match=r"recall looks at output 3; received predictions of shape \(4, 3\)\."):
        metrics.Recall(class_id=3)(T3, P3)
    with pytest.raises(DataError, match="Class labels of 3 classes go from 0 to 2; received 3: ask for more classes"):
        metrics.Precision()(T3 + 1, P3)
    with pytest.raises(ShapeError, match=r"received y_true \(4, 3\) and y_pred \(4, 1\): nothing is repeated"):
        metrics.F1Score()(np.eye(3)[T3], P3[:, :1])
    with pytest.raises(ShapeError, match="confusion_matrix has 2 classes; received predictions of shape"):
        metrics.ConfusionMatrix(num_classes=2)(T3, P3)
    with pytest.raises(ArgumentError, match="can't be read from class numbers: say it with num_classes="):
        metrics.ConfusionMatrix()([0, 1, 2], [0, 1, 2])
    with pytest.raises(
        ShapeError, match=r"one class number or one-hot row beside each prediction; received y_true \(3,\)"
    ):
        metrics.ConfusionMatrix()(T3[:3], P3)
    with pytest.raises(DataError, match=r"Class labels are whole numbers; received 0\.5"):
        metrics.ConfusionMatrix()([0.5, 1, 2, 2], P3)
