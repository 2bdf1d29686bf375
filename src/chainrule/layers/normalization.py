"""Layers that bring raw numbers to a common scale: by fixed factors, or by statistics learnt from data."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.layers.arguments import check_axis, last_axis
from chainrule.layers.base import LAYERS, Layer

#: A configuration holds so many statistics; of more columns they are in the weights alone.
MOST_IN_CONFIG = 10_000
#: The smallest standard deviation that is divided by, so that a constant column becomes 0 and not infinity.
SMALLEST_DEVIATION = 1e-7


class Rescaling(Layer):
    """Multiply by fixed numbers and add fixed numbers: `Y = X · scale + offset`.

    Use it where the range is known beforehand, such as `Rescaling(1 / 255)` for images.

    Parameters
    ----------
    scale : float or list of float
        One number, or one a column (the last axis).
    offset : float or list of float, default 0
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If scale or offset are not finite numbers.
    ShapeError
        If there are as many numbers as neither 1 nor the columns.

    Examples
    --------
    >>> import numpy as np
    >>> Rescaling(0.5, offset=1)(np.array([[0, 1, 10]]))
    array([[1. , 1.5, 6. ]], dtype=float32)
    """

    def __init__(self, scale, offset=0.0, **options):
        super().__init__(**options)
        self.scale, self.offset = _numbers("Rescaling", "scale", scale), _numbers("Rescaling", "offset", offset)

    def build(self, input_shape):
        """See that there is a scale and an offset for each column."""
        for what, numbers in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(numbers, list) and len(numbers) not in (1, input_shape[-1]):
                raise ShapeError(
                    f"Layer {self.name!r} has a {what} of {len(numbers)} numbers and inputs of shape "
                    f"{input_shape}: give one number, or one for each column."
                )
        return input_shape

    def express(self, apply, X):
        """Express `rescale`."""
        return apply("rescale", X, scale=self.scale, offset=self.offset)


class Normalization(Layer):
    """Subtract the mean and divide by the standard deviation of each column, learnt from data by `adapt`.

    Put it first, so that the network takes raw numbers wherever it goes; the statistics are saved with the model.

    Parameters
    ----------
    axis : int or None, default -1
        The last axis, -1: each of its columns has a mean and a variance. None: one of each for all numbers.
    mean, variance : float or list of float, optional
        Known statistics instead of `adapt`: one number, or one a column (the last axis). Both or neither.
    invert : bool, default False
        Undo the scaling instead, for a scaled target: `Y = X · deviation + mean`.
    **options
        See `Layer`.

    Notes
    -----
    `Y = (X − mean) / max(√variance, 10⁻⁷)`. Shapes: input and output (N, …, I); weights `mean` (I,) and `variance`
    (I,), which training leaves alone. The variance is the biased one (divided by the number of rows), as in
    scikit-learn's `StandardScaler`. A constant column becomes 0.

    Raises
    ------
    ArgumentError
        If one of mean and variance is missing, they are not finite numbers, or a variance is below 0; if the axis is
        another than the last.
    ShapeError
        If there are as many statistics as neither 1 nor the columns.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0], [2.0]]))
    >>> layer(np.array([[0.0], [4.0]]))
    array([[-1.],
           [ 3.]], dtype=float32)
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **options):
        super().__init__(**options)
        self.axis = None if axis is None else check_axis("Normalization", axis)
        if (mean is None) != (variance is None):
            raise ArgumentError(
                "Normalization takes mean and variance together, or neither and learns them with adapt(x)."
            )
        known = (mean, variance)
        if mean is not None:
            known = (_numbers("Normalization", "mean", mean), _numbers("Normalization", "variance", variance))
            if np.min(known[1]) < 0:
                raise ArgumentError(f"Normalization's variance is not below 0; received {variance!r}.")
        self.invert = bool(invert)
        self._given: Any = known
        self._adapted: Any = None

    @property
    def mean(self) -> Any:
        """The mean that is subtracted: as given, or as learnt by `adapt` or read from a file; None before."""
        return self._statistic(0)

    @property
    def variance(self) -> Any:
        """The variance whose root is divided by: as given, or as learnt by `adapt` or read from a file; None before."""
        return self._statistic(1)

    def _statistic(self, which: int) -> Any:
        known = self._adapted or self._given
        mean, variance = [weight.value for weight in self.all_weights] or (None, None)
        if mean is None:
            return None if known[which] is None else np.array(known[which])
        # Weights may come from a file, whatever the layer was told; 0 and 1 are those of a layer that was told nothing.
        untold = known[which] is None and not mean.any() and (variance == 1).all()
        return None if untold else np.array((mean, variance)[which])

    def get_config(self):
        """Return the constructor's arguments, with what `adapt` learnt as mean and variance."""
        known = self._given
        if self._adapted is not None and np.size(self._adapted[0]) <= MOST_IN_CONFIG:
            known = self._adapted
        mean, variance = (np.asarray(one).tolist() if one is not None else None for one in known)
        return {**super().get_config(), "mean": mean, "variance": variance}

    def build(self, input_shape):
        """Keep `mean` and `variance` as weights that training leaves alone, so that they travel with the model."""
        columns = (last_axis(self, input_shape),)
        self._statistics(columns)
        self.mean_weight = self.add_weight("mean", columns, "zeros", trainable=False)
        self.variance_weight = self.add_weight("variance", columns, "ones", trainable=False)
        return input_shape

    def _statistics(self, columns, adapted=None):
        """Return mean and variance for so many columns, or None while there are none."""
        mean: Any
        variance: Any
        mean, variance = adapted or self._adapted or self._given
        if mean is None:
            return None
        sizes = {np.size(mean), np.size(variance)} - {1, *columns}
        if sizes:
            raise ShapeError(
                f"Layer {self.name!r} has statistics of {sizes.pop()} columns and inputs of {columns[0]} columns."
            )
        return np.broadcast_to(mean, columns), np.broadcast_to(variance, columns)

    def initialise(self, seed, index, dtype):
        """Give weights without numbers the known or adapted statistics, else mean 0 and variance 1."""
        fresh = self.mean_weight.value is None
        super().initialise(seed, index, dtype)
        if fresh:
            self._assign(self._statistics(self.mean_weight.shape))

    def _assign(self, statistics) -> None:
        if statistics is not None:
            self.mean_weight.assign(statistics[0])
            self.variance_weight.assign(statistics[1])

    def adapt(self, data) -> None:
        """Learn mean and variance of each column (the last axis) from data, or with `axis=None` of all numbers.

        Parameters
        ----------
        data : array, list or data frame
            An array of one axis is one column.

        Raises
        ------
        DataError
            If the data are empty or hold NaN, infinity or text.
        ShapeError
            If the layer is built for another number of columns.
        """
        from chainrule.training.arrays import convert, refuse_non_finite, to_array

        X = to_array(data, "data")
        row_shape = X.shape[1:]
        X = X.reshape(-1, 1) if X.ndim == 1 else X.reshape(-1, X.shape[-1])
        if len(X) == 0:
            raise DataError("adapt needs at least one row; the data are empty.")
        refuse_non_finite(X, "data", slice(0, len(X)))
        X = convert(X, np.dtype(np.float64), "data", slice(0, len(X)))
        over = 0 if self.axis is not None else None
        adapted = (X.mean(axis=over), X.var(axis=over))
        if self.built_shape is not None:
            statistics = self._statistics(self.mean_weight.shape, adapted)
            if self.mean_weight.value is not None:
                self._assign(statistics)
        self._adapted = adapted
        if row_shape and self.declared_input_shape is None:
            self.declared_input_shape = row_shape  # so a Sequential that starts with this layer knows its input

    def express(self, apply, X):
        """Express `standardise`, or `unstandardise` with invert."""
        name = "unstandardise" if self.invert else "standardise"
        return apply(name, X, self.mean_weight, self.variance_weight, smallest=SMALLEST_DEVIATION)


def _numbers(owner: str, argument: str, value):
    """Return a float or a list of floats, or refuse the value."""
    try:
        A = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        A = np.asarray(np.nan)
    if A.ndim > 1 or A.size == 0 or not np.isfinite(A).all():
        raise ArgumentError(
            f"{owner}'s {argument} is a finite number, or a list of them, one a column; received {value!r}."
        )
    return float(A) if A.ndim == 0 else A.tolist()


for cls in (Rescaling, Normalization):
    LAYERS.add(cls)
