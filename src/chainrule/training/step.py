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
    """The loss of a batch is NaN or infinite; nothing was updated. Carries the forward pass for the diagnosis."""

    def __init__(self, run: Pass, measured: Measured):
        super().__init__("loss is not finite")
        self.run, self.measured = run, measured


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
        n_inputs = len(program.inputs)
        slot_of = {id(weight): n_inputs + number for number, weight in enumerate(program.weights)}
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
        for slot, target in zip(self.weight_slots, self.parameters.gradients, strict=True):
            target[...] = 0 if G[slot] is None else G[slot]
        for number, weight in self._regularized:
            self.parameters.gradients[number] += weight.regularizer.gradient(weight.value)
        return run, measured

    def train(self, batch, seed: int) -> StepResult:
        """Run one whole step and change the weights."""
        run, measured = self.gradients(batch, seed, self.optimizer.iterations)
        self.optimizer.update(self.parameters.theta, self.parameters.gradient)
        for weight in self._constrained:
            weight.value[...] = weight.constraint(weight.value)
        for weight, new in run.state:
            weight.value[...] = new
        return StepResult(measured, self.engine.outputs(run), batch.size)


def training_step(model, named) -> TrainingStep:
    """Return the training step of a compiled model, for the named trainable weights."""
    if not named:
        raise NotReadyError(
            f"Model {model.name!r} has nothing to train: it has no trainable weights. Unfreeze a layer (layer.trainable = True)."
        )
    program, compilation = model.trace(training=True), model.compilation
    program.refuse_without_gradient()
    parameters = ParameterVector(named, model.dtype)
    regularized = [weight for _, weight in named if weight.regularizer is not None]
    objective = Objective(program, compilation.losses, compilation.loss_weights, regularized)
    optimizer = compilation.optimizer
    if not optimizer.started_for(parameters.theta):
        optimizer.start(parameters.theta, parameters.segments)
    return TrainingStep(program, objective, parameters, optimizer)
