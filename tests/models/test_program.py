"""From a graph to a flat program, and what the reference engine does with it."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.engines.reference import Reference
from chainrule.errors import ArgumentError, GradientError
from chainrule.graph import ordered_calls
from chainrule.layers import Activation, Add, BatchNormalization, Dense, Dropout, Input
from chainrule.models import Model, Sequential

X = np.random.default_rng(0).normal(size=(5, 3))


def names(program):
    return [step.operation.name for step in program.steps]


def test_training_and_use_are_two_programs():
    model = Sequential([Dense(2, "relu", input_dim=3), Dropout(0.5), Dense(1)])
    assert names(model.trace(training=False)) == ["dense", "relu", "dense"]
    assert names(model.trace(training=True)) == ["dense", "relu", "dropout", "dense"]
    assert [step.layer for step in model.trace(training=True).steps] == ["dense", "dense", "dropout", "dense_1"]


def test_slots_are_inputs_then_weights_then_steps():
    program = Sequential([Dense(2, input_dim=3), Dense(1)]).trace(training=True)
    assert [slot.index for slot in program.inputs] == [0] and [weight.shape for weight in program.weights] == [
        (3, 2),
        (2,),
        (2, 1),
        (1,),
    ]
    assert [(step.inputs, step.output) for step in program.steps] == [([0, 1, 2], 5), ([5, 3, 4], 6)]
    assert [slot.index for slot in program.outputs] == [6] and program.n_slots == 7
    assert sorted(program.slot_of_weight().values()) == [1, 2, 3, 4]


def test_a_shared_layers_weights_have_one_slot():
    layer, a, b = Dense(2), Input(shape=(3,)), Input(shape=(3,))
    program = Model([a, b], Add()([layer(a), layer(b)])).trace(training=True)
    assert len(program.weights) == 2 and names(program) == ["dense", "dense", "add"]


def test_each_random_step_has_a_stream_of_its_own():
    program = Sequential([Dropout(0.5, input_dim=3), Dropout(0.5)]).trace(training=True)
    assert [step.stream for step in program.steps] == [0, 1]


def test_running_statistics_come_back_and_are_not_written():
    model = Sequential([BatchNormalization(input_dim=3)], dtype="float64")
    program = model.trace(training=True)
    run = Reference(program).forward([X])
    assert [weight.name for weight, _ in run.state] == ["moving_mean", "moving_variance"]
    np.testing.assert_array_equal(model.get_weights()[2], 0)


def test_what_reaches_a_slot_by_two_ways_is_added_up():
    x = Input(shape=(3,))
    program = Model(x, Add()([x, x]), dtype="float64").trace(training=True)
    engine = Reference(program, [0])
    run = engine.forward([X])
    G = engine.backward(run, {program.outputs[0].index: np.ones_like(X)})
    np.testing.assert_array_equal(G[0], 2 * np.ones_like(X))


def test_the_way_back_ends_where_nothing_is_wanted():
    model = Sequential([Dense(2, input_dim=3), Dense(2), Dense(1)], dtype="float64", seed=1)
    program = model.trace(training=True)
    engine = Reference(program, [program.slot_of_weight()[id(model.layers[-1].kernel)]])
    run = engine.forward([X])
    G = engine.backward(run, {program.outputs[0].index: np.ones((5, 1))})
    assert [slot for slot, gradient in enumerate(G) if gradient is not None] == [5, program.outputs[0].index]


def test_neither_pass_changes_what_it_was_given():
    model = Sequential(
        [Dense(4, "tanh", input_dim=3), BatchNormalization(), Dense(1, "sigmoid")], dtype="float64", seed=1
    )
    program = model.trace(training=True)
    engine = Reference(program, range(program.n_slots))
    given, upstream = X.copy(), np.ones((5, 1))
    run = engine.forward([given], seed=1)
    values = [np.array(value) for value in run.values]
    first = engine.backward(run, {program.outputs[0].index: upstream})
    second = engine.backward(run, {program.outputs[0].index: upstream})
    for a, b in zip(values, run.values, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(given, X)
    np.testing.assert_array_equal(upstream, 1)


def test_a_layer_without_a_gradient():
    program = Sequential([Activation("binary_step", input_dim=3)]).trace(training=True)
    with pytest.raises(GradientError, match="Layer 'activation' can't be trained"):
        program.refuse_without_gradient()


def test_calls_are_ordered_by_need_and_a_thousand_deep():
    x = value = Input(shape=(1,), name="x")
    layers = [Activation("tanh") for _ in range(1500)]
    for layer in layers:
        value = layer(value)
    assert [call.layer for call in ordered_calls([x], [value])] == layers
    with pytest.raises(ArgumentError, match="The outputs depend on the Input 'x'"):
        ordered_calls([], [value])


def test_a_layer_that_names_no_operation_is_told_the_nearest():
    class Wrong(Dense):
        def express(self, apply, X):
            return apply("dens", X, self.kernel)

    with pytest.raises(ArgumentError, match=r"There is no operation named 'dens'\. Did you mean 'dense'\?"):
        Sequential([Wrong(2, input_dim=3)]).trace(training=False)
