"""Every gradient of a program beside a numeric one.

For each trainable weight and each layer's input W, in float64: the slope of the loss f along a direction D,

    numeric   (f(W + h D) − f(W − h D)) / 2h          analytic   Σ dW · D

costs two forward passes whatever the size of W, so that whole networks are checked quickly. The directions are the
gradient's own (where its length shows best), some random ones (where an error across it shows), and a few single
entries, which say where an error sits. Random numbers, dropout masks among them, are the same in every pass.

Where the two don't agree, three harmless causes are looked into before the gradient is called wrong:

    the step     h may be too large for a network that saturates, or too small for a large loss: the slope is measured
    with
                 several steps, and taken where two of them agree best
    rounding     how far these two differ is how well the slope can be known at all
    a kink       at one (a ReLU at exactly 0) the slopes to the left and right differ and the gradient is a matter of
    choice:
                 the check is made again a little to the side of it
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.checks.report import Checked
from chainrule.engines.reference import Pass, Reference
from chainrule.errors import DataError
from chainrule.random import Stream

#: The step of the difference, and the errors allowed: a hundredth and a tenth of what PyTorch's gradcheck allows.
STEP, ABSOLUTE, RELATIVE = 1e-6, 1e-7, 1e-4
#: How many roundings of the loss a difference of two losses may be off by.
ROUNDINGS = 20
#: Other steps, as multiples of the first, from large to small.
LADDER = tuple(10.0**power for power in range(6, -4, -1))
UNIT = LADDER.index(1.0)
#: A slope that is not known to this share is not known at all.
UNKNOWN = 0.05
#: How many random directions and how many single entries are looked at for each array.
DIRECTIONS, ENTRIES = 2, 8
#: One-sided slopes that differ by more than this share mean a kink.
KINK = 1e-3
#: How far aside of a kink the check is made again, as a share of an array's size.
ASIDE = 1e-3


@dataclass(eq=False)
class Subject:
    """What is checked: a program with numbers in its slots, and a loss of them.

    `loss(values)` returns the loss and its gradients at some slots; `penalties` maps a weight's slot to a function
    that returns its penalty and the gradient of that; `movable` are the slots of inputs and trainable weights.
    """

    engine: Reference
    values: list
    loss: Callable
    penalties: dict[int, Callable]
    movable: list[int]
    seed: int
    step: int = 0

    def __post_init__(self):
        self.start = list(self.values)
        self.n_steps = len(self.engine.program.steps)
        self.first_reader: dict[int, int] = {}
        for number, step in enumerate(self.engine.program.steps):
            for slot in step.inputs:
                self.first_reader.setdefault(slot, number)
        self._aside: Subject | None = None
        self.caches: list = []
        self._settle(list(self.values), 0)

    def _settle(self, values: list, first: int) -> None:
        """Run the steps from number `first` on, and take loss and gradients there."""
        run = self.engine.run(values, self.seed, self.step, first)
        self.values, self.caches = run.values, [*self.caches[:first], *run.caches]
        self.base, gradients = self.loss(run.values)
        if not np.isfinite(self.base):
            raise DataError(
                f"The loss is {self.base}, so there is no slope to measure: scale x and y, or look for the layer "
                "whose output is not finite."
            )
        self.gradients = self.engine.backward(Pass(run.values, self.caches, run.state), gradients)

    def at(self, slot: int, array: np.ndarray) -> float:
        """Return the loss with another array in one slot; only the steps from the first that reads it on are run."""
        values = list(self.values)
        values[slot] = array
        run = self.engine.run(values, self.seed, self.step, self.first_reader.get(slot, self.n_steps))
        total = self.loss(run.values)[0]
        if slot in self.penalties:
            # The other weights' penalties don't change, so they fall out of the difference.
            total += self.penalties[slot](array)[0]
        return total

    def gradient(self, slot: int) -> np.ndarray:
        """Return the gradient of the loss and of the slot's penalty."""
        W, G = self.values[slot], self.gradients[slot]
        G = np.zeros_like(W) if G is None else G
        return G + self.penalties[slot](W)[1] if slot in self.penalties else G

    def aside(self, slot: int) -> Subject:
        """Return the same subject with inputs, weights and the slot moved a little, off kinks at round numbers."""
        if self._aside is None:
            moved = list(self.start)
            for place in self.movable:
                moved[place] = self._moved(moved[place], place)
            self._aside = Subject(self.engine, moved, self.loss, self.penalties, self.movable, self.seed, self.step)
        if slot in self.movable:
            return self._aside
        # What dropout or a ReLU has set to 0 is still 0.
        twin = copy.copy(self._aside)
        values = list(twin.values)
        values[slot] = self._moved(values[slot], slot)
        twin._settle(values, self.first_reader.get(slot, self.n_steps))
        return twin

    def _moved(self, A: np.ndarray, slot: int) -> np.ndarray:
        size = ASIDE * max(1.0, float(np.abs(A).max(initial=0.0)))
        return A + size * Stream(self.seed, "check", slot, 1).normal(A.shape)


