"""Hard sigmoid: y = min(max(0, x + 3), 6) / 6, elementwise.

    gradient   dx = dy / 6 where −3 < x < 3, else 0

Three straight lines in place of a sigmoid. (Keras 2 and ONNX have 0.2 x + 0.5 instead; this is Keras 3's and
PyTorch's.)

Source: Courbariaux, Bengio and David, "BinaryConnect", NeurIPS 2015; Howard et al., "Searching for MobileNetV3", 2019.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register

#: The slope runs from −BORDER to BORDER.
BORDER = 3.0
WIDTH = 2 * BORDER


def hard_sigmoid_forward(X):
    """Return (x + 3) / 6 clipped to [0, 1], and where it was inside."""
    return np.clip((X + BORDER) / WIDTH, 0, 1), (X > -BORDER) & (X < BORDER)


def hard_sigmoid_backward(dY, cache):
    """Return dX = dY / 6 between the two kinks."""
    inside = cache
    return dY * inside / WIDTH


def hard_sigmoid_samples(rng):
    """Yield inputs away from the kinks."""
    yield Sample((away_from(rng, (7, 5), [-3.0, 3.0]),))


register(
    "hard_sigmoid",
    forward=hard_sigmoid_forward,
    backward=hard_sigmoid_backward,
    formula=r"f(x) = \frac{\min(\max(0, x + 3), 6)}{6}",
    gradient=r"f'(x) = \begin{cases} \frac{1}{6} & -3 < x < 3 \\ 0 & \text{else} \end{cases}",
    samples=hard_sigmoid_samples,
    family="activation",
)
