"""The reference engine: NumPy, one operation after the other; the specification that other engines are held equal to.

The forward pass walks the program's steps and keeps each cache; the backward pass walks them in reverse, calls each
operation's own gradient, and adds up what reaches a slot by several ways: the chain rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.program import Program
from chainrule.random import Stream


@dataclass(eq=False)
class Pass:
    """What a forward pass leaves behind: the array in every slot, each step's cache, and the new running statistics."""

    values: list[Any]
    caches: list[Any]
    state: list[tuple[Any, np.ndarray]]


class Reference:
    """Runs one program.

    Parameters
    ----------
    program : Program
        What `trace` returns.
    wanted : iterable of int
        The slots whose gradients will be asked for; the way back to other slots is not walked.
    """

    name = "reference"

    def __init__(self, program: Program, wanted=()):
        self.program, self.wanted = program, set(wanted)
        self.n_inputs = len(program.inputs)
        self.weight_slots = range(self.n_inputs, self.n_inputs + len(program.weights))
        self._forward = [
            (
                step.operation.forward,
                step.inputs,
                step.options,
                step.output,
                step.operation.n_state,
                step.stream,
                step.state,
            )
            for step in program.steps
        ]
        needed = set(self.wanted)
        self._backward = []
        for number, step in enumerate(program.steps):
            if needed.intersection(step.inputs):
                needed.add(step.output)
                ways = [(position, slot) for position, slot in enumerate(step.inputs) if slot in needed]
                self._backward.append((number, step.operation.backward, step.output, ways, len(step.inputs) == 1))
        self._backward.reverse()

    def forward(self, inputs, seed: int = 0, step: int = 0, weights=None) -> Pass:
        """Run the steps on a batch.

        Parameters
        ----------
        inputs : list of ndarray
            One array for each of the network's inputs.
        seed, step : int
            Which random bits dropout and noise take.
        weights : list of ndarray, optional
            Instead of the weights' own numbers, in the program's order.
        """
        values: list[Any] = [None] * self.program.n_slots
        values[: self.n_inputs] = inputs
        values[self.n_inputs : self.weight_slots.stop] = weights or [weight.value for weight in self.program.weights]
        return self.run(values, seed, step)

    def run(self, values: list[Any], seed: int = 0, step: int = 0, first: int = 0) -> Pass:
        """Run the steps from number `first` on, on the arrays that are in the slots."""
        caches, state = [], []
        for forward, sources, options, output, n_state, stream, keepers in self._forward[first:]:
            arrays = [values[source] for source in sources]
            if stream is not None:
                options = {**options, "random": Stream(seed, "noise", stream, step)}
            if n_state:
                values[output], cache, new = forward(*arrays, **options)
                state.extend(zip(keepers, new, strict=True))
            else:
                values[output], cache = forward(*arrays, **options)
            caches.append(cache)
        return Pass(values, caches, state)

    def backward(self, run: Pass, gradients: dict[int, np.ndarray]) -> list[Any]:
        """Walk the steps in reverse from gradients that are given at some slots; return the gradient at every slot."""
        G: list[Any] = [None] * self.program.n_slots
        for slot, gradient in gradients.items():
            G[slot] = gradient
        caches = run.caches
        for number, backward, output, ways, bare in self._backward:
            if G[output] is None:
                continue
            results = backward(G[output], caches[number])
            if bare:
                results = (results,)
            for position, slot in ways:
                gradient = results[position]
                if gradient is not None:
                    # Not +=: the array may be another step's cache.
                    G[slot] = gradient if G[slot] is None else G[slot] + gradient
        return G

    def outputs(self, run: Pass) -> list[np.ndarray]:
        """Return the arrays of the network's outputs."""
        return [run.values[slot.index] for slot in self.program.outputs]