@dataclass(frozen=True)
class Slope:
    """The slope along one direction: by the gradient, by differences, and how far apart they are."""

    index: tuple[int, ...] | None
    size: float
    error: float
    passed: bool
    note: str = ""


def check_slot(subject: Subject, slot: int, layer: str, quantity: str, mode: str) -> Checked:
    """Check the gradient at one slot."""
    slopes = _slopes(subject, slot, may_jump=True)
    note = ""
    if any(slope.note == "kink" for slope in slopes):
        # Of the slopes at the kink those that agree count; in one along which kinks cancel each other none is seen. A
        # gradient is called right by the slopes beside it, where a wrong one is as wrong.
        slopes = [slope for slope in slopes if slope.passed] + _slopes_beside(subject.aside(slot), slot)
        note = "kink"
    G = subject.gradient(slot)
    finite = bool(np.isfinite(G).all())
    if slopes and not note:
        note = max(slopes, key=lambda slope: slope.size).note
    if finite and not G.any():
        note = "zero"
    scale = max((slope.size for slope in slopes), default=0.0)
    error = max((slope.error for slope in slopes), default=0.0)
    entries = [slope for slope in slopes if slope.index is not None]
    worst = max(entries, key=lambda slope: slope.error).index if entries else None
    passed = finite and all(slope.passed for slope in slopes)
    return Checked(layer, quantity, mode, G.shape, error, error / max(scale, ABSOLUTE), worst, passed, note)


def _slopes_beside(aside: Subject, slot: int) -> list[Slope]:
    """Return the slopes beside a kink that don't meet another: of many maxima that were tied, some still nearly are."""
    smooth = [slope for slope in _slopes(aside, slot, may_jump=True) if slope.note != "kink"]
    return smooth or _slopes(aside, slot, may_jump=False)


def _slopes(subject: Subject, slot: int, may_jump: bool) -> list[Slope]:
    """Return the slopes along every direction looked at; with `may_jump`, those across a kink are told apart."""
    G = subject.gradient(slot)
    if not np.isfinite(G).all() or not G.size:
        return []
    base = subject.at(slot, subject.values[slot])
    stream = Stream(subject.seed, "check", slot)
    length = float(np.sqrt(np.square(G).sum()))
    return [_slope(subject, slot, base, index, D, length, may_jump) for index, D in _directions(G, stream)]


