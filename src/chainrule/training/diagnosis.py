"""Where a NaN came from: the first layer whose output is not finite, the batch and the row."""

from __future__ import annotations

import numpy as np

from chainrule.errors import NonFiniteLoss
from chainrule.training.arrays import user_row
from chainrule.training.step import NonFinite


def report_non_finite(model, failure: NonFinite, batch, epoch: int, number: int, callbacks) -> None:
    """Stop training; raise `NonFiniteLoss`, unless a `TerminateOnNaN` asked for the History instead."""
    from chainrule.callbacks import TerminateOnNaN

    error = non_finite_loss(model, failure, batch, epoch, number)
    model.stop_training = True
    if callbacks.needs_batches:
        callbacks.on_train_batch_end(number, {"loss": failure.measured.total})
    if any(isinstance(callback, TerminateOnNaN) for callback in callbacks):
        model.stop(str(error))
        return
    callbacks.on_train_end({})
    model.stop(str(error))  # only now, since the progress lines would say what the error says again
    raise error from None


def non_finite_loss(model, failure: NonFinite, batch, epoch: int, number: int) -> NonFiniteLoss:
    """Return the error that says where the loss stopped being a number.

    The steps are searched in the order of the forward pass; the first whose output holds NaN or infinity names the
    layer, and its first bad row the sample.
    """
    layer, row = _first_bad(model.training_step.engine, failure.run)
    place = f"epoch {epoch + 1}, batch {number + 1}"
    if failure.gradient_of is not None:
        layer = failure.gradient_of.rsplit("/", 1)[0]
        became, cause = "gradient became infinite", f"the first is that of {failure.gradient_of!r}"
    else:
        became = f"loss became {failure.measured.total}"
        cause = "every layer's output is finite, so the loss itself overflowed"
        if layer is not None:
            row = user_row(batch.rows, row)
            cause = f"the first layer whose output is not finite is {layer!r}, at row {row}"
    return NonFiniteLoss(
        f"The {became} in {place}: {cause}. The weights are kept as they were before this batch. Usual causes: a "
        "learning rate that "
        "is too high (lower it: compile(optimizer=Adam(1e-4), …)), or inputs that are not scaled (put "
        "Normalization() first).",
        layer=layer,
        epoch=epoch + 1,
        batch=number + 1,
        row=row,
        history=model.history,
    )


def _first_bad(engine, run):
    for step in engine.program.steps:
        Y = run.values[step.output]
        if Y.dtype.kind == "f" and not np.isfinite(Y).all():
            return step.layer, int(np.argwhere(~np.isfinite(Y))[0][0])
    return None, None
