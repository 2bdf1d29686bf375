"""Activation functions in the form of layers."""

from __future__ import annotations

from chainrule import activations
from chainrule.arguments import check_number
from chainrule.errors import ArgumentError
from chainrule.layers.base import LAYERS, Layer


class Activation(Layer):
    """An activation function as a layer of its own.

    Use it where something stands between a layer and its activation, such as a `BatchNormalization`.

    Parameters
    ----------
    activation : str or ActivationFunction
        Its name (`chainrule.activations.names()`), or the function with options of its own.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the name is not known (with the nearest known one).

    Notes
    -----
    `Y = f(X)`; input and output have one shape. Each function's formula and gradient are in its file in
    `chainrule.ops.activations`.

    Examples
    --------
    >>> import numpy as np
    >>> Activation("relu")(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = activations.get(activation)

    def as_activation(self):
        """Return the activation function, so that `activation=` takes this layer too."""
        return self.activation

    def express(self, apply, X):
        """Express the activation's one operation."""
        return self.activation.express(apply, X)


class ReLU(Layer):
    """Rectified linear unit: `y = max(0, x)`, with a ceiling of 6 or a slope below 0 where asked for.

    Parameters
    ----------
    max_value : float, optional
        6 makes it ReLU6, `min(max(0, x), 6)`; other ceilings are not offered.
    negative_slope : float, default 0
        Above 0 makes it `LeakyReLU`.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If max_value is neither None nor 6, the slope is below 0, or both are given.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU(max_value=6)(np.array([[-1.0, 2.0, 8.0]]))
    array([[0., 2., 6.]], dtype=float32)
    """

    def __init__(self, max_value=None, negative_slope=0.0, **options):
        super().__init__(**options)
        if max_value not in (None, 6):
            raise ArgumentError(f"ReLU's max_value is None or 6; received {max_value!r}.")
        self.negative_slope = check_number("ReLU", "negative_slope", negative_slope, 0)
        if max_value is not None and self.negative_slope:
            raise ArgumentError("ReLU takes max_value or negative_slope, not both.")
        self.max_value = max_value

    def as_activation(self):
        """Return the activation function that the arguments mean, so that `activation=` takes this layer too."""
        if self.negative_slope:
            return activations.leaky_relu.with_options(negative_slope=self.negative_slope)
        return activations.relu if self.max_value is None else activations.relu6

    def express(self, apply, X):
        """Express the operation that the arguments mean."""
        return self.as_activation().express(apply, X)


class LeakyReLU(Layer):
    """Rectifier that lets a little through below 0: `y = x` where x > 0, else `negative_slope · x`.

    Use it where ReLU units die, since its gradient is never 0.

    Parameters
    ----------
    negative_slope : float, default 0.3
        Keras' default for the layer (the function's is 0.2, PyTorch's 0.01); `alpha` is the old name.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the slope is below 0.

    Examples
    --------
    >>> import numpy as np
    >>> LeakyReLU(0.5)(np.array([[-1.0, 2.0]]))
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, negative_slope=0.3, **options):
        super().__init__(**options)
        self.negative_slope = check_number("LeakyReLU", "negative_slope", negative_slope, 0)

    def as_activation(self):
        """Return the activation function, so that `activation=` takes this layer too."""
        return activations.leaky_relu.with_options(negative_slope=self.negative_slope)

    def express(self, apply, X):
        """Express `leaky_relu`."""
        return apply("leaky_relu", X, negative_slope=self.negative_slope)


class ELU(Layer):
    """Exponential linear unit: `y = x` where x > 0, else `α (eˣ − 1)`.

    Parameters
    ----------
    alpha : float, default 1
        How far below 0 it goes; 1 makes the slope continuous.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If alpha is below 0.

    Notes
    -----
    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear
    units", ICLR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> ELU()(np.array([[-np.log(2.0), 2.0]]))
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, alpha=1.0, **options):
        super().__init__(**options)
        self.alpha = check_number("ELU", "alpha", alpha, 0)

    def as_activation(self):
        """Return the activation function, so that `activation=` takes this layer too."""
        return activations.elu.with_options(alpha=self.alpha)

    def express(self, apply, X):
        """Express `elu`."""
        return apply("elu", X, alpha=self.alpha)


class Softmax(Layer):
    """Turn the last axis into probabilities: `yᵢ = eˣⁱ / Σⱼ eˣʲ`.

    Parameters
    ----------
    **options
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Softmax()(np.log([[1.0, 3.0]]))
    array([[0.25, 0.75]], dtype=float32)
    """

    def as_activation(self):
        """Return the activation function, so that `activation=` takes this layer too."""
        return activations.softmax

    def express(self, apply, X):
        """Express `softmax`."""
        return apply("softmax", X)


for cls in (Activation, ReLU, LeakyReLU, ELU, Softmax):
    LAYERS.add(cls)
