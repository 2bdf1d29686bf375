"""Dense: every input feeds every unit."""

from __future__ import annotations

from chainrule import activations, constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.errors import ShapeError
from chainrule.layers.base import LAYERS, Layer


class Dense(Layer):
    """A fully connected layer: `Y = f(X W + b)`.

    Use it wherever every input may matter for every output. The last axis of the input is connected; further axes
    before it count as rows.

    Parameters
    ----------
    units : int
        How many outputs, above 0.
    activation : str or ActivationFunction, optional
        f; without it the layer is linear.
    use_bias : bool, default True
        Whether there is a b.
    kernel_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on W and b, added to the loss.
    kernel_constraint, bias_constraint : str or Constraint, optional
        Applied to W and b after each step.
    **options
        `name`, `trainable`, `dtype`, `input_shape`, `input_dim`: see `Layer`.

    Notes
    -----
    Shapes: input (N, …, I), output (N, …, units); weights `kernel` (I, units), `bias` (units,). The operation and its
    gradient are in `chainrule.ops.dense`.

    Raises
    ------
    ArgumentError
        If units is not a whole number above 0, or a name is not known.
    ShapeError
        If the input has no last axis, or its size is left open.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Dense(2, kernel_initializer="ones")
    >>> layer(np.array([[1.0, 2.0, 3.0]]))
    array([[6., 6.]], dtype=float32)
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **options,
    ):
        super().__init__(**options)
        self.units = check_whole("Dense", "units", units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape):
        """Declare `kernel` and `bias`."""
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ShapeError(
                f"Layer {self.name!r}: Dense needs inputs of shape (rows, columns) with a known number of "
                f"columns; received {input_shape}."
            )
        self.kernel = self.add_weight(
            "kernel",
            (input_shape[-1], self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (self.units,), self.bias_initializer, self.bias_regularizer, self.bias_constraint
            )
        return (*input_shape[:-1], self.units)

    def express(self, apply, X):
        """Express `dense`, then the activation."""
        weights = (self.kernel,) if self.bias is None else (self.kernel, self.bias)
        return self.activation.express(apply, apply("dense", X, *weights))


LAYERS.add(Dense)
