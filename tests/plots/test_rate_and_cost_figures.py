"""The learning-rate finder, activations, and the cost against a weight."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import activations, lr_find, plots
from chainrule.errors import ArgumentError, DataError, NotReadyError, ShapeError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.training.lr_find import LearningRates


def words_of(figure) -> str:
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def curve_of(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def linear(loss="mse", **options) -> Sequential:
    model = Sequential([Dense(1, input_dim=2, **options)], seed=3)
    model.compile(loss=loss, optimizer="sgd")
    return model


X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0]])
y = np.array([1.0, 0.0, 2.0])


# The learning-rate finder


def test_the_suggested_rate_is_marked():
    rates = np.geomspace(1e-4, 1, 50)
    losses = np.where(rates < 0.1, 1 / (1 + 100 * rates), 50 * rates)
    losses[-1] = np.inf
    figure = plots.learning_rates(LearningRates(rates, losses, losses, 0.01))
    assert [line.x0 for line in figure.layout.shapes] == [0.01]
    assert figure.layout.annotations[0].x == pytest.approx(-2)  # on a logarithmic axis words stand at an exponent
    assert figure.layout.annotations[0].text == "0.01"
    assert np.isnan(curve_of(figure, "each step").y[-1])
    low, high = figure.layout.yaxis.range
    assert low < losses.min() and losses[0] < high < 3, "where it blows up the curve leaves the picture"
    assert "falls fastest at a learning rate of 0.01" in words_of(figure)


def test_what_lr_find_returns_is_drawn():
    rows = np.linspace(-1, 1, 128).reshape(64, 2)
    found = lr_find(linear(), rows, rows.sum(axis=1), steps=30)
    figure = plots.learning_rates(found, dark=True)
    assert curve_of(figure, "smoothed").y.tolist() == found.smoothed.tolist()
    assert figure.layout.xaxis.type == "log"


def test_another_object_is_no_result_of_the_finder():
    with pytest.raises(ArgumentError, match=r"draws the result of chainrule\.lr_find.*; received list\."):
        plots.learning_rates([0.1])


# Activations


def test_an_activation_with_its_derivative():
    figure = plots.activation("sigmoid")
    f, df = curve_of(figure, "f(x)"), curve_of(figure, "f′(x)")
    assert f.y == pytest.approx(1 / (1 + np.exp(-f.x)), abs=1e-6)
    assert df.y == pytest.approx(f.y * (1 - f.y), abs=1e-6)
    assert words_of(figure) == "The derivative is at most 0.25, at x = 0."


def test_jumps_are_not_joined():
    figure = plots.activation("relu")
    assert np.isnan(curve_of(figure, "f′(x)").y).sum() == 1
    assert not np.isnan(curve_of(figure, "f(x)").y).any()
    assert words_of(figure).endswith("it is below 0.01 on 50 % of what is shown.")


def test_a_function_without_a_derivative_says_why():
    figure = plots.activation("binary_step")
    assert [curve.name for curve in figure.data] == ["f(x)"]
    assert words_of(figure).startswith("There is no derivative: ")


def test_options_of_a_function_are_in_the_title():
    figure = plots.activation(activations.leaky_relu.with_options(negative_slope=0.5))
    assert figure.layout.title.text == "leaky_relu(negative_slope=0.5) and its derivative"
    assert curve_of(figure, "f(x)").y[0] == -2.0


def test_every_activation_is_there():
    figure = plots.activations(dark=True)
    named = {annotation.text for annotation in figure.layout.annotations}
    assert named == set(activations.names()) - set(activations.MIXING)
    assert sum(curve.name == "f(x)" for curve in figure.data) == len(named)
    assert sum(curve.name == "f′(x)" for curve in figure.data) == len(named) - 1  # binary_step has none


def test_unknown_and_mixing_activations_are_refused():
    with pytest.raises(ArgumentError, match=r"There is no activation named 'rellu'\. Did you mean 'relu'"):
        plots.activation("rellu")
    with pytest.raises(ArgumentError, match=r"softmax mixes the entries of a row, which one curve can't show"):
        plots.activation("softmax")


# The cost against a weight


def test_a_parabola_with_the_steps_on_it():
    path = [3.0, -1.5, 0.75, 1.0]
    figure = plots.cost_path(lambda w: w**2, path)
    steps, cost = curve_of(figure, "steps"), curve_of(figure, "cost")
    assert steps.x.tolist() == path
    assert steps.y.tolist() == [9.0, 2.25, 0.5625, 1.0]
    assert cost.x.min() < -1.5 and cost.x.max() > 3.0
    assert cost.y == pytest.approx(cost.x**2)
    assert words_of(figure).startswith("From 9 to 1 in 3 steps. 1 of them went up:")


def test_the_cost_of_a_model_is_its_loss_and_the_model_stays_as_it_is():
    model = linear(kernel_regularizer="l2")
    before = model.get_weights()
    figure = plots.cost_path(model, [0.0, 0.5], x=X, y=y, weight=("dense/kernel", 1, 0))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    for value, cost in zip([0.0, 0.5], curve_of(figure, "steps").y, strict=True):
        changed = [before[0].copy(), before[1]]
        changed[0][1, 0] = value
        model.set_weights(changed)
        assert cost == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-5)
    assert figure.layout.xaxis.title.text == "dense/kernel[1, 0]"


def test_two_weights_are_contours():
    figure = plots.cost_path(lambda u, v: u**2 + 3 * v, [[1.0, 2.0], [0.5, 1.0]], names=["u", "v"])
    contour = curve_of(figure, "cost")
    u, v = np.meshgrid(contour.x, contour.y)
    assert contour.z == pytest.approx(u**2 + 3 * v)
    assert curve_of(figure, "steps").x.tolist() == [1.0, 0.5]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("u", "v")


def test_two_weights_of_a_model():
    model = linear()
    figure = plots.cost_path(model, [[0.1, 0.2]], x=X, y=y, weight=[("dense/kernel", 0, 0), "dense/bias"])
    contour = curve_of(figure, "cost")
    kernel = model.get_weights()[0]
    # The loss by hand at one corner: kernel[0] and bias as the axes say, kernel[1] as it is.
    P = X @ np.array([contour.x[0], kernel[1, 0]]) + contour.y[0]
    assert contour.z[0, 0] == pytest.approx(np.mean((P - y) ** 2), rel=1e-5)
    assert figure.layout.yaxis.title.text == "dense/bias"


def test_a_cost_that_overflows_is_a_gap():
    figure = plots.cost_path(lambda w: 1 / w if w else np.nan, [0.0])
    assert np.isnan(curve_of(figure, "steps").y).all()


def test_a_long_path_is_thinned():
    assert len(curve_of(plots.cost_path(lambda w: w, np.linspace(0, 1, 50_000)), "steps").x) == 1000


@pytest.mark.parametrize(
    ("cost", "path", "more", "kind", "message"),
    [
        (abs, [[[1.0]]], {}, ShapeError, r"path is a list of the weight's values, or .* \(n, 2\) .*shape \(1, 1, 1\)"),
        (abs, [], {}, ShapeError, r"received shape \(0,\)"),
        (abs, [1.0, np.nan], {}, DataError, r"not finite from step 1 on: lower the learning rate, or give path\[:1\]"),
        (7, [1.0], {}, ArgumentError, r"cost_path takes a function of the weight, or a model; received int\."),
        (lambda u, v: u, [1.0], {}, ArgumentError, "The cost takes 1 number and returns one; calling it failed"),
        (abs, [1.0], {"names": ["a", "b"]}, ShapeError, "cost_path draws 1 weights; received 2 names"),
        (abs, [1.0], {"room": -1}, ArgumentError, "cost_path's room is a number of at least 0; received -1"),
        (linear(), [1.0], {}, ArgumentError, "needs the batch whose loss is drawn: give x=… and y=…"),
        (linear(), [1.0], {"x": X, "y": y}, ArgumentError, "The path is of 1 weight and weight= names 0"),
        (
            linear(), [1.0], {"x": X, "y": y, "weight": ("dense/kernle", 0, 0)}, ArgumentError,
            "There is no weight named 'dense/kernle'. Did you mean 'dense/kernel'",
        ),
        (
            linear(), [1.0], {"x": X, "y": y, "weight": ("dense/kernel", 5, 0)}, ArgumentError,
            r"dense/kernel has shape \(2, 1\), so 2 whole numbers .* received \(5, 0\)",
        ),
    ],
)  # fmt: skip
def test_what_cost_path_refuses(cost, path, more, kind, message):
    with pytest.raises(kind, match=message):
        plots.cost_path(cost, path, **more)


def test_a_model_needs_a_loss():
    model = Sequential([Dense(1, input_dim=2)])
    with pytest.raises(NotReadyError):
        plots.cost_path(model, [1.0], x=X, y=y, weight=("dense/kernel", 0, 0))
