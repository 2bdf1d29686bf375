"""What the native core is told of an optimizer, a penalty, a constraint, a loss or an operation: a name and numbers.

Each option is a list of floats under its Python name: one for a number or a flag, several for a list; None is left out.
What can't be said so is described as None, and the reference engine takes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chainrule.configurable import arguments_of
from chainrule.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from chainrule.ops.registry import OPERATIONS
from chainrule.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop
from chainrule.regularizers import L1, L1L2, L2

Numbers = dict[str, list[float]]

#: The classes that the core has too: exactly these, since a subclass of the user's own may do something else.
CORE_OPTIMIZERS = (SGD, Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, Nadam, RMSprop)
CORE_PENALTIES = (L1, L2, L1L2)
CORE_CONSTRAINTS = (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)

#: Arguments of an optimizer that are told elsewhere: the rate step by step, and which weights decay with the weights.
NOT_OPTIONS = ("learning_rate", "name", "weight_decay_exclude")

#: Up to here every whole number is a float64 too.
LARGEST_WHOLE = 2**53


def optimizer_options(optimizer: Any) -> tuple[str, Numbers] | None:
    """Return the class name and the options of an optimizer, those of every optimizer (clipping, …) included.

    Examples
    --------
    >>> name, options = optimizer_options(SGD(momentum=0.5))
    >>> name, options["momentum"], options["nesterov"], "clipnorm" in options
    ('SGD', [0.5], [0.0], False)
    """
    if type(optimizer) not in CORE_OPTIMIZERS:
        return None
    names = [name for name in arguments_of(type(optimizer)) if name not in NOT_OPTIONS]
    return _named(optimizer, names)


def penalty_options(regularizer: Any) -> tuple[str, Numbers] | None:
    """Return the class name and the options of a regularizer.

    Examples
    --------
    >>> penalty_options(L1L2(l1=0.5))
    ('L1L2', {'l1': [0.5], 'l2': [0.0]})
    """
    return _named(regularizer, arguments_of(type(regularizer))) if type(regularizer) in CORE_PENALTIES else None


def constraint_options(constraint: Any) -> tuple[str, Numbers] | None:
    """Return the class name and the options of a constraint.

    Examples
    --------
    >>> constraint_options(MaxNorm(3, axis=[0, 1]))
    ('MaxNorm', {'max_value': [3.0], 'axis': [0.0, 1.0]})
    """
    return _named(constraint, arguments_of(type(constraint))) if type(constraint) in CORE_CONSTRAINTS else None


def options_of(operation: str, options: Mapping[str, Any]) -> Numbers | None:
    """Return the options of an operation, with its own defaults where none is given; None where one is no number.

    Parameters
    ----------
    operation : str
        Its name in `chainrule.ops.registry.OPERATIONS`.
    options : dict
        Those that are given.

    Examples
    --------
    >>> options_of("sum_of_squares", {"half": False}), options_of("huber", {})
    ({'half': [0.0]}, {'delta': [1.0]})
    """
    parameters = inspect.signature(OPERATIONS[operation].forward).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}
    return numbers_of({**defaults, **options})


def numbers_of(options: Mapping[str, Any]) -> Numbers | None:
    """Return options as lists of floats; None where one isn't made of numbers.

    Examples
    --------
    >>> numbers_of({"axis": -1, "shape": (2, 3), "scale": None})
    {'axis': [-1.0], 'shape': [2.0, 3.0]}
    >>> numbers_of({"mode": "same"}) is None
    True
    """
    numbers: Numbers = {}
    for name, value in options.items():
        if value is None:
            continue
        found = _as_list(value)
        if found is None:
            return None
        numbers[name] = found
    return numbers


def _named(thing: Any, names: Iterable[str]) -> tuple[str, Numbers] | None:
    numbers = numbers_of({name: getattr(thing, name) for name in names})
    return None if numbers is None else (type(thing).__name__, numbers)


def _as_list(value: Any) -> list[float] | None:
    """Return a number as a list of one, and a list or an array of one axis as a list; None for anything else."""
    if isinstance(value, np.ndarray):
        # The axes of a matrix would be lost.
        value = value.tolist() if value.ndim <= 1 and value.dtype.kind in "biuf" else None
    items = value if isinstance(value, (list, tuple)) else [value]
    return [float(item) for item in items] if all(_fits(item) for item in items) else None


def _fits(item: Any) -> bool:
    """Tell a number, and a whole one only if it's the same as a float64."""
    if isinstance(item, (int, np.integer)):  # a bool is one too
        return -LARGEST_WHOLE <= int(item) <= LARGEST_WHOLE
    return isinstance(item, (float, np.floating, np.bool_))
