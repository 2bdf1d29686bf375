"""`compile` in all its forms, and what it settles."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import losses, metrics, optimizers
from chainrule.errors import ArgumentError, NotReadyError
from chainrule.layers import Dense, Input
from chainrule.models import Model, Sequential

X, Y = np.arange(12.0).reshape(4, 3) / 12, np.array([0.0, 1.0, 1.0, 0.0])


def one():
    return Sequential([Dense(1, "sigmoid", input_dim=3, name="d")], seed=1)


def two():
    x = Input(shape=(3,))
    return Model(x, [Dense(1, name="a")(x), Dense(1, "sigmoid", name="b")(x)], seed=1)


@pytest.mark.parametrize(
    "optimizer", ["sgd", "SGD", optimizers.SGD, optimizers.SGD(0.01), {"class": "SGD", "config": {}}]
)
def test_optimizer_forms(optimizer):
    model = one()
    model.compile(optimizer, "mse")
    assert isinstance(model.optimizer, optimizers.SGD)


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        "mean_squared_error",
        "MeanSquaredError",
        losses.MeanSquaredError,
        losses.MeanSquaredError(),
        losses.mean_squared_error,
    ],
)
def test_loss_forms(loss):
    model = one()
    model.compile("sgd", loss)
    expected = np.mean((model.predict(X)[:, 0] - Y) ** 2)
    assert model.evaluate(X, Y) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["accuracy"], ["loss", "accuracy"]),
        (("acc", "mae"), ["loss", "acc", "mae"]),
        ([metrics.BinaryAccuracy(), metrics.AUC], ["loss", "binary_accuracy", "auc"]),
        ([metrics.AUC(name="area")], ["loss", "area"]),
        ({"d": ["mae"]}, ["loss", "mae"]),
        ({"d": "mae"}, ["loss", "mae"]),
        (["mae", "mae"], ["loss", "mae", "mae_1"]),
        ([], ["loss"]),
        (None, ["loss"]),
    ],
)
def test_metric_forms_and_names_of_one_output(given, names):
    model = one()
    model.compile("sgd", "mse", metrics=given)
    assert model.metrics_names == names
    logs = model.evaluate(X, Y, return_dict=True)
    assert list(logs) == names
    values = model.evaluate(X, Y)
    assert (values if isinstance(values, list) else [values]) == list(logs.values())


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["mae"], ["a_mae", "b_mae"]),
        ([["mae"], ["accuracy", "auc"]], ["a_mae", "b_accuracy", "b_auc"]),
        ([[], ["accuracy"]], ["b_accuracy"]),
        ([None, ["accuracy"]], ["b_accuracy"]),
        ({"b": ["accuracy"]}, ["b_accuracy"]),
        ([metrics.MeanAbsoluteError()], ["a_mean_absolute_error", "b_mean_absolute_error"]),
    ],
)
def test_metric_forms_of_several_outputs(given, names):
    model = two()
    model.compile("sgd", "mse", metrics=given)
    assert model.metrics_names == ["loss", "a_loss", "b_loss", *names]
    logs = model.evaluate(X, [Y, Y], return_dict=True)
    assert list(logs) == model.metrics_names
    if "a_mae" in logs:
        assert logs["a_mae"] == pytest.approx(np.abs(model.predict(X)[0][:, 0] - Y).mean(), rel=1e-6)


def test_one_metric_object_for_two_outputs_is_two():
    model = two()
    model.compile("sgd", "mse", metrics=[metrics.MeanAbsoluteError(name="m")])
    logs = model.evaluate(X, [Y, Y], return_dict=True)
    for name, P in zip("ab", model.predict(X), strict=True):
        assert logs[f"{name}_m"] == pytest.approx(np.abs(P[:, 0] - Y).mean(), rel=1e-6)


@pytest.mark.parametrize(
    "loss", [["mse", "bce"], ("mse", "bce"), {"a": "mse", "b": "bce"}, [losses.MeanSquaredError(), "bce"]]
)
def test_losses_of_several_outputs(loss):
    model = two()
    model.compile("sgd", loss, loss_weights={"a": 2})
    logs = model.evaluate(X, [Y, Y], return_dict=True)
    assert logs["loss"] == pytest.approx(2 * logs["a_loss"] + logs["b_loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"loss": ["mse"]}, r"The model has 2 outputs \(a, b\); loss has 1 entries"),
        ({"loss": {"c": "mse"}}, r"There is no output \(in loss\) named 'c'"),
        ({"loss": "mse", "loss_weights": [1, 2, 3]}, "loss_weights has 3 entries"),
        ({"loss": "mse", "loss_weights": [1, -1]}, "compile's loss weight is a number of at least 0; received -1"),
        ({"loss": "mse", "loss_weights": [1, "x"]}, "received 'x'"),
        ({"loss": "mse", "metrics": {"c": ["mae"]}}, "named 'c'"),
        ({"loss": "mse", "optimizer": None}, "compile needs an optimizer, such as 'adam'; received None"),
        ({"loss": "mse", "engine": "cuda"}, "There is no engine named 'cuda'"),
        ({"loss": losses.MeanSquaredError(reduction="none")}, "training needs one number"),
        ({"loss": 3}, "Expected a loss"),
    ],
)
def test_refused(arguments, sentence):
    model = two()
    with pytest.raises(ArgumentError, match=sentence):
        model.compile(**arguments)
    assert model.optimizer is None


def test_a_compile_that_fails_leaves_the_one_before():
    model = one()
    model.compile("adam", "mse")
    with pytest.raises(ArgumentError):
        model.compile("adam", "mze")
    assert model.evaluate(X, Y) > 0


def test_before_the_model_is_built():
    model = Sequential([Dense(1)], seed=1)
    optimizer = optimizers.Adam()
    model.compile(optimizer, "mse", metrics=["accuracy"])
    assert model.optimizer is optimizer
    for bad in (
        {"loss": "mze"},
        {"loss": "mse", "metrics": ["acuracy"]},
        {"loss": "mse", "metrics": "mae"},
        {"optimizer": "adm"},
    ):
        with pytest.raises(ArgumentError):
            model.compile(**bad)
    with pytest.raises(NotReadyError, match="not built"):
        _ = model.metrics_names
    model.fit(X, Y, verbose=0)
    assert model.metrics_names == ["loss", "accuracy"] and model.optimizer is optimizer


def test_metrics_names_before_compile():
    with pytest.raises(NotReadyError, match=r"The model is not compiled: call model.compile"):
        _ = one().metrics_names


def test_the_environment_chooses_the_engine(monkeypatch):
    monkeypatch.setenv("CHAINRULE_ENGINE", "abacus")
    with pytest.raises(ArgumentError, match="no engine named 'abacus'"):
        one().compile("sgd", "mse")
    one().compile("sgd", "mse", engine="reference")


def test_what_keras_scripts_say_about_tensorflow_is_taken_and_means_nothing():
    model = one()
    model.compile("sgd", "mse", run_eagerly=True, jit_compile=False, steps_per_execution=1)
    model.fit(X, Y, workers=2, use_multiprocessing=True, verbose=0)


def test_nb_epoch_warns():
    model = one()
    model.compile("sgd", "mse")
    with pytest.warns(FutureWarning, match="fit\\(nb_epoch=…\\) is the old spelling; write epochs=…"):
        assert model.fit(X, Y, nb_epoch=3, verbose=0).epoch == [0, 1, 2]


def test_weighted_metrics_count_rows_by_weight():
    model = one()
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=[metrics.MeanAbsoluteError(name="weighted")])
    w = np.array([1.0, 0.0, 2.0, 0.0])
    logs = model.evaluate(X, Y, sample_weight=w, return_dict=True)
    errors = np.abs(model.predict(X)[:, 0] - Y)
    assert logs["mae"] == pytest.approx(errors.mean(), rel=1e-6)
    assert logs["weighted"] == pytest.approx((w * errors).sum() / w.sum(), rel=1e-6)


def test_one_metric_object_as_plain_and_as_weighted_metric_is_two():
    model, metric, w = one(), metrics.BinaryAccuracy(), np.array([1.0, 0.0, 0.0, 0.0])
    model.compile("sgd", "mse", metrics=[metric], weighted_metrics=[metric])
    hits = (model.predict(X)[:, 0] > 0.5) == Y
    logs = model.evaluate(X, Y, sample_weight=w, return_dict=True)
    assert logs["binary_accuracy"] == hits.mean()
    assert logs["binary_accuracy_1"] == hits[0]


def test_loss_and_metrics_can_be_read_back():
    from chainrule.metrics import BinaryAccuracy, Recall

    model = Sequential([Dense(1, "sigmoid")])
    assert model.loss is None and model.metrics == []
    recall = Recall()
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", recall])
    assert model.loss == "binary_crossentropy" and model.metrics == []  # the accuracy follows from the shape
    model.build((None, 3))
    assert isinstance(model.metrics[0], BinaryAccuracy) and model.metrics[1] is recall and len(model.metrics) == 2