def _directions(G: np.ndarray, stream: Stream):
    """Yield (None, direction) of length 1: the gradient's own, random ones; then (index, direction) of entries."""
    size = np.abs(G).max()
    for D in (*([G / size] if size > 0 else []), *(stream.normal(G.shape) for _ in range(DIRECTIONS))):
        yield None, D / np.sqrt(np.square(D).sum())
    largest = np.argsort(-np.abs(G), axis=None, kind="stable")[: ENTRIES // 2].tolist()
    chosen = list(dict.fromkeys([*largest, *stream.permutation(G.size)[:ENTRIES].tolist()]))[:ENTRIES]
    for flat in chosen:
        D = np.zeros(G.size)
        D[flat] = 1.0
        yield tuple(int(number) for number in np.unravel_index(flat, G.shape)), D.reshape(G.shape)


def _slope(subject: Subject, slot: int, base: float, index, D: np.ndarray, length: float, may_jump: bool) -> Slope:
    """Return the slope along one direction, measured again with care where the first measure does not agree."""
    analytic = float((subject.gradient(slot) * D).sum())
    W = subject.values[slot]
    # Where an entry is large, W + h would be rounded to W.
    typical = float(np.abs(W[D != 0]).max()) if index is not None else float(np.sqrt(np.square(W).mean()))
    unit = STEP * max(1.0, typical)

    def measure(h: float) -> tuple[float, float, float]:
        ahead, behind = subject.at(slot, W + h * D), subject.at(slot, W - h * D)
        return (ahead - base) / h, (base - behind) / h, ROUNDINGS * float(np.finfo(np.float64).eps) * abs(base) / h

    ahead, behind, rounding = measure(unit)
    numeric = (ahead + behind) / 2
    size, error = max(abs(analytic), abs(numeric)), abs(analytic - numeric)
    clear = rounding <= max(UNKNOWN * size, RELATIVE * length) + ABSOLUTE and not (
        may_jump and _gap(ahead, behind, rounding)
    )
    if analytic == ahead == behind == 0:
        return Slope(index, 0.0, 0.0, True)
    if clear and error <= ABSOLUTE + RELATIVE * size + rounding:
        return Slope(index, size, error, True)
    measured = [measure(unit * step) for step in LADDER]
    if may_jump and _is_kink(measured[UNIT], measured[UNIT + 1]):
        return Slope(index, size, error, False, "kink")
    return _careful_slope(index, analytic, measured)


def _careful_slope(index, analytic: float, measured: list[tuple[float, float, float]]) -> Slope:
    """Compare with the slope that two neighbouring steps agree on, as far as rounding lets them."""
    middle = np.array([(ahead + behind) / 2 for ahead, behind, _ in measured])
    doubt = np.abs(np.diff(middle)) + np.array([rounding for _, _, rounding in measured[1:]])
    share = doubt / (np.maximum(np.abs(middle[1:]), np.abs(middle[:-1])) + ABSOLUTE)
    best, known = _best_step(np.where(np.isnan(share), np.inf, share))
    numeric, unsure = float(middle[best + 1]), float(doubt[best])
    size, error = max(abs(analytic), abs(numeric)), abs(analytic - numeric)
    passed = error <= ABSOLUTE + RELATIVE * size + 2 * unsure
    return Slope(index, size, error, passed, "" if known else "rounding")


def _best_step(share: np.ndarray) -> tuple[int, bool]:
    """Return which step tells the slope, and whether any does.

    It is the smallest that is sharp: large ones may agree on the slope between two plateaus, or across a kink.
    """
    sharp = np.flatnonzero(share <= RELATIVE)
    if sharp.size:
        return int(sharp[-1]), True
    best = int(share.argmin())
    return (best, True) if share[best] <= UNKNOWN else (UNIT - 1, False)


def _gap(ahead: float, behind: float, rounding: float) -> float:
    """Return how far the one-sided slopes differ, 0 where that is little."""
    gap = abs(ahead - behind)
    return gap if gap > KINK * max(abs(ahead), abs(behind)) + ABSOLUTE + 4 * rounding else 0.0


def _is_kink(step, smaller) -> bool:
    """Tell a jump of the slope, which a smaller step sees too, from a bend, which it does not."""
    return _gap(*smaller) > _gap(*step) / 2 > 0
