"""Layers as a directed acyclic graph: what the functional API builds, and what `Sequential` is a chain of.

A `Value` is the promise of an array: a shape without numbers. A `Call` is one use of a layer: the values that go in
and the values that come out. A layer that is called twice is shared: two calls, one set of weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chainrule.errors import ArgumentError


@dataclass(eq=False)
class Value:
    """The promise of an array of a known shape, None standing for the number of rows."""

    shape: tuple[int | None, ...]
    name: str = ""
    dtype: str | None = None
    call: Call | None = field(default=None, repr=False)

    @property
    def ndim(self) -> int:
        """The number of axes, the rows included."""
        return len(self.shape)


class Call:
    """One use of a layer: the values that go in, and a new value for each shape that comes out."""

    def __init__(self, layer: Any, inputs: list[Value], output_shapes: list[tuple[int | None, ...]]):
        self.layer, self.inputs = layer, inputs
        self.outputs = [Value(tuple(shape), layer.name, call=self) for shape in output_shapes]


def ordered_calls(inputs: list[Value], outputs: list[Value]) -> list[Call]:
    """Return the calls that lead from inputs to outputs, each after all that it needs, in a fixed order.

    Raises
    ------
    ArgumentError
        If an output depends on an `Input` that was not given.
    """
    order: list[Call] = []
    known = {id(value) for value in inputs}
    done: set[int] = set()
    # A stack of our own, since a network may be deeper than Python's recursion limit.
    stack: list[tuple[Value, bool]] = [(value, False) for value in reversed(outputs)]
    while stack:
        value, visited = stack.pop()
        if id(value) in known:
            continue
        if value.call is None:
            raise ArgumentError(
                f"The outputs depend on the Input {value.name!r} of shape {value.shape}, which is not among the "
                "inputs given: add it to Model(inputs=[…])."
            )
        if id(value.call) in done:
            continue
        if visited:
            done.add(id(value.call))
            order.append(value.call)
        else:
            stack.append((value, True))
            stack.extend((needed, False) for needed in reversed(value.call.inputs))
    return order
