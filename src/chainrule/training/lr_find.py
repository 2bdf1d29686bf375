"""The learning-rate finder: raise the rate step by step and watch the loss.

Source: Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arguments import check_number
from chainrule.errors import ArgumentError
from chainrule.random import Stream
from chainrule.training.batches import ArraySource
from chainrule.training.options import check_batch_size
from chainrule.training.reader import Reader
from chainrule.training.step import NonFinite

#: How much of the smoothed loss each step keeps.
SMOOTHING = 0.9
#: The search ends where the smoothed loss exceeds its best by this factor.
BLOWN_UP = 4.0
#: Steps until the average has forgotten its beginning: 1 / (1 − SMOOTHING).
WARM_UP = 10


@dataclass(frozen=True, eq=False)
class LearningRates:
    """What the finder saw.

    Attributes
    ----------
    rates, losses, smoothed : ndarray
        One number a step.
    suggestion : float
        The rate where the smoothed loss falls fastest.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float

    def __repr__(self) -> str:
        return (
            f"LearningRates(suggestion={self.suggestion:.2g}, from {self.rates[0]:.2g} to {self.rates[-1]:.2g} "
            f"in {len(self.rates)} steps)"
        )


def lr_find(model, x, y, lowest=1e-6, highest=10.0, steps=100, batch_size=32) -> LearningRates:
    """Try learning rates from low to high on a compiled model, and suggest one; the model is left as it was.

    Parameters
    ----------
    model : Model
        Compiled with a loss and an optimizer other than L-BFGS.
    x, y
        As in `fit`.
    lowest, highest : float, defaults 1e-6 and 10
        The range, walked in equal factors.
    steps : int, default 100
    batch_size : int, default 32

    Returns
    -------
    LearningRates

    Raises
    ------
    ArgumentError
        If the range is empty, or there are fewer than 10 steps.
    NotReadyError
        If the model is not compiled with a loss.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(1, input_dim=1)], seed=0)
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> 1e-4 < lr_find(model, X, 3 * X).suggestion < 10
    True
    """
    lowest, highest = (
        check_number("lr_find", "lowest", lowest, 0, above=True),
        check_number("lr_find", "highest", highest, 0),
    )
    if not lowest < highest:
        raise ArgumentError(f"lr_find needs 0 < lowest < highest; received {lowest} and {highest}.")
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < WARM_UP:
        raise ArgumentError(f"lr_find needs at least {WARM_UP} steps; received {steps!r}.")
    model.ensure_built_for(x)
    model._settle_compilation("lr_find", needs_loss=True)
    model.prepare_training()
    optimizer = model.optimizer
    if optimizer.full_batch:
        raise ArgumentError(
            f"{type(optimizer).__name__} finds its own step length; lr_find is for optimizers with a learning rate."
        )
    kept = model.get_weights(), optimizer.get_state(), optimizer.learning_rate
    try:
        rates, losses = _walk(
            model, _batches(model, x, y, check_batch_size(batch_size)), np.geomspace(lowest, highest, steps)
        )
    finally:
        model.set_weights(kept[0])
        optimizer.set_state(kept[1])
        optimizer.learning_rate = kept[2]
    smoothed = _smooth(losses)
    return LearningRates(rates, losses, smoothed, _steepest(rates, smoothed))


def _steepest(rates, smoothed) -> float:
    """Return the rate where the smoothed loss falls fastest, on its way to its minimum."""
    # The first averages are of few batches: what moves them is which rows those hold, not the rate.
    first = min(WARM_UP, len(rates) // 2)
    last = first + int(np.argmin(smoothed[first:])) + 1
    if last - first < 2:
        return float(rates[first])
    fall = np.gradient(smoothed[first:last], np.log(rates[first:last]))
    return float(rates[first + int(np.argmin(fall))])


def _batches(model, x, y, batch_size):
    """Yield batches without end, shuffled anew each pass."""
    reader = Reader(model, model.compilation.losses)
    inputs = reader.inputs(x)
    n = len(inputs[0])
    source = ArraySource(inputs, reader.targets(y, n), reader.weights(None, n), reader, batch_size)
    number = 0
    while True:
        yield from source.epoch(Stream(model.seed, "order", index=1, step=number).permutation(n))
        number += 1


def _walk(model, batches, rates):
    """Take a step at each rate until the loss blows up; return the rates taken and the losses before each step."""
    losses, smooth, best = [], 0.0, np.inf
    with np.errstate(all="ignore"):
        for number, (rate, batch) in enumerate(zip(rates, batches, strict=False), start=1):
            model.optimizer.learning_rate = float(rate)
            try:
                losses.append(model.training_step.train(batch, model.seed).measured.total)
            except NonFinite:
                break
            smooth = SMOOTHING * smooth + (1 - SMOOTHING) * losses[-1]
            corrected = smooth / (1 - SMOOTHING**number)
            best = min(best, corrected)
            if number > WARM_UP and corrected > BLOWN_UP * best:
                break
    if not losses:
        raise ArgumentError(
            "The loss is not finite at the lowest rate already: scale the inputs, or start the model anew."
        )
    return rates[: len(losses)], np.array(losses)


def _smooth(losses: np.ndarray) -> np.ndarray:
    smooth, found = 0.0, []
    for number, loss in enumerate(losses, start=1):
        smooth = SMOOTHING * smooth + (1 - SMOOTHING) * loss
        found.append(smooth / (1 - SMOOTHING**number))
    return np.array(found)
