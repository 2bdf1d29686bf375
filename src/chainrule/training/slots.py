"""What an optimizer remembers of each weight (momentum and the like), when the set of trained weights changes.

The optimizer keeps one flat array a slot. When a layer is frozen the flat vector gets shorter, and longer when it is
trained again; each weight's piece goes with it, by name, and a frozen weight's piece is kept until it is trained
again.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class SlotKeeper:
    """Starts an optimizer for a model, or moves what it remembers to another set of weights."""

    def __init__(self):
        self._slots: Any = None
        self._segments: list[tuple[str, slice]] = []
        self._kept: dict[tuple[str, str], np.ndarray] = {}

    def owns(self, optimizer) -> bool:
        """Return whether what an optimizer remembers is of this model's weights."""
        return self._slots is not None and optimizer.slots is self._slots

    def start(self, optimizer, parameters) -> None:
        """Make the optimizer ready for these weights.

        Parameters
        ----------
        optimizer : Optimizer
            One that has trained this model before keeps its memory and its count of steps; one that is new, or that
            trained another model in between, starts from nothing.
        parameters : ParameterVector
        """
        ours = self.owns(optimizer)
        if ours and self._segments == parameters.segments:
            return
        if not ours:
            self._kept = {}
            optimizer.start(parameters.theta, parameters.segments)
        else:
            self._move(optimizer, parameters)
        self._slots, self._segments = optimizer.slots, parameters.segments

    def _move(self, optimizer, parameters) -> None:
        size = parameters_size(self._segments)
        whole = {}
        for slot, array in _arrays(optimizer).items():
            if array.shape != (size,):
                whole[slot] = array  # one for all weights, such as Nadam's product of momenta
                continue
            self._kept.update({(slot, name): array[part].copy() for name, part in self._segments})
        iterations = optimizer.iterations
        optimizer.start(parameters.theta, parameters.segments)
        optimizer.iterations = iterations
        for slot, array in _arrays(optimizer).items():
            if slot in whole:
                array[...] = whole[slot]
                continue
            for name, part in parameters.segments:
                kept = self._kept.get((slot, name))
                if kept is not None and kept.size == part.stop - part.start:
                    array[part] = kept
                elif slot == "average":
                    array[part] = parameters.theta[part]  # an average begins where the weight is


def parameters_size(segments) -> int:
    """Return how many numbers segments hold together."""
    return segments[-1][1].stop if segments else 0


def _arrays(optimizer) -> dict[str, np.ndarray]:
    average = getattr(optimizer, "average", None)
    return optimizer.slots if average is None else optimizer.slots | {"average": average}
