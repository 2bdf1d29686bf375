"""Keras' training methods of a model; what they do is in `chainrule.training`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, nearest
from chainrule.training.warn import warn_user

#: Up to so many rows `predict` computes at once, without all that many rows need.
FEW_ROWS = 16
COMPILE_ARGUMENTS = ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics", "engine")
FIT_ARGUMENTS = (
    "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
    "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch", "validation_steps", "validation_batch_size",
    "validation_freq", "validation_from", "record",
)  # fmt: skip
#: What Keras scripts pass to say how TensorFlow is to compute; there is nothing here for them to change.
KERAS_COMPILE_ARGUMENTS = ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
KERAS_FIT_ARGUMENTS = ("workers", "use_multiprocessing", "max_queue_size")


def refuse_unknown(method: str, given, known, ignored=()) -> None:
    """Refuse the first argument that is neither known nor one of those that mean nothing here."""
    for name in given:
        if name not in ignored:
            raise ArgumentError(
                f"{method} has no argument {name!r}.{nearest(name, known)} It takes: {', '.join(known)}."
            )


class TrainingMethods:
    """compile, fit, evaluate, predict, their one-batch forms, and `gradients`."""

    built: bool
    history: Any
    _compile_arguments: tuple | None
    _forget_programs: Any
    _predictor: Any
    _settle_compilation: Any

    # compile ----------------------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        loss_weights=None,
        weighted_metrics=None,
        *,
        engine="auto",
        **legacy,
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
        engine : {"auto", "native", "reference"}, default "auto"
            Who computes: "native" is the C++ core, "reference" NumPy. "auto" takes the core where it is
            installed and has a kernel for every operation, and `summary()` says which it was; `CHAINRULE_ENGINE`
            decides in its place.

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
        from chainrule import optimizers
        from chainrule.training.compilation import Compilation, check_arguments

        refuse_unknown("compile", legacy, COMPILE_ARGUMENTS, KERAS_COMPILE_ARGUMENTS)
        optimizer = optimizers.get(optimizer)
        check_arguments(optimizer, loss, metrics, weighted_metrics, engine)
        arguments = (optimizer, loss, metrics, loss_weights, weighted_metrics, engine)
        # Where the input shape is not known yet, outputs and metrics are settled when it is.
        compilation = Compilation(self, *arguments) if self.built else None
        self._forget_programs()
        self._compile_arguments, self._compilation = arguments, compilation

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        return self._settle_compilation().metric_names()

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
        record=None,
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
        record : bool, str or path, RunRecorder; optional
            True records the run in a file of its own in the folder `runs` (or the one that `CHAINRULE_RUNS` names); a
            path names the folder; a `callbacks.RunRecorder` says more. Where `CHAINRULE_RUNS` is set every fit is
            recorded, unless this is False.

        Returns
        -------
        History
            `history.history` maps each name to a list, one number an epoch; `history.run` is the record's file.

        Raises
        ------
        NotReadyError
            Before `compile`.
        DataError, ShapeError
            If the data can't be trained on: each says where and how to mend it.
        NonFiniteLoss
            If the loss becomes NaN or infinite; it names layer, batch and row, and the weights stay those of the last
            good step.
        RunFileError
            If the run is to be recorded and its file can't be made.
        """
        from chainrule.training.fit import fit
        from chainrule.training.options import FitOptions

        if "nb_epoch" in legacy:
            warn_user("fit(nb_epoch=…) is the old spelling; write epochs=…", FutureWarning)
            epochs = legacy.pop("nb_epoch")
        refuse_unknown("fit", legacy, FIT_ARGUMENTS, KERAS_FIT_ARGUMENTS)
        options = FitOptions(
            batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle, class_weight,
            sample_weight, initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, validation_freq,
            validation_from, record,
        )  # fmt: skip
        return fit(self, x, y, options)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose: Any = "auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
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
            How many rows are computed at a time; it changes the memory used, and the result by rounding at most.

        Raises
        ------
        NotReadyError
            If the model's input shape is not known yet.
        """
        if batch_size is None and steps is None and callbacks is None and type(x) is np.ndarray:
            predictor = self._predictor
            if predictor is not None and x.ndim and len(x) <= FEW_ROWS:
                Y = predictor.predict_rows(x)
                if Y is not None:
                    return Y
        from chainrule.training.evaluate import predict

        return predict(self, x, batch_size, steps, callbacks)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Take one training step on one batch; return its loss and metrics (of this batch alone)."""
        from chainrule.training.one_batch import train_on_batch

        return train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Return the loss and metrics of one batch without training."""
        from chainrule.training.one_batch import test_on_batch

        return test_on_batch(self, x, y, sample_weight, return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch."""
        from chainrule.training.one_batch import outputs_of

        return outputs_of(self, x)

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
