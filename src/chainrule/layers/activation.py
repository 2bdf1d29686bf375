"""Activations in the form of layers."""

from __future__ import annotations

from chainrule import activations, constraints, initializers, regularizers
from chainrule.arguments import check_number
from chainrule.errors import ArgumentError
from chainrule.layers.base import LAYERS, Layer


class Activation(Layer):
    """An activation function as a layer of its own.

    Parameters
    ----------
    activation : str or ActivationFunction
        Its name (`chainrule.activations.names()`), or the function with options of its own.
    **options
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Activation("relu")(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = activations.get(activation)

    def express(self, apply, X):
        """Express the activation's one operation."""
        return self.activation.express(apply, X)


class ReLU(Layer):
    """max(0, x) as a layer.

    Parameters
    ----------
    max_value : float, optional
        6 makes it ReLU6; other ceilings are not offered.
    negative_slope : float, default 0
        Above 0 makes it `LeakyReLU`.
    **options
        See `Layer`.
    """

    def __init__(self, max_value=None, negative_slope=0.0, **options):
        super().__init__(**options)
        if max_value not in (None, 6):
            raise ArgumentError(f"ReLU's max_value is None or 6; received {max_value!r}.")
        self.negative_slope = check_number("ReLU", "negative_slope", negative_slope, 0)
        if max_value is not None and self.negative_slope:
            raise ArgumentError("ReLU takes max_value or negative_slope, not both.")
        self.max_value = max_value

    def express(self, apply, X):
        """Express the operation that the arguments mean."""
        if self.negative_slope:
            return apply("leaky_relu", X, negative_slope=self.negative_slope)
        return apply("relu" if self.max_value is None else "relu6", X)


class LeakyReLU(Layer):
    """x where x > 0, else a small slope times x, as a layer.

    Parameters
    ----------
    negative_slope : float, default 0.3
        Keras' default for the layer (the function's is 0.2); `alpha` is the old name.
    **options
        See `Layer`.
    """

    def __init__(self, negative_slope=0.3, **options):
        super().__init__(**options)
        self.negative_slope = check_number("LeakyReLU", "negative_slope", negative_slope, 0)

    def express(self, apply, X):
        """Express `leaky_relu`."""
        return apply("leaky_relu", X, negative_slope=self.negative_slope)


class ELU(Layer):
    """x where x > 0, else α (eˣ − 1), as a layer.

    Parameters
    ----------
    alpha : float, default 1
    **options
        See `Layer`.
    """

    def __init__(self, alpha=1.0, **options):
        super().__init__(**options)
        self.alpha = check_number("ELU", "alpha", alpha, 0)

    def express(self, apply, X):
        """Express `elu`."""
        return apply("elu", X, alpha=self.alpha)


class Softmax(Layer):
    """eˣ / Σ eˣ over the last axis, as a layer.

    Parameters
    ----------
    **options
        See `Layer`.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.activation = activations.get("softmax")

    def express(self, apply, X):
        """Express `softmax`."""
        return self.activation.express(apply, X)


class PReLU(Layer):
    """Parametric ReLU: the slope of the negative side is learnt.

    Parameters
    ----------
    alpha_initializer : str or Initializer, default "zeros"
    alpha_regularizer : str or Regularizer, optional
    alpha_constraint : str or Constraint, optional
    shared_axes : list of int, optional
        Axes (counted from 1, the rows being 0) along which one slope is shared: `[1, 2]` for images, one a channel.
    **options
        See `Layer`.

    Notes
    -----
    Source: He et al., "Delving deep into rectifiers", ICCV 2015.
    """

    def __init__(self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **options):
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = None if shared_axes is None else [int(axis) for axis in shared_axes]

    def build(self, input_shape):
        """Declare `alpha`, of the shape of one row."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or []:
            if not 1 <= axis < len(input_shape):
                raise ArgumentError(f"Layer {self.name!r}: shared_axes has {axis}; an input of shape {input_shape} has axes 1 to "
                                    f"{len(input_shape) - 1} to share.")
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            "alpha", tuple(shape), self.alpha_initializer, self.alpha_regularizer, self.alpha_constraint
        )
        return input_shape

    def express(self, apply, X):
        """Express `prelu`."""
        return apply("prelu", X, self.alpha)


for cls in (Activation, ReLU, LeakyReLU, ELU, Softmax, PReLU):
    LAYERS.add(cls)
