"""What is made of a model so that it can run: the traced programs, kept until layers, weights or settings change."""

from __future__ import annotations

from typing import Any

from chainrule.engines.choice import Choice, choose, whole_inputs
from chainrule.engines.native import Native
from chainrule.engines.reference import Reference
from chainrule.errors import NotReadyError


class Programs:
    """The part of a model that keeps its training step and its network in use."""

    built: bool
    layers: list[Any]
    named_weights: Any
    trainable_weights: list[Any]
    trace: Any
    require_built: Any
    dtype: Any

    def _start_programs(self) -> None:
        self._compile_arguments: tuple | None = None
        #: What the optimizer keeps of each weight, so that freezing a layer or compiling anew loses nothing.
        self._slot_keeper: Any = None
        self._forget_programs()

    def _forget_programs(self) -> None:
        """Forget all that depends on the graph; it is made again when it is needed."""
        self._compilation: Any = None
        self._training_step: Any = None
        self._training_key: Any = None
        self._inference: Any = None
        self._inference_objective: Any = None
        self._inference_choice: Any = None
        self._predictor: Any = None
        self._evaluator: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the programs out of copies and pickles: they hold views, which a copy would tear from their vector."""
        made = (
            "_training_step", "_training_key", "_inference", "_inference_objective", "_inference_choice", "_predictor",
            "_evaluator",
        )  # fmt: skip
        # The calls come first: each needs only those before it, so that copying a deep network does not recurse deeply.
        state: Any = super().__getstate__()
        return {"calls": state["calls"]} | state | dict.fromkeys(made)

    # What compile settled ---------------------------------------------------------------------------------------------

    @property
    def compilation(self) -> Any:
        """What `compile` settled, or None before `compile` or before the input shape is known."""
        if self._compilation is None and self._compile_arguments is not None and self.built:
            from chainrule.training.compilation import Compilation

            self._compilation = Compilation(self, *self._compile_arguments)
        return self._compilation

    @property
    def optimizer(self):
        """The optimizer that `compile` settled, or None."""
        return self._compile_arguments[0] if self._compile_arguments else None

    @property
    def loss(self):
        """What `compile` was given as loss, or None."""
        return self._compile_arguments[1] if self._compile_arguments else None

    @property
    def metrics(self) -> list[Any]:
        """The metric objects that `compile` settled, in the order of `metrics_names`; none before the input shape."""
        settled = self.compilation
        return [] if settled is None else [metric for _, metric, *_ in settled.named_metrics()]

    def _settle_compilation(self, verb: str = "", needs_loss: bool = False) -> Any:
        """Return what `compile` settled, or refuse with a sentence what needs it."""
        if self._compile_arguments is None:
            who = f"{verb} needs a loss and an optimizer" if verb else "The model is not compiled"
            raise NotReadyError(f"{who}: call model.compile(optimizer='adam', loss=…) first, for example loss='mse'.")
        self.require_built()
        compilation = self.compilation
        if needs_loss and all(loss is None for loss in compilation.losses):
            raise NotReadyError(f"{verb} needs a loss: call model.compile(loss=…) first, for example loss='mse'.")
        return compilation

    # Training ---------------------------------------------------------------------------------------------------------

    def prepare_training(self) -> None:
        """Make the training program ready: traced anew if layers were frozen or compile settings changed."""
        from chainrule.training.slots import SlotKeeper
        from chainrule.training.step import training_step

        compilation = self._settle_compilation()
        named = self.named_weights(trainable_only=True)
        key = (self._frozen_key(), id(compilation))
        if self._training_step is None or key != self._training_key:
            self._slot_keeper = self._slot_keeper or SlotKeeper()
            self._training_step = training_step(self, named, self._slot_keeper)
            self._training_key = key
        self._training_step.bind()

    def _frozen_key(self) -> tuple:
        """Return what tells one state of freezing from another: batch normalisation without γ and β also knows it."""
        return tuple(id(weight) for weight in self.trainable_weights), _flags(self)

    @property
    def training_step(self) -> Any:
        """The `TrainingStep` of the compiled model."""
        if self._training_step is None:
            self.prepare_training()
        return self._training_step

    def finish_training(self) -> None:
        """Let the optimizer have its last word (averaged weights)."""
        self.training_step.optimizer.finalize(self.training_step.parameters.theta)

    # Use --------------------------------------------------------------------------------------------------------------

    @property
    def inference_engine(self) -> Reference:
        """The reference engine of the network in use."""
        if self._inference is None:
            self._inference = Reference(self.trace(training=False))
        return self._inference

    @property
    def inference_objective(self):
        """The losses bound to the network in use, with the penalties of the weights that training changes."""
        from chainrule.training.objective import Objective

        compilation, key = self.compilation, self._frozen_key()
        if self._inference_objective is None or self._inference_objective[0] != key:
            regularized = [weight for weight in self.trainable_weights if weight.regularizer is not None]
            program = self.inference_engine.program
            objective = Objective(program, compilation.losses, compilation.loss_weights, regularized)
            self._inference_objective = key, objective
        return self._inference_objective[1]

    @property
    def inference_choice(self) -> Choice:
        """Which engine computes the network in use."""
        if self._inference_choice is None:
            engine = "auto" if self._compile_arguments is None else self._compile_arguments[-1]
            self._inference_choice = choose(self, self.inference_engine.program, engine)
        return self._inference_choice

    @property
    def predictor(self) -> Native | None:
        """The network in use on the native engine, where that computes."""
        if self._predictor is None and self.inference_choice.core is not None:
            self._predictor = self._native()
        if self._predictor is not None:
            self._predictor.bind()
        return self._predictor

    @property
    def evaluator(self) -> Native | None:
        """The network in use with its losses and metrics, on the native engine, where that computes both."""
        from chainrule.training.native_training import extras_of, losses_in_core

        core, objective = self.inference_choice.core, self.inference_objective
        if core is None or not losses_in_core(core, objective):
            return None
        if self._evaluator is None:
            self._evaluator = self._native(extras_of(objective, self.compilation))
        self._evaluator.bind()
        return self._evaluator

    def _native(self, extras=None) -> Native:
        program, core = self.inference_engine.program, self.inference_choice.core
        return Native(core, program, whole_inputs(self), self.dtype, extras)

    @property
    def engine(self) -> Choice:
        """Which engine computes, and why: that of training once the model is compiled, else that of its use."""
        self.require_built()
        compiled = self.compilation is not None and any(loss is not None for loss in self.compilation.losses)
        if compiled and self.trainable_weights and not self._untrainable():
            self.prepare_training()
            return self._training_step.choice
        return self.inference_choice

    def _untrainable(self) -> bool:
        return any(step.operation.backward is None for step in self.trace(training=True).steps)


def _flags(layer) -> tuple:
    """Return `trainable` of a layer and of every layer within it."""
    return (layer.trainable, *(_flags(inner) for inner in getattr(layer, "layers", ())))
