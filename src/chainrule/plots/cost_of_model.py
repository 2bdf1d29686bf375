"""A model's loss as a function of one or two of its weights, the others as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, unknown_name


class Cost:
    """A function of one or two numbers, with their names.

    Examples
    --------
    >>> Cost(lambda w: w**2, ["w"]).along(np.array([1.0, 3.0]))
    array([1., 9.])
    """

    def __init__(self, function: Callable[..., Any], names: list[str]):
        self.function, self.names = function, names

    def __call__(self, *weights: float) -> float:
        """Return the cost; NaN where it can't be computed as a number."""
        with np.errstate(all="ignore"):
            try:
                return float(self.function(*(float(weight) for weight in weights)))
            except OverflowError:
                return np.inf
            except TypeError as error:
                raise ArgumentError(
                    f"The cost takes {len(weights)} {'number' if len(weights) == 1 else 'numbers'} and returns one; "
                    f"calling it failed: {error}."
                ) from error

    def along(self, weights: np.ndarray) -> np.ndarray:
        """Return the cost at each value of one weight."""
        return np.array([self(weight) for weight in weights])


def cost_of_model(model: Any, x: Any, y: Any, weight: Any, count: int) -> Cost:
    """Return the loss of a compiled model on one batch as a function of `count` of its weights.

    The model isn't changed: the reference engine is given arrays in place of its weights, so that this may be done
    while another thread trains.

    Raises
    ------
    ArgumentError
        If data or weights are missing, or a weight isn't known.
    """
    from chainrule.engines.reference import Reference
    from chainrule.training.objective import Objective
    from chainrule.training.one_batch import read_batch

    if x is None or y is None:
        raise ArgumentError("For a model cost_path needs the batch whose loss is drawn: give x=… and y=….")
    places = _places(model, weight, count)
    compilation = model._settle_compilation("cost_path", needs_loss=True)
    program = model.trace(training=False)
    engine, batch = Reference(program), read_batch(model, x, y, verb="cost_path")
    objective = Objective(program, compilation.losses, compilation.loss_weights, [])
    slots = {id(one): number for number, one in enumerate(program.weights)}
    arrays = [one.numpy().copy() for one in program.weights]

    def cost(*values: float) -> float:
        for (_, one, index), value in zip(places, values, strict=True):
            arrays[slots[id(one)]][index] = value
        run = engine.forward(batch.inputs, model.seed, weights=arrays)
        penalty = sum(
            float(one.regularizer(array))
            for one, array in zip(program.weights, arrays, strict=True)
            if one.regularizer is not None
        )
        return objective.measure(run.values, batch.targets, batch.weights, with_gradients=False).total + penalty

    return Cost(cost, [name for name, _, _ in places])


def _places(model: Any, weight: Any, count: int) -> list[tuple[str, Any, tuple[int, ...]]]:
    """Return name, weight and index of each weight that is asked for."""
    asked = [weight] if isinstance(weight, (str, tuple)) else list(weight or ())
    if len(asked) != count:
        raise ArgumentError(
            f"The path is of {count} {'weight' if count == 1 else 'weights'} and weight= names {len(asked)}: say "
            "which, such as weight=('dense/kernel', 0, 0), or a list of two such."
        )
    return [_place(model, one) for one in asked]


def _place(model: Any, asked: Any) -> tuple[str, Any, tuple[int, ...]]:
    name, *index = (asked,) if isinstance(asked, str) else asked
    named = dict(model.named_weights())
    if name not in named:
        raise unknown_name("weight", name, named)
    found = named[name]
    if not index and found.size == 1:
        index = [0] * len(found.shape)
    whole = all(isinstance(i, (int, np.integer)) for i in index)
    if (
        len(index) != len(found.shape)
        or not whole
        or not all(0 <= i < n for i, n in zip(index, found.shape, strict=True))
    ):
        raise ArgumentError(
            f"{name} has shape {found.shape}, so {len(found.shape)} whole numbers within it name one number of it; "
            f"received {tuple(index)}."
        )
    shown = f"{name}[{', '.join(str(i) for i in index)}]" if found.size > 1 else name
    return shown, found, tuple(int(i) for i in index)
