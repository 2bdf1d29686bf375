"""All trainable weights as one flat vector.

An optimizer's step is then a handful of operations on one array, however many layers there are. Each weight's `value`
is a view into the vector, so the layers see every step at once.
"""

from __future__ import annotations

import numpy as np


class ParameterVector:
    """The weights that training changes, laid end to end.

    Parameters
    ----------
    named : list of (str, Weight)
        Names as in `model.gradients`, in the order of `get_weights`.
    dtype : str

    Attributes
    ----------
    theta : ndarray, shape (P,)
        The numbers.
    segments : list of (str, slice)
        Where each weight lies.
    """

    def __init__(self, named, dtype):
        self.weights = [weight for _, weight in named]
        self.segments: list[tuple[str, slice]] = []
        start = 0
        for name, weight in named:
            self.segments.append((name, slice(start, start + weight.size)))
            start += weight.size
        self.theta = np.empty(start, dtype)
        self.gradient = np.empty(start, dtype)
        self._views = [
            self.theta[part].reshape(w.shape) for w, (_, part) in zip(self.weights, self.segments, strict=True)
        ]
        self.gradients = [
            self.gradient[part].reshape(w.shape) for w, (_, part) in zip(self.weights, self.segments, strict=True)
        ]
        self.bind()

    def first_bad_gradient(self) -> str | None:
        """Return the name of the first weight whose gradient holds NaN or infinity."""
        return next((name for name, part in self.segments if not np.isfinite(self.gradient[part]).all()), None)

    def bind(self) -> None:
        """Make every weight a view of the vector again, keeping its numbers: another model may have taken it over."""
        for weight, view in zip(self.weights, self._views, strict=True):
            if weight.value is not view:
                view[...] = weight.value
                weight.value = view
