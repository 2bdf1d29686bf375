"""The native engine: a lowered program in the C++ core, with the arrays that it reads and writes.

The core keeps no weights: it is told where they lie, and told again when a weight's array is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.engines.lowering import Extras, lower
from chainrule.program import Program

#: How a call of the core ended: the values of `Ending` in core/network.hpp.
DONE, OUT_OF_TIME, LOSS_NOT_FINITE, GRADIENT_NOT_FINITE = range(4)

#: A call of the core comes back after about so many seconds, for progress and Ctrl-C.
SECONDS_A_CALL = 0.03


class Ended(NamedTuple):
    """What a call of the core says: whole batches done, how it ended, and the sums that it carried on."""

    batches: int
    ending: int
    total: float
    losses: list[float]
    counts: list[float]
    hits: list[float]
    answers: list[float]
    penalty: float

    @property
    def sums(self) -> list[float]:
        """The sums as the next call carries them on."""
        return [*self.losses, *self.counts, *self.hits, *self.answers, self.penalty]


@dataclass(eq=False, slots=True)
class Feed:
    """The arrays of a stretch of training or evaluation, and the order in which their rows come.

    Attributes
    ----------
    inputs, targets, weights : list
        One array for each input; targets and weights one (or None) for each of the network's outputs.
    order : ndarray of int64, optional
        Which row comes at which place; without it they come as they lie.
    n_rows : int
        How many places there are.
    rows : ndarray or slice
        The rows of the user's own data at these places, for messages.
    """

    inputs: list[np.ndarray]
    targets: list[Any]
    weights: list[Any]
    order: np.ndarray | None
    n_rows: int
    rows: np.ndarray | slice


class Native:
    """Runs one program on the native core.

    Parameters
    ----------
    core : module
        What `chainrule.engines.core.load` returns.
    program : Program
    whole : list of bool
        For each input, whether it holds whole numbers.
    dtype : str
        "float32" or "float64".
    extras : Extras, optional
        Losses, metrics and wanted gradients.
    gradients : dict of int to ndarray, optional
        For each wanted weight's slot the array that its gradient is written into.
    training : bool, default False
        Whether gradients will be asked for.
    """

    name = "native"

    def __init__(
        self,
        core,
        program: Program,
        whole: list[bool],
        dtype: str,
        extras: Extras | None = None,
        gradients: dict[int, np.ndarray] | None = None,
        training: bool = False,
    ):
        extras = extras or Extras()
        self.core, self.program, self.dtype, self.extras = core, program, np.dtype(dtype), extras
        kind = core.Network64 if self.dtype == np.float64 else core.Network32
        self.network = kind(*lower(program, whole, extras, training))
        self.term_outputs = [output for output, *_ in extras.terms]
        self._weights = program.weights
        slot_of = program.slot_of_weight()
        self._gradients = [(gradients or {}).get(slot_of[id(weight)]) for weight in self._weights]
        self._bound: list[Any] = [None] * len(self._weights)
        # `why_not` has seen that no size is open.
        self._row_shapes: list[Any] = [slot.shape[1:] for slot in program.outputs]

    def bind(self) -> None:
        """Tell the core where the weights are, if one has moved."""
        if any(weight.value is not known for weight, known in zip(self._weights, self._bound, strict=True)):
            arrays = [np.require(weight.value, self.dtype, ["C", "W"]) for weight in self._weights]
            for weight, array in zip(self._weights, arrays, strict=True):
                weight.value = array
            self.network.bind(arrays, self._gradients)
            self._bound = arrays
        elif not self._weights:
            self.network.bind([], [])

    def new_outputs(self, n_rows: int) -> list[np.ndarray]:
        """Return an array for the predictions of so many rows, one an output."""
        return [np.empty((n_rows, *shape), self.dtype) for shape in self._row_shapes]

    def predict_rows(self, X: np.ndarray) -> np.ndarray | None:
        """Return the output for a few rows of one input; None where the array isn't as the core takes it."""
        for weight, known in zip(self._weights, self._bound, strict=True):
            if weight.value is not known:
                self.bind()
                break
        Y = np.empty((len(X), *self._row_shapes[0]), self.dtype)
        return Y if self.network.predict(X, Y) else None

    def measure(self, feed: Feed, first: int, n_rows: int, block: int, outputs, sums=()) -> Ended:
        """Run rows of a feed forward, `block` at a time: losses and metrics are added to sums, predictions written."""
        targets, weights = self.of_terms(feed)
        ended = self.network.measure(
            inputs=feed.inputs,
            targets=targets,
            weights=weights,
            order=feed.order,
            first=first,
            rows=n_rows,
            batch_size=block,
            seconds=SECONDS_A_CALL,
            outputs=outputs,
            sums=list(sums),
        )
        return Ended(*ended)

    def of_terms(self, feed: Any) -> tuple[list[Any], list[Any]]:
        """Return a feed's (or a batch's) targets and weights of those outputs that have a loss."""
        return [feed.targets[k] for k in self.term_outputs], [feed.weights[k] for k in self.term_outputs]
