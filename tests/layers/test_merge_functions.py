"""Keras' lower-case merging functions do what the layers do."""

import numpy as np
import pytest

from chainrule import layers
from chainrule.models import Model

A, B = np.array([[1.0, 4.0]]), np.array([[3.0, 2.0]])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (layers.add, [[4, 6]]),
        (layers.subtract, [[-2, 2]]),
        (layers.multiply, [[3, 8]]),
        (layers.average, [[2, 3]]),
        (layers.maximum, [[3, 4]]),
        (layers.concatenate, [[1, 4, 3, 2]]),
    ],
)
def test_merges_symbolic_inputs_and_arrays(function, expected):
    np.testing.assert_array_equal(function([A, B]), expected)
    a, b = layers.Input((2,)), layers.Input((2,))
    model = Model([a, b], function([a, b], name="joined"))
    assert model.layers[-1].name == "joined"
    np.testing.assert_array_equal(model.predict([A, B]), expected)


def test_concatenate_takes_the_axis():
    assert layers.concatenate([np.zeros((1, 2, 3)), np.zeros((1, 4, 3))], axis=1).shape == (1, 6, 3)
