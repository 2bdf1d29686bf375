"""One training step on the reference engine: forward, loss, backward, update."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.engines.reference import Pass, Reference
from chainrule.errors import NotReadyError
from chainrule.training.objective import Measured, Objective
from chainrule.training.parameters import ParameterVector


@dataclass(eq=False)
class StepResult:
    """What is known of a batch after its step: the losses, and the predictions from before the update."""

    measured: Measured
    outputs: list[np.ndarray]
    size: int


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
    """

    def __init__(self, program, objective: Objective, parameters: ParameterVector, optimizer):
        self.objective, self.parameters, self.optimizer = objective, parameters, optimizer
        slot_of = program.slot_of_weight()
        self.weight_slots = [slot_of[id(weight)] for weight in parameters.weights]
        self.engine = Reference(program, self.weight_slots)
        self._regularized = [(n, w) for n, w in enumerate(parameters.weights) if w.regularizer is not None]
        self._constrained = [weight for weight in parameters.weights if weight.constraint is not None]

    def gradients(self, batch, seed: int, step: int) -> tuple[Pass, Measured]:
        """Run forward and backward; the gradients are then in `parameters.gradients`."""
        run = self.engine.forward(batch.inputs, seed, step)
        measured = self.objective.measure(run.values, batch.targets, batch.weights)
        # total − total is 0 for every finite number and NaN for the others, in Python floats without a NumPy call.
        if measured.total - measured.total != 0.0:
            raise NonFinite(run, measured)
        G = self.engine.backward(run, measured.gradients)
        gradient = self.parameters.gradient
        for slot, target in zip(self.weight_slots, self.parameters.gradients, strict=True):
            target[...] = 0 if G[slot] is None else G[slot]
        for number, weight in self._regularized:
            self.parameters.gradients[number] += weight.regularizer.gradient(weight.value)
        # One dot product finds every NaN and infinity; it may overflow by itself, so the gradient is looked at again.
        square = float(gradient.dot(gradient))
        if square - square != 0.0 and not np.isfinite(gradient).all():
            raise NonFinite(run, measured, self.parameters.first_bad_gradient())
        return run, measured

    def bind(self) -> None:
        """See that the weights are views of the flat vector: another model may have taken them over."""
        self.parameters.bind()

    def train(self, batch, seed: int) -> StepResult:
        """Run one whole step and change the weights."""
        run, measured = self.gradients(batch, seed, self.optimizer.iterations)
        self.optimizer.update(self.parameters.theta, self.parameters.gradient)
        for weight in self._constrained:
            weight.value[...] = weight.constraint(weight.value)
        for weight, new in run.state:
            weight.value[...] = new
        return StepResult(measured, self.engine.outputs(run), batch.size)


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
    return TrainingStep(program, objective, parameters, optimizer)
