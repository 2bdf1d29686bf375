"""Every gradient of a program beside a numeric one.

For each trainable weight and each layer's input, in float64: the slope of the loss f along a random direction d,

    numeric   (f(w + h d) − f(w − h d)) / 2h          analytic   Σ dw · d

costs two forward passes whatever the size of w, so that whole networks are checked quickly; a few single entries (the ones with the
largest gradient, and some at random) then say where an error sits. Random numbers, dropout masks among them, are the same in
every pass.

At a kink (a ReLU at exactly 0) the slopes to the left and right differ, and any value between them is a right answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.checks.report import Checked
from chainrule.engines.reference import Reference
from chainrule.random import Stream

#: The step of the difference, and the errors allowed (as PyTorch's gradcheck, a tenth as large).
STEP, ABSOLUTE, RELATIVE = 1e-6, 1e-6, 1e-4
#: How many random directions and how many single entries are looked at for each array.
DIRECTIONS, ENTRIES = 3, 12
#: One-sided slopes that differ by more than this share mean a kink.
KINK = 1e-3


@dataclass(eq=False)
class Subject:
    """What is checked: a program with numbers in its slots, and a loss of them.

    `loss(values)` returns the loss and its gradients at some slots; `penalties` maps a weight's slot to a function that returns
    its penalty and the gradient of that.
    """

    engine: Reference
    values: list
    loss: Callable
    penalties: dict[int, Callable]
    seed: int
    step: int = 0

    def __post_init__(self):
        run = self.engine.run(list(self.values), self.seed, self.step)
        self.values = run.values
        self.base, gradients = self.loss(run.values)
        self.gradients = self.engine.backward(run, gradients)
        self.producer = {step.output: number for number, step in enumerate(self.engine.program.steps)}

    def at(self, slot: int, array: np.ndarray) -> float:
        """Return the loss with another array in one slot."""
        values = list(self.values)
        values[slot] = array
        first = self.producer.get(slot, -1) + 1
        total = self.loss(self.engine.run(values, self.seed, self.step, first).values)[0]
        if slot in self.penalties:
            # The other weights' penalties don't change, so they fall out of the difference.
            total += self.penalties[slot](array)[0]
        return total


def check_slot(subject: Subject, slot: int, layer: str, quantity: str, mode: str) -> Checked:
    """Check the gradient at one slot."""
    W = subject.values[slot]
    G = subject.gradients[slot]
    G = np.zeros_like(W) if G is None else G
    base = subject.base
    if slot in subject.penalties:
        penalty, dpenalty = subject.penalties[slot](W)
        G, base = G + dpenalty, base + penalty
    stream = Stream(subject.seed, "check", slot)
    directions = [(None, D / np.sqrt(np.square(D).sum())) for D in (stream.normal(W.shape) for _ in range(DIRECTIONS))]
    results = []
    for index, D in [*directions, *_single_entries(G, stream)]:
        ahead = (subject.at(slot, W + STEP * D) - base) / STEP
        behind = (base - subject.at(slot, W - STEP * D)) / STEP
        results.append((index, *_compare(float((G * D).sum()), ahead, behind, abs(base))))
    kinks = any(result[4] for result in results)
    worst = max(results[DIRECTIONS:], key=lambda result: result[1])
    note = "at a kink" if kinks else "" if G.any() else "zero"
    passed = all(result[3] for result in results) and bool(np.isfinite(G).all())
    absolute, relative = max(result[1] for result in results), max(result[2] for result in results)
    return Checked(layer, quantity, mode, W.shape, absolute, relative, worst[0], passed, note)


def _single_entries(G: np.ndarray, stream: Stream):
    """Yield (index, direction) for the entries with the largest gradient and for some at random."""
    order = np.argsort(-np.abs(G), axis=None, kind="stable")
    chosen = list(dict.fromkeys([*order[: ENTRIES // 2].tolist(), *stream.permutation(G.size)[:ENTRIES].tolist()]))[:ENTRIES]
    for flat in chosen:
        D = np.zeros(G.size)
        D[flat] = 1.0
        yield tuple(int(number) for number in np.unravel_index(flat, G.shape)), D.reshape(G.shape)


def _compare(analytic: float, ahead: float, behind: float, size: float):
    """Return absolute and relative error, whether it passes, and whether this is a kink."""
    numeric = (ahead + behind) / 2
    scale = max(abs(analytic), abs(numeric))
    # The difference of two losses carries their rounding, which grows with the loss.
    allowed = ABSOLUTE * max(1.0, size) + RELATIVE * scale
    error = abs(analytic - numeric)
    if error <= allowed:
        return error, error / max(scale, ABSOLUTE), True, False
    low, high = min(ahead, behind), max(ahead, behind)
    kink = high - low > KINK * max(1.0, scale)
    between = kink and low - allowed <= analytic <= high + allowed
    error = 0.0 if between else error
    return error, error / max(scale, ABSOLUTE), between, between
