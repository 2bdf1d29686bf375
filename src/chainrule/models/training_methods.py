"""Keras' training methods of a model; what they do is in `chainrule.training`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, NotReadyError


class TrainingMethods:
    """compile, fit, evaluate, predict, their one-batch forms, and `gradients`."""

    def _start_training_methods(self) -> None:
        self.compilation: Any = None
        self.history: Any = None
        self.stop_training = False
        self._resume_from_epoch: int | None = None
        self._forget_programs()

    def _forget_programs(self) -> None:
        self._training_step: Any = None
        self._training_key: Any = None
        self._inference: Any = None
        self._inference_objective: Any = None

    # compile ----------------------------------------------------------------------------------------------------------

    def compile(
        self, optimizer="rmsprop", loss=None, metrics=None, loss_weights=None, weighted_metrics=None, *, engine="auto", **legacy
    ) -> None:
        """Settle how the model is trained.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str or Loss; a list or dict of them for several outputs
            Without a loss the model can only predict.
        metrics, weighted_metrics : list of str or Metric; a list or dict of lists for several outputs
            Weighted ones count each row by its sample weight.
        loss_weights : list or dict of float, optional
            The factor of each output's loss in the sum, 1 by default.
        engine : str, default "auto"
            Who computes: "reference" is NumPy. `CHAINRULE_ENGINE` decides where it is "auto".

        Raises
        ------
        ArgumentError
            If a name is not known (with the nearest known one), or lists don't match the outputs.

        Examples
        --------
        >>> from chainrule.layers import Dense
        >>> from chainrule.models import Sequential
        >>> model = Sequential([Dense(1, input_dim=3)])
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> model.metrics_names
        ['loss']
        """
        from chainrule.training.compilation import Compilation

        if legacy:
            raise ArgumentError(f"compile has no argument {next(iter(legacy))!r}.")
        self._compile_arguments = (optimizer, loss, metrics, loss_weights, weighted_metrics, engine)
        self.compilation = None
        self._forget_programs()
        if self.built:
            self.compilation = Compilation(self, *self._compile_arguments)
        else:
            # Names are checked now; the outputs' shapes, and so the metrics, are settled when the model is built.
            from chainrule.training.compilation import check_names

            check_names(optimizer, loss, metrics, weighted_metrics, engine)

    def _settle_compilation(self) -> None:
        """Settle a `compile` that came before the model was built."""
        from chainrule.training.compilation import Compilation

        arguments = getattr(self, "_compile_arguments", None)
        if self.compilation is None and arguments is not None and self.built:
            self.compilation = Compilation(self, *arguments)
        if self.compilation is None:
            raise NotReadyError(
                "The model is not compiled: call model.compile(optimizer='adam', loss=…) first, for example loss='mse'."
            )

    @property
    def optimizer(self):
        """The optimizer that `compile` settled, or None."""
        return self.compilation.optimizer if self.compilation else None

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        self._settle_compilation()
        return self.compilation.metric_names()

    # fit, evaluate, predict -------------------------------------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose: Any = "auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        *,
        validation_from="shuffled",
        **legacy,
    ):
        """Train the model and return its History.

        Parameters
        ----------
        x : array_like, data frame, list or dict of them, generator or Sequence
            One row a sample; lists or dicts by name for several inputs.
        y : array_like or data frame; list or dict of them for several outputs
            `(n,)` is read as `(n, 1)` for one output unit.
        batch_size : int, default 32
        epochs : int, default 1
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 silent; 1 a live bar in a terminal, one line an epoch elsewhere; 2 one line an epoch.
        callbacks : list of Callback, optional
        validation_split : float, default 0
            Fraction of the rows held out: shuffled, and stratified by class. (Keras takes the last rows, unshuffled.)
        validation_data : tuple (x, y) or (x, y, sample_weight), optional
        shuffle : bool, default True
        class_weight : dict of int to float, optional
        sample_weight : array_like, shape (n,), optional
        initial_epoch : int, default 0
        steps_per_epoch, validation_steps : int, optional
            Batches an epoch, for generators without an end.
        validation_batch_size : int, optional
        validation_freq : int, default 1
            Validate every so many epochs.
        validation_from : {"shuffled", "tail"}, default "shuffled"
            "tail" holds out the last rows, as a time series needs.

        Returns
        -------
        History
            `history.history` maps each name to a list, one number an epoch.

        Raises
        ------
        NotReadyError
            Before `compile`.
        DataError, ShapeError
            If the data can't be trained on: each says where and how to mend it.
        NonFiniteLoss
            If the loss becomes NaN or infinite; it names layer, batch and row, and the weights stay those of the last good step.
        """
        from chainrule.training.fit import fit, legacy_fit_arguments

        options = {name: value for name, value in locals().items() if name not in ("self", "x", "y", "legacy", "fit")}
        options.pop("legacy_fit_arguments")
        options.update(legacy_fit_arguments(legacy))
        return fit(self, x, y, options)

    def evaluate(
        self, x=None, y=None, batch_size=None, verbose: Any = "auto", sample_weight=None, steps=None, callbacks=None, return_dict=False
    ):
        """Return the loss, and the metrics if there are any, over all rows.

        Parameters
        ----------
        x, y, batch_size, sample_weight, steps
            As in `fit`.
        return_dict : bool, default False
            Return a dict by name instead of a list in the order of `metrics_names`.

        Returns
        -------
        float, list of float, or dict
        """
        from chainrule.training.evaluate import evaluate

        return evaluate(self, x, y, batch_size, sample_weight, steps, callbacks, return_dict)

    def predict(self, x, batch_size=None, verbose: Any = 0, steps=None, callbacks=None):
        """Return the network's outputs: an array, or a list of arrays for several outputs.

        Parameters
        ----------
        x : as in `fit`
        batch_size : int, default 32
            How many rows are computed at a time; it changes the memory used, not the result.

        Raises
        ------
        NotReadyError
            If the model's input shape is not known yet.
        """
        from chainrule.training.evaluate import predict

        return predict(self, x, batch_size, steps, callbacks)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Take one training step on one batch; return its loss and metrics (of this batch alone)."""
        from chainrule.training.one_batch import train_on_batch

        return train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Return the loss and metrics of one batch without training."""
        return self.evaluate(x, y, batch_size=len(np.atleast_1d(x)) or 1, sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch."""
        from chainrule.training.one_batch import predict_on_batch

        return predict_on_batch(self, x)

    def stop(self, reason: str = "Stopped by model.stop().") -> None:
        """End training after the batch in hand; `fit` returns its History with the reason in `history.stopped`."""
        self.stop_training = True
        if self.history is not None and self.history.stopped is None:
            self.history.stopped = reason

    # Gradients --------------------------------------------------------------------------------------------------------

    def gradients(self, x, y, sample_weight=None, training: bool = False) -> dict[str, np.ndarray]:
        """Return the gradient of the loss with respect to every trainable weight.

        Parameters
        ----------
        x, y, sample_weight
            One batch, as in `fit`.
        training : bool, default False
            True differentiates the network as it trains: with dropout, and batch normalisation by the batch.

        Returns
        -------
        dict of str to ndarray
            "layer/weight" → gradient, in the order of `get_weights`.

        Examples
        --------
        >>> import numpy as np
        >>> from chainrule.layers import Dense
        >>> from chainrule.models import Sequential
        >>> model = Sequential([Dense(1, input_dim=1, kernel_initializer="zeros")])
        >>> model.compile(loss="mse")
        >>> model.gradients(np.array([[1.0], [2.0]]), np.array([1.0, 1.0]))["dense/kernel"]
        array([[-3.]], dtype=float32)
        """
        from chainrule.training.one_batch import gradients

        return gradients(self, x, y, sample_weight, training)

    def check_gradients(self, x, y, sample_weight=None, **options):
        """Return the gradient certificate: every layer's gradient beside a numeric one (`chainrule.checks`)."""
        from chainrule.checks.model import check_gradients

        return check_gradients(self, x, y, sample_weight, **options)

    # Programs ---------------------------------------------------------------------------------------------------------

    def prepare_training(self) -> None:
        """Make the training program ready: traced anew if layers were frozen or compile settings changed."""
        from chainrule.training.step import training_step

        self._settle_compilation()
        named = self.named_weights(trainable_only=True)
        key = ([id(weight) for _, weight in named], id(self.compilation))
        if self._training_step is None or key != self._training_key:
            self._training_step = training_step(self, named)
            self._training_key = key
        self._training_step.parameters.bind()

    @property
    def training_step(self):
        """The `TrainingStep` of the compiled model."""
        if self._training_step is None:
            self.prepare_training()
        return self._training_step

    def finish_training(self) -> None:
        """Let the optimizer have its last word (averaged weights)."""
        self.training_step.optimizer.finalize(self.training_step.parameters.theta)

    @property
    def inference_engine(self):
        """The reference engine of the network in use."""
        from chainrule.engines.reference import Reference

        if self._inference is None:
            self._inference = Reference(self.trace(training=False))
        return self._inference

    @property
    def inference_objective(self):
        """The losses bound to the network in use."""
        from chainrule.training.objective import Objective

        if self._inference_objective is None:
            compilation = self.compilation
            regularized = [weight for weight in self.trainable_weights if weight.regularizer is not None]
            program = self.inference_engine.program
            self._inference_objective = Objective(program, compilation.losses, compilation.loss_weights, regularized)
        return self._inference_objective
