import numpy as np
import pytest

from chainrule.tables.baselines import MOST_COLUMNS, MOST_ROWS, fit_linear, most_frequent, probabilities


def rows(n=120, columns=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, columns)).astype("float32")
    return X, X @ rng.normal(size=columns) + rng.normal(size=n)


def test_classes_by_their_share_those_without_a_row_too():
    assert most_frequent(np.array([2, 0, 2, 2]), 4).tolist() == [0.25, 0.0, 0.75, 0.0]


def test_ridge_is_scikit_learn_s_with_the_penalty_that_leaving_one_out_chooses():
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = rows()
    kernel, bias = fit_linear(X, y, "number", 1)
    peer = linear_model.RidgeCV(10.0 ** np.arange(-3, 5)).fit(X.astype(float), y)
    np.testing.assert_allclose(kernel[:, 0], peer.coef_, rtol=1e-8)
    np.testing.assert_allclose(bias, peer.intercept_, rtol=1e-8)


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_scikit_learn_s_logistic_regression(classes):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, score = rows(200)
    y = np.digitize(score, [0.0] if classes == 2 else [-1.0, 1.0])
    task, outputs = ("binary", 1) if classes == 2 else ("multiclass", classes)
    kernel, bias = fit_linear(X, y, task, outputs)
    P = probabilities(X @ kernel + bias)
    P = np.hstack([1 - P, P]) if classes == 2 else P
    peer = linear_model.LogisticRegression(tol=1e-8, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(P, peer.predict_proba(X), atol=2e-3)


def test_classes_that_a_line_parts_do_not_run_away():
    X = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    kernel, bias = fit_linear(X, np.array([0, 0, 1, 1]), "binary", 1)
    assert 0 < kernel[0, 0] < 10 and abs(bias[0]) < 1e-3


def test_columns_of_one_value_and_doubled_columns_do_no_harm():
    X, y = rows()
    X = np.hstack([X, X[:, :1], np.ones((len(X), 1), "float32")])
    for task, target in (("number", y), ("binary", (y > 0).astype(int))):
        kernel, bias = fit_linear(X, target, task, 1)
        assert np.isfinite(kernel).all() and np.isfinite(bias).all()
        assert kernel[0] == pytest.approx(kernel[4], abs=1e-6)


def test_more_columns_than_rows_have_an_answer():
    X, y = rows(n=6, columns=20)
    kernel, _ = fit_linear(X, y, "number", 1)
    assert kernel.shape == (20, 1) and np.isfinite(kernel).all()


def test_too_many_columns_have_none():
    assert fit_linear(np.zeros((3, MOST_COLUMNS + 1)), np.zeros(3), "number", 1) is None


def test_of_many_rows_a_sample_is_taken_by_the_seed():
    X = np.linspace(-1, 1, MOST_ROWS + 5_000)[:, None]
    y = np.abs(X[:, 0])
    one, again, other = (fit_linear(X, y, "number", 1, seed=seed)[0][0, 0] for seed in (1, 1, 2))
    assert one == again != other


def test_probabilities_worked_by_hand_and_far_out():
    # e⁰ : e^log 3 = 1 : 3
    np.testing.assert_allclose(probabilities(np.array([[0.0, np.log(3)]])), [[0.25, 0.75]], rtol=1e-12)
    np.testing.assert_allclose(probabilities(np.array([[np.log(3)]])), [[0.75]], rtol=1e-12)
    assert probabilities(np.array([[-1e5], [1e5]])).tolist() == [[0.0], [1.0]]
    assert probabilities(np.array([[1e5, 0.0]])).tolist() == [[1.0, 0.0]]
