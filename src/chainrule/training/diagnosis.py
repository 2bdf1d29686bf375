"""Where a NaN came from: the first layer whose output is not finite, the batch and the row."""

from __future__ import annotations

import numpy as np

from chainrule.errors import NonFiniteLoss
from chainrule.training.step import NonFinite


def non_finite_loss(model, failure: NonFinite, batch, epoch: int, number: int) -> NonFiniteLoss:
    """Return the error that says where the loss stopped being a number.

    The steps are searched in the order of the forward pass; the first whose output holds NaN or infinity names the layer, and
    its first bad row the sample.
    """
    layer, row = _first_bad(model.training_step.engine, failure.run, batch.size)
    user_row = _user_row(batch.rows, row)
    place = f"epoch {epoch + 1}, batch {number + 1}"
    if layer is None:
        cause = "every layer's output is finite, so the loss itself overflowed"
    else:
        cause = f"the first layer whose output is not finite is {layer!r}, at row {user_row}"
    return NonFiniteLoss(
        f"The loss became {failure.measured.total} in {place}: {cause}. The weights are kept as they were before this batch. "
        "Usual causes: a learning rate that is too high, or inputs that are not scaled.",
        layer=layer,
        epoch=epoch + 1,
        batch=number + 1,
        row=user_row,
        history=model.history,
    )


def _first_bad(engine, run, size):
    for step in engine.program.steps:
        Y = run.values[step.output]
        if Y.dtype.kind == "f" and not np.isfinite(Y).all():
            bad = np.argwhere(~np.isfinite(Y))[0]
            return step.layer, int(bad[0])
    return None, None


def _user_row(rows, row):
    if row is None:
        return None
    return int(rows.start + row) if isinstance(rows, slice) else int(rows[row])
