"""train_on_batch, test_on_batch, predict_on_batch, evaluate, predict and gradients."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback
from chainrule.errors import NotReadyError, ShapeError
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(10, 3)), rng.integers(0, 2, 10)


def network(*layers, **options):
    model = Sequential([Dense(4, "tanh", input_dim=3), *layers, Dense(1, "sigmoid")], seed=1, dtype="float64")
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"], **options)
    return model


def test_train_on_batch_is_fit_of_one_batch():
    model, same = network(), network()
    values = model.train_on_batch(X, Y)
    history = same.fit(X, Y, batch_size=10, shuffle=False, verbose=0).history
    assert values == [history["loss"][0], history["accuracy"][0]]
    for a, b in zip(model.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert list(model.train_on_batch(X, Y, return_dict=True)) == ["loss", "accuracy"]


def test_train_on_batch_with_weights():
    model, same = network(), network()
    w = np.arange(10.0)
    model.train_on_batch(X, Y, sample_weight=w, class_weight={0: 1, 1: 2})
    same.train_on_batch(X, Y, sample_weight=w * (1 + Y))
    np.testing.assert_array_equal(model.get_weights()[0], same.get_weights()[0])


def test_test_on_batch_is_evaluate():
    model = network(Dropout(0.5), BatchNormalization())
    assert model.test_on_batch(X, Y) == model.evaluate(X, Y)
    assert model.test_on_batch(X.tolist(), Y.tolist(), return_dict=True) == model.evaluate(X, Y, return_dict=True)
    assert model.test_on_batch({"input": X}, Y, sample_weight=np.arange(10)) == model.evaluate(
        X, Y, sample_weight=np.arange(10.0)
    )


def test_a_model_that_waits_is_built_by_train_on_batch_and_gradients():
    for method in ("train_on_batch", "gradients"):
        model = Sequential([Dense(1)], seed=1)
        model.compile("sgd", "mse")
        getattr(model, method)(X, Y)
        assert model.built


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch", "evaluate", "gradients", "check_gradients"])
def test_they_need_a_loss(method):
    model = Sequential([Dense(1, input_dim=3)])
    with pytest.raises(NotReadyError, match=r"call model.compile"):
        getattr(model, method)(X, Y)
    model.compile("sgd")
    with pytest.raises(NotReadyError, match=f"{method} needs a loss: call model.compile\\(loss=…\\)"):
        getattr(model, method)(X, Y)
    assert model.predict(X).shape == (10, 1)


@pytest.mark.parametrize("batch_size", [1, 3, 10, 100, None])
def test_predict_and_evaluate_do_not_depend_on_the_batch_size(batch_size):
    model = network(BatchNormalization())
    np.testing.assert_allclose(model.predict(X, batch_size=batch_size), model.predict_on_batch(X), rtol=1e-14)
    np.testing.assert_allclose(
        model.evaluate(X, Y, batch_size=batch_size), model.evaluate(X, Y, batch_size=10), rtol=1e-12
    )


def test_predict_is_not_a_view_of_anything():
    model = network()
    P = model.predict(X)
    P[...] = 7
    assert (model.predict(X) != 7).all()


def test_evaluate_forms():
    model = network()
    loss, accuracy = model.evaluate(X, Y)
    assert model.evaluate(X, Y, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    assert accuracy == pytest.approx(((model.predict(X)[:, 0] > 0.5) == Y).mean())
    assert model.evaluate(X, Y, steps=1, batch_size=4) == model.evaluate(X[:4], Y[:4])
    plain = Sequential([Dense(1, input_dim=3)])
    plain.compile("sgd", "mse")
    assert type(plain.evaluate(X, Y)) is float


def test_evaluate_and_predict_call_their_hooks():
    seen = []
    hooks = ["on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end"]
    listener = LambdaCallback(**{hook: (lambda logs, hook=hook: seen.append(hook)) for hook in hooks})
    model = network()
    model.evaluate(X, Y, callbacks=[listener])
    model.predict(X, callbacks=[listener])
    assert seen == hooks


def test_gradients_are_those_of_a_finite_difference():
    model = network()
    gradients = model.gradients(X, Y)
    assert list(gradients) == [name for name, _ in model.named_weights()]
    kept, step = model.get_weights(), 1e-6
    for number, (name, G) in enumerate(gradients.items()):
        D = rng.normal(size=G.shape)
        sides = []
        for sign in (1, -1):
            moved = [W.copy() for W in kept]
            moved[number] += sign * step * D
            model.set_weights(moved)
            sides.append(model.evaluate(X, Y)[0])
        model.set_weights(kept)
        assert (sides[0] - sides[1]) / (2 * step) == pytest.approx((G * D).sum(), rel=1e-7), name
        assert np.abs(G).max() > 0


def test_gradients_in_training_and_in_use_differ_where_the_network_does():
    model = network(BatchNormalization())
    use, training = model.gradients(X, Y), model.gradients(X, Y, training=True)
    assert not np.allclose(use["dense/kernel"], training["dense/kernel"])
    before = model.get_weights()
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_wrong_shapes_in_one_batch_methods():
    model = network()
    for method in (model.train_on_batch, model.test_on_batch, model.gradients):
        with pytest.raises(ShapeError, match="expects 3 columns, and x has 2"):
            method(X[:, :2], Y)
    with pytest.raises(ValueError, match=r"gradients needs targets to compare the outputs with: gradients\(x, y\)"):
        model.gradients(X, None)
