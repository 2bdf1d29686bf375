"""One training step: forward, loss, backward, update.

On the reference engine all of it is here. On the native one the core makes the gradients, and whole stretches of steps
without coming back to Python (`training.native_loop`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.engines.choice import Choice, choose
from chainrule.engines.native import GRADIENT_NOT_FINITE, LOSS_NOT_FINITE
from chainrule.engines.reference import Pass, Reference
from chainrule.errors import NotReadyError
from chainrule.training.feeds import feed_of
from chainrule.training.native_training import NativeTraining, obstacle
from chainrule.training.objective import Measured, Objective
from chainrule.training.parameters import ParameterVector


@dataclass(eq=False)
class StepResult:
    """What is known of a batch: the losses, the predictions from before the update, and new running statistics."""

    measured: Measured
    outputs: list[np.ndarray]
    size: int
    state: list[tuple[Any, np.ndarray]] = field(default_factory=list)


class NonFinite(Exception):
    """The loss of a batch or its gradient is NaN or infinite; nothing was updated.

    It carries the forward pass, for the diagnosis.

    `gradient_of` names the weight, where the loss itself is finite.
    """

    def __init__(self, run: Pass, measured: Measured, gradient_of: str | None = None):
        super().__init__("loss is not finite")
        self.run, self.measured, self.gradient_of = run, measured, gradient_of


class TrainingStep:
    """Forward, loss, backward and update of a model's training program.

    Parameters
    ----------
    program : Program
        Traced for training.
    objective : Objective
    parameters : ParameterVector
    optimizer : Optimizer
    choice : Choice
        Which engine makes the gradients.

    Attributes
    ----------
    engine : Reference
        The reference engine, which also says where a NaN came from.
    native : NativeTraining or None
    """

    def __init__(self, program, objective: Objective, parameters: ParameterVector, optimizer, choice: Choice):
        self.objective, self.parameters, self.optimizer = objective, parameters, optimizer
        slot_of = program.slot_of_weight()
        self.weight_slots = [slot_of[id(weight)] for weight in parameters.weights]
        self.engine = Reference(program, self.weight_slots)
        self._regularized = [(n, w) for n, w in enumerate(parameters.weights) if w.regularizer is not None]
        self._constrained = [weight for weight in parameters.weights if weight.constraint is not None]
        self.choice: Choice = choice
        self.native: NativeTraining | None = None

    def gradients(self, batch, seed: int, step: int) -> StepResult:
        """Run forward and backward; the gradients are then in `parameters.gradients`.

        Raises
        ------
        NonFinite
            If the loss or a gradient is NaN or infinite.
        """
        if self.native is None:
            return self.reference_gradients(batch, seed, step)
        measured, outputs = self.native.gradients(batch, seed, step)
        measured.penalty = self.objective.penalty()
        measured.total += measured.penalty
        if measured.total - measured.total != 0.0:
            raise self.non_finite(batch, seed, step, measured, of_gradient=False)
        if not self._finish_gradients():
            raise self.non_finite(batch, seed, step, measured, of_gradient=True)
        return StepResult(measured, outputs, batch.size)

    def reference_gradients(self, batch, seed: int, step: int) -> StepResult:
        """Run forward and backward on the reference engine."""
        run = self.engine.forward(batch.inputs, seed, step)
        measured = self.objective.measure(run.values, batch.targets, batch.weights)
        # total − total is 0 for every finite number and NaN for the others, in Python floats without a NumPy call.
        if measured.total - measured.total != 0.0:
            raise NonFinite(run, measured)
        G = self.engine.backward(run, measured.gradients)
        for slot, target in zip(self.weight_slots, self.parameters.gradients, strict=True):
            target[...] = 0 if G[slot] is None else G[slot]
        if not self._finish_gradients():
            raise NonFinite(run, measured, self.parameters.first_bad_gradient())
        return StepResult(measured, self.engine.outputs(run), batch.size, run.state)

    def non_finite(self, batch, seed: int, step: int, measured: Measured, of_gradient: bool) -> NonFinite:
        """Return the failure of a batch on the native engine, with the reference engine's account of the layers."""
        run = self.engine.forward(batch.inputs, seed, step)
        return NonFinite(run, measured, self.parameters.first_bad_gradient() if of_gradient else None)

    def _finish_gradients(self) -> bool:
        """Add the regularizers' gradients; return whether all gradients are finite."""
        gradient = self.parameters.gradient
        for number, weight in self._regularized:
            self.parameters.gradients[number] += weight.regularizer.gradient(weight.value)
        # One dot product finds every NaN and infinity; it may overflow by itself, so the gradient is looked at again.
        square = float(gradient.dot(gradient))
        return square - square == 0.0 or bool(np.isfinite(gradient).all())

    def bind(self) -> None:
        """See that the weights are views of the flat vector: another model may have taken them over."""
        self.parameters.bind()
        if self.native is not None:
            self.native.bind()

    def train(self, batch, seed: int) -> StepResult:
        """Run one whole step and change the weights."""
        if self.native is not None and self.native.updates_in_core:
            return self._train_in_core(self.native, batch, seed)
        result = self.gradients(batch, seed, self.optimizer.iterations)
        self.optimizer.update(self.parameters.theta, self.parameters.gradient)
        for weight in self._constrained:
            weight.value[...] = weight.constraint(weight.value)
        for weight, new in result.state:
            weight.value[...] = new
        return result

    def _train_in_core(self, native: NativeTraining, batch, seed: int) -> StepResult:
        step = self.optimizer.iterations
        outputs = native.native.new_outputs(batch.size)
        ended = native.train(feed_of(batch), 0, batch.size, batch.size, seed, outputs)
        measured = native.measured(ended)
        if ended.ending in (LOSS_NOT_FINITE, GRADIENT_NOT_FINITE):
            raise self.non_finite(batch, seed, step, measured, ended.ending == GRADIENT_NOT_FINITE)
        return StepResult(measured, outputs, batch.size)


def training_step(model, named, slot_keeper) -> TrainingStep:
    """Return the training step of a compiled model, for the named trainable weights.

    Raises
    ------
    NotReadyError
        If nothing can be trained.
    GradientError
        If a layer has no gradient.
    """
    if not named:
        raise NotReadyError(
            f"Model {model.name!r} has nothing to train: it has no trainable weights. Unfreeze a layer with "
            "layer.trainable = True, or add one that has weights."
        )
    program, compilation = model.trace(training=True), model.compilation
    program.refuse_without_gradient()
    parameters = ParameterVector(named, model.dtype)
    regularized = [weight for _, weight in named if weight.regularizer is not None]
    objective = Objective(program, compilation.losses, compilation.loss_weights, regularized)
    optimizer = compilation.optimizer
    slot_keeper.start(optimizer, parameters)
    choice = choose(model, program, compilation.engine)
    if choice.core is not None:
        against = obstacle(choice.core, program, objective, parameters, optimizer)
        choice = choose(model, program, compilation.engine, against)
    step = TrainingStep(program, objective, parameters, optimizer, choice)
    if choice.core is not None:
        step.native = NativeTraining(choice.core, model, program, objective, parameters, optimizer)
    return step
