"""The recipe for MNIST, here on a few images: it learns, and the same seed gives the same network."""

from __future__ import annotations

from chainrule.datasets import mnist

N_TRAIN, N_TEST = 256, 100


def test_recipe_learns_and_follows_its_seed(example, data_folder, monkeypatch):
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    few = (x_train[:N_TRAIN], y_train[:N_TRAIN]), (x_test[:N_TEST], y_test[:N_TEST])
    monkeypatch.setattr(mnist, "load_data", lambda: few)
    recipe = example("mnist_recipe")
    accuracy = recipe.main(seed=1, epochs=6, verbose=0)
    assert accuracy > 0.5
    assert recipe.main(seed=1, epochs=6, verbose=0) == accuracy
