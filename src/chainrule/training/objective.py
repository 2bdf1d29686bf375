"""The objective: what training makes small.

    total = Σ over outputs of (loss weight · loss) + Σ over weights of penalties

Where a network ends in an activation that its loss can take in (softmax with cross-entropy, sigmoid with binary
cross-entropy), loss and activation are one operation on the activation's input: exact, and stable where the
activation has rounded to 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.program import Program


@dataclass(eq=False)
class Measured:
    """What an objective says of one batch."""

    total: float
    losses: list[float]
    penalty: float
    gradients: dict[int, np.ndarray] = field(default_factory=dict)


class Objective:
    """The losses of a compiled model, bound to the slots of one program.

    Parameters
    ----------
    program : Program
    losses : list of Loss or None
        One for each output.
    loss_weights : list of float
    regularized : list of Weight
        The weights with a regularizer.
    """

    def __init__(self, program: Program, losses, loss_weights, regularized):
        self.losses, self.loss_weights, self.regularized = losses, loss_weights, regularized
        self.terms: list[Any] = []
        last_step = {step.output: step for step in program.steps}
        for loss, slot, weight in zip(losses, program.outputs, loss_weights, strict=True):
            if loss is None:
                self.terms.append(None)
                continue
            step = last_step.get(slot.index)
            fused = loss.fused(step.operation.name, step.options) if step else None
            if step and fused:
                operation, options = fused
                self.terms.append((loss, operation, options, step.inputs[0], weight))
            else:
                self.terms.append((loss, loss.operation, loss.options, slot.index, weight))

    def slots(self) -> set[int]:
        """Return the slots that the losses read."""
        return {term[3] for term in self.terms if term}

    def measure(self, values, targets, sample_weights, with_gradients: bool = True) -> Measured:
        """Return the loss of a batch and its gradient at the slots that the losses read.

        Parameters
        ----------
        values : list
            The arrays of a forward pass, by slot.
        targets, sample_weights : list
            One array (or None) for each output.
        with_gradients : bool, default True
        """
        total, parts, gradients = 0.0, [], {}
        for term, T, W in zip(self.terms, targets, sample_weights, strict=True):
            if term is None:
                continue
            loss, operation, options, slot, weight = term
            L, cache = operation.forward(values[slot], T, **options)
            value, dL = loss.weighted(L, W)
            parts.append(value)
            total += weight * value
            if with_gradients:
                dP = operation.backward(dL if weight == 1 else dL * dL.dtype.type(weight), cache)[0]
                gradients[slot] = gradients[slot] + dP if slot in gradients else dP
        penalty = self.penalty()
        return Measured(total + penalty, parts, penalty, gradients)

    def penalty(self) -> float:
        """Return what the regularizers add to the loss."""
        return sum(float(weight.regularizer(weight.value)) for weight in self.regularized)
