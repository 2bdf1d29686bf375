import numpy as np
import pytest

from chainrule.tables.scores import MOST_SHOWN, score_classes, score_numbers, wilson


def test_wilson_worked_by_hand():
    # 0 of 10, z² = 3.8415: middle 0.19207, width 1.96 √(3.8415 / 400) = 0.19207, over 1.38415: 0 to 0.2775
    low, high = wilson(0, 10)
    assert low == pytest.approx(0, abs=1e-12) and high == pytest.approx(0.2775, abs=5e-5)
    low, high = wilson(10, 10)
    assert low == pytest.approx(0.7225, abs=5e-5) and high == pytest.approx(1, abs=1e-12)
    assert wilson(0, 0) == (0.0, 1.0)


def test_wilson_is_scipy_s():
    stats = pytest.importorskip("scipy.stats")
    interval = stats.binomtest(37, 120).proportion_ci(method="wilson")
    assert wilson(37, 120) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_two_classes_worked_by_hand():
    # said: a b b a; right: a b a a → 3 of 4. Of a 2 of 3 are found, of b all: balanced (2/3 + 1) / 2.
    P = np.array([[0.8, 0.2], [0.1, 0.9], [0.4, 0.6], [0.7, 0.3]])
    scores = score_classes(P, np.array([0, 1, 0, 0]), ["a", "b"])
    assert scores["accuracy"] == scores["score"]["value"] == 0.75
    assert scores["balanced_accuracy"] == pytest.approx(5 / 6)
    assert scores["confusion"] == [[2, 1], [0, 1]]
    assert scores["log_loss"] == pytest.approx(-np.log([0.8, 0.9, 0.4, 0.7]).mean())
    assert scores["auc"] == 1.0  # 0.9 for b is above all of a's
    assert scores["per_class"][1] == {"class": "b", "rows": 1, "recall": 1.0, "precision": 0.5}
    assert scores["score"]["low"] < 0.75 < scores["score"]["high"]


def test_one_half_counts_as_the_second_class_as_predictions_do():
    assert score_classes(np.array([[0.5, 0.5]]), np.array([1]), ["a", "b"])["accuracy"] == 1


def test_many_classes_are_scikit_learn_s():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    P = rng.dirichlet(np.ones(4), size=200)
    y = rng.integers(0, 4, 200)
    scores = score_classes(P, y, list("abcd"))
    assert scores["auc"] == pytest.approx(metrics.roc_auc_score(y, P, multi_class="ovr"), rel=1e-9)
    assert scores["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(y, P.argmax(1)), rel=1e-12)
    assert scores["confusion"] == metrics.confusion_matrix(y, P.argmax(1)).tolist()


def test_rows_of_one_class_have_no_auc_and_a_class_without_rows_no_recall():
    scores = score_classes(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 0]), ["a", "b"])
    assert scores["auc"] is None and scores["balanced_accuracy"] == 1
    assert scores["per_class"][1] == {"class": "b", "rows": 0, "recall": None, "precision": None}


def test_a_sure_mistake_costs_much_but_not_everything():
    assert score_classes(np.array([[1.0, 0.0]]), np.array([1]), ["a", "b"])["log_loss"] == pytest.approx(-np.log(1e-7))


def test_hundreds_of_classes_have_no_matrix():
    n = MOST_SHOWN + 1
    scores = score_classes(np.eye(n), np.arange(n), [str(i) for i in range(n)])
    assert scores["accuracy"] == 1 and scores["confusion"] is None and scores["per_class"] is None


def test_numbers_worked_by_hand():
    # errors 0, 0, 2; Σe² = 4; mean 2, spread 1 + 0 + 1 = 2: R² = 1 − 4 / 2.
    scores = score_numbers(np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0]))
    assert scores["r2"] == scores["score"]["value"] == pytest.approx(-1)
    assert scores["rmse"] == pytest.approx(np.sqrt(4 / 3))
    assert scores["mae"] == scores["mean_error"] == pytest.approx(2 / 3)


def test_the_interval_of_r2_holds_it_and_follows_the_seed():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2_000) + 1e6  # far from 0: the mean is taken off first
    said = y + 0.5 * rng.normal(size=2_000)
    one, again, other = (score_numbers(said, y, seed)["score"] for seed in (1, 1, 2))
    assert one["low"] < one["value"] < one["high"]
    assert one["value"] == pytest.approx(0.75, abs=0.03) and one["high"] - one["low"] < 0.1
    assert one == again != other


def test_the_same_target_everywhere_has_no_r2():
    scores = score_numbers(np.array([1.0, 2.0]), np.array([3.0, 3.0]))
    assert scores["score"] == {"name": "r2", "value": None, "low": None, "high": None}
    assert scores["mae"] == 1.5
