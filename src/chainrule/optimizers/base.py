"""What an optimizer is: it changes the weights a little, so that the loss gets smaller.

All trainable weights are views into one flat vector θ, and so are their gradients into g. A step is then a handful of
in-place NumPy calls on one-dimensional arrays, however many layers there are.

Legend: θ the weights, g the gradient of the loss, η the learning rate at this step, t the number of the step (from 1),
λ the weight decay, β the momentum of the average. One `update`:

    1  clip g                                       (clipvalue, clipnorm or global_clipnorm)
    2  θ ← θ − η λ θ                                (weight_decay: decoupled from g, after Loshchilov and Hutter, 2019)
    3  the optimizer's own step                     (`_step`, in its file)
    4  θ̄ ← β θ̄ + (1 − β) θ; θ̄ = θ at the first step  (use_ema)

An optimizer of your own: derive from `Optimizer`; `__init__` passes `**options` on, `_make_slots` names the arrays it
keeps from step to step, `_step` changes θ in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.arguments import check_flag, check_number, check_whole
from chainrule.errors import ArgumentError, NotReadyError, ShapeError
from chainrule.optimizers.checkpoint import check_state
from chainrule.optimizers.clipping import clip_by_norm, clip_by_value, clip_each_by_norm
from chainrule.optimizers.rate import LearningRate
from chainrule.schedules import Schedule

#: The name of one weight and where in θ it lies.
Segment = tuple[str, slice]


def move_towards(average: np.ndarray, X: np.ndarray, weight: float, scratch: np.ndarray) -> None:
    """Change `average` to (1 − weight) · average + weight · X, in place. X may be the scratch array."""
    np.subtract(X, average, out=scratch)
    scratch *= weight
    average += scratch


class Optimizer(LearningRate):
    """Base of optimizers, with the arguments that all of them take.

    Parameters
    ----------
    learning_rate : float or Schedule
        How far a step goes; at least 0. A schedule gives the rate for each step.
    weight_decay : float, optional
        Shrinks every weight by this fraction of the learning rate at each step; at least 0.
    clipnorm, clipvalue, global_clipnorm : float, optional
        Limit the gradient; above 0, at most one of them. See `chainrule.optimizers.clipping`.
    use_ema : bool, default False
        Whether to keep an exponential moving average of the weights and end training with it.
    ema_momentum : float, default 0.99
        How slowly that average moves, from 0 to 1.
    ema_overwrite_frequency : int, optional
        Every how many steps the weights are set to their average; None: only at the end of training.
    name : str, optional
        A name of your own; by default the class's, in lower case.
    weight_decay_exclude : list of str
        Weights whose names contain one of these words don't decay; see `exclude_from_weight_decay`.
    **legacy
        `lr`, the old name of `learning_rate`, and `decay`, which makes the rate an `InverseTimeDecay`, work and warn.

    Attributes
    ----------
    slots : dict of str to ndarray
        What the optimizer remembers from step to step.
    iterations : int
        How many steps were taken.

    Raises
    ------
    ArgumentError
        If an argument can't be used.
    """

    #: Whether the optimizer takes all rows at once, through `minimize`, and not batch by batch through `update`.
    full_batch = False

    def __init__(
        self,
        learning_rate: float | Schedule | dict = 0.001,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        name: str | None = None,
        weight_decay_exclude: Sequence[str] = (),
        **legacy: Any,
    ):
        self.name = name or type(self).__name__.lower()
        self.learning_rate = self._legacy_rate(learning_rate, legacy)
        self.weight_decay = self._optional("weight_decay", weight_decay)
        self.clipnorm = self._optional("clipnorm", clipnorm, above=True)
        self.clipvalue = self._optional("clipvalue", clipvalue, above=True)
        self.global_clipnorm = self._optional("global_clipnorm", global_clipnorm, above=True)
        self.use_ema = check_flag(self._owner, "use_ema", use_ema)
        self.ema_momentum = check_number(self._owner, "ema_momentum", ema_momentum, 0, 1)
        every = ema_overwrite_frequency
        self.ema_overwrite_frequency = (
            None if every is None else check_whole(self._owner, "ema_overwrite_frequency", every)
        )
        self.weight_decay_exclude = ()
        self.exclude_from_weight_decay(weight_decay_exclude)
        self._refuse_two_limits()
        self._shape: tuple[int, ...] | None = None
        self.slots: dict[str, np.ndarray] = {}
        self.average: np.ndarray | None = None
        self.iterations = 0

    # ---- arguments

    def _optional(self, argument: str, value: Any, *, above: bool = False) -> float | None:
        return None if value is None else self._at_least_0(argument, value, above=above)

    def _at_least_0(self, argument: str, value: Any, *, above: bool = False) -> float:
        return check_number(self._owner, argument, value, 0, above=above)

    def _fraction(self, argument: str, value: Any) -> float:
        """Check a decay rate such as Adam's β₁: from 0, below 1."""
        return check_number(self._owner, argument, value, 0, 1, below=True)

    def _refuse_two_limits(self) -> None:
        limits = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        given = [f"{name}={value:g}" for name, value in limits.items() if value is not None]
        if len(given) > 1:
            raise ArgumentError(
                f"{self._owner} clips gradients in one way only; received {', '.join(given)}: keep one of them."
            )

    # ---- training

    def start(self, theta: np.ndarray, segments: Iterable[Segment] | None = None) -> None:
        """Forget everything and prepare to train θ. Called once, when training starts, not at each `fit`.

        Parameters
        ----------
        theta : ndarray, shape (n,)
            All trainable weights.
        segments : list of (str, slice), optional
            The name of each weight and where it lies in θ; by default one weight that is all of θ.

        Raises
        ------
        ShapeError
            If θ is not one-dimensional.
        """
        if theta.ndim != 1:
            raise ShapeError(
                f"{self._owner} trains one flat vector of weights; received an array of shape {theta.shape}."
            )
        self._shape = theta.shape
        self._segments = list(segments) if segments is not None else [("theta", slice(0, theta.size))]
        self._scratch = np.empty_like(theta)
        self.slots = self._make_slots(theta)
        self.average = np.zeros_like(theta) if self.use_ema else None
        self.iterations = 0

    def started_for(self, theta: np.ndarray) -> bool:
        """Return whether `start` was called for weights of this size."""
        return self._shape == theta.shape

    def update(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """Take one step: change θ in place. The gradient may be overwritten.

        Raises
        ------
        NotReadyError
            If `start` was not called for a vector of this size.
        """
        if theta.shape != self._shape:
            self._refuse_unstarted(theta.shape)
        rate = self.current_learning_rate
        self._clip(gradient)  # 1
        if self.weight_decay:
            self._decay(theta, rate * self.weight_decay)  # 2
        self._step(theta, gradient, rate, self.iterations + 1)  # 3
        self.iterations += 1
        if self.average is not None:
            self._follow(theta, self.average)  # 4

    def finalize(self, theta: np.ndarray) -> None:
        """End training: with `use_ema`, the weights become their average."""
        if self.average is not None and self.iterations:
            theta[:] = self.average

    def exclude_from_weight_decay(
        self, names: Iterable[str] | None = None, *, var_names: Iterable[str] | None = None
    ) -> None:
        """Leave weights out of weight decay whose name contains one of the given words, such as "bias".

        Parameters
        ----------
        names : list of str
            The words; they replace those given before.
        var_names : list of str, optional
            Keras' word for `names`.

        Raises
        ------
        ArgumentError
            If the words are not a list of strings.
        """
        words = names if names is not None else var_names
        if not isinstance(words, (list, tuple, set)) or not all(isinstance(word, str) for word in words):
            raise ArgumentError(
                f"{self._owner} leaves out weights by a list of names, such as ['bias']; received {words!r}."
            )
        self.weight_decay_exclude = tuple(words)

    def _refuse_unstarted(self, shape: tuple[int, ...]) -> None:
        started = "was not started" if self._shape is None else f"was started for {self._shape[0]} weights"
        raise NotReadyError(
            f"{self._owner} {started}, and received weights of shape {shape}; call start(theta, segments) first."
        )

    def _clip(self, gradient: np.ndarray) -> None:
        if self.clipvalue is not None:
            clip_by_value(gradient, self.clipvalue)
        elif self.clipnorm is not None:
            clip_each_by_norm(gradient, self.clipnorm, (part for _, part in self._segments))
        elif self.global_clipnorm is not None:
            clip_by_norm(gradient, self.global_clipnorm)

    def _decay(self, theta: np.ndarray, fraction: float) -> None:
        # Not θ ·= 1 − fraction: in float32 that factor would be rounded by up to 6e-8, which is much of 1e-6.
        np.multiply(theta, fraction, out=self._scratch)
        for name, part in self._segments if self.weight_decay_exclude else ():
            if any(word in name for word in self.weight_decay_exclude):
                self._scratch[part] = 0
        theta -= self._scratch

    def _follow(self, theta: np.ndarray, average: np.ndarray) -> None:
        if self.iterations == 1:
            average[:] = theta
        else:
            move_towards(average, theta, 1 - self.ema_momentum, self._scratch)
        if self.ema_overwrite_frequency and self.iterations % self.ema_overwrite_frequency == 0:
            theta[:] = average

    # ---- what an optimizer defines

    def _make_slots(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """Return the arrays that this optimizer keeps from step to step, in their first state."""
        return {}

    def _step(self, theta: np.ndarray, gradient: np.ndarray, rate: float, t: int) -> None:
        """Change θ in place; the gradient and `self._scratch` may be overwritten."""
        raise NotImplementedError(f"{self._owner} has to define _step(self, theta, gradient, rate, t).")

    # ---- checkpoints

    def get_state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that a resumed run needs beside the configuration, for a checkpoint.

        Returns
        -------
        dict of str to ndarray
            "iterations", "learning_rate" (if it's a number; callbacks may have changed it), "average" (with `use_ema`),
            and the slots.
        """
        state: dict[str, np.ndarray] = {"iterations": np.array(self.iterations, dtype=np.int64)}
        if not isinstance(self._learning_rate, Schedule):
            state["learning_rate"] = np.array(self._learning_rate, dtype=np.float64)
        return state | {name: array.copy() for name, array in self._arrays().items()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over what `get_state` returned: training goes on with the same bits.

        Raises
        ------
        NotReadyError
            If `start` was not called.
        ArgumentError, ShapeError
            If the state is that of another optimizer or of other weights; nothing is changed then.
        """
        if self._shape is None:
            raise NotReadyError(f"{self._owner} was not started; call start(theta, segments) before set_state.")
        arrays, expected = self._arrays(), set(self.get_state())
        check_state(self._owner, state, arrays, expected)
        self.iterations = check_whole(self._owner, "iterations", int(state["iterations"]), 0)
        if "learning_rate" in state:
            self.learning_rate = float(state["learning_rate"])
        for name, array in arrays.items():
            array[...] = state[name]

    def _arrays(self) -> dict[str, np.ndarray]:
        return self.slots if self.average is None else self.slots | {"average": self.average}
