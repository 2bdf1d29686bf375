"""What several losses share: the clip of probabilities, label smoothing, and the shape that comes out."""

from __future__ import annotations

from chainrule.ops.registry import Shape

#: Probabilities are kept this far from 0 (and from 1 where log(1 - p) is taken), Keras' number: log 0 never happens.
EPSILON = 1e-7


def one_loss_a_row(P: Shape, T: Shape, **options) -> Shape:
    """Return the shape of the losses: the last axis, over which they are averaged or summed, is gone."""
    return P[:-1]


def smooth(T, label_smoothing, classes):
    """Return t (1 - s) + s / K: the share s of the certainty is spread evenly over K classes."""
    return T * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else T
