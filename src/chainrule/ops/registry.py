"""What an operation is, and the one list of all of them.

An operation is two pure functions of one stem, `stem_forward(*arrays, **options) -> Y, cache` and
`stem_backward(dY, cache)`, in one file with their formula. What the gradient needs is in `cache` and nowhere else;
arrays that come in are never changed; the dtype that comes in goes out.

`backward` returns one gradient for each array, in the same order, and None for an array that has none (labels,
indices); an operation of one array returns its gradient bare. The gradient test walks `OPERATIONS`: what is not in it
does not exist for engines, layers and exporters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

Shape = tuple[int | None, ...]


class Sample(NamedTuple):
    """One input on which an operation is tested: arrays away from kinks, and options."""

    arrays: tuple[np.ndarray, ...]
    options: Mapping[str, Any] = MappingProxyType({})


def same_shape(*shapes: Shape, **options: Any) -> Shape:
    """Return the shape of the first array: the rule of every elementwise operation."""
    return shapes[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """A forward function beside its gradient.

    Attributes
    ----------
    name : str
        The stem of both functions.
    forward, backward : callable
        See the module. `backward` is None where no useful gradient exists, and `why_no_gradient` says why.
    formula, gradient : str
        LaTeX of the forward pass and of the gradient, shown in the docs.
    samples : callable
        `samples(rng)` yields a `Sample` for each case that the tests must see.
    output_shape : callable
        `output_shape(*shapes, **options)`; None stands for the number of rows.
    family : str
        The docs page it belongs to: "activation", "loss", "penalty", …
    n_state : int
        Above 0: the last `n_state` arrays are running statistics, and `forward` returns `Y, cache, state`, where
        `state` holds their new values.
    random : bool
        `forward` takes `random=`, a `chainrule.random.Stream`.
    why_no_gradient : str
        The sentence that training with it is refused with.
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    formula: str
    gradient: str
    samples: Callable[[np.random.Generator], Iterable[Sample]]
    output_shape: Callable[..., Shape] = same_shape
    family: str = "layer"
    n_state: int = 0
    random: bool = False
    why_no_gradient: str = ""


OPERATIONS: dict[str, Operation] = {}


def register(name: str, **parts: Any) -> Operation:
    """Add an operation to `OPERATIONS` and return it."""
    if name in OPERATIONS:
        raise ValueError(f"The operation {name!r} is registered twice.")
    OPERATIONS[name] = Operation(name=name, **parts)
    return OPERATIONS[name]


def away_from(
    rng: np.random.Generator, shape: tuple[int, ...], kinks: Iterable[float] = (0.0,), scale: float = 2.0
) -> np.ndarray:
    """Return random numbers, none nearer than 0.01 to a kink, so that a finite difference never crosses one."""
    X = rng.normal(scale=scale, size=shape)
    for kink in kinks:
        X = np.where(np.abs(X - kink) < 0.01, kink + 0.05, X)
    return X
