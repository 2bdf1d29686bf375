"""Embedding: a learnt vector for each of a set of whole numbers."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.layers.base import LAYERS, Layer


class Embedding(Layer):
    """Look up a row of a learnt table for each index.

    Use it for categories and words; it comes first in a network.

    Parameters
    ----------
    input_dim : int
        How many different indices there are: they run from 0 to `input_dim − 1`.
    output_dim : int
        The length of each vector.
    embeddings_initializer : str or Initializer, default "uniform"
    embeddings_regularizer : str or Regularizer, optional
    embeddings_constraint : str or Constraint, optional
    input_length : int, optional
        How many indices a row has, in the style of older tutorials.
    **options
        See `Layer`.

    Notes
    -----
    `Y = W[I]`. Shapes: input (N, …) of whole numbers, output (N, …, output_dim); weight `embeddings` (input_dim,
    output_dim). An `Input` that feeds the layer becomes one of whole numbers. The operation is in
    `chainrule.ops.embedding`.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, or the layer is put after one that computes.
    DataError
        If an index is below 0 or not below `input_dim`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Embedding(3, 2, embeddings_initializer="ones")
    >>> layer(np.array([[0, 2]])).shape
    (1, 2, 2)
    """

    input_dtype = "int64"
    not_in_config = ("input_shape", "batch_input_shape")

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        input_length=None,
        **options,
    ):
        if input_length is not None and "input_shape" not in options:
            options["input_shape"] = (check_whole("Embedding", "input_length", input_length),)
        super().__init__(**options)
        self.input_dim = check_whole("Embedding", "input_dim", input_dim)
        self.output_dim = check_whole("Embedding", "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.input_length = None if input_length is None else int(input_length)

    def build(self, input_shape):
        """Declare the table."""
        self.embeddings = self.add_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            self.embeddings_regularizer,
            self.embeddings_constraint,
        )
        return (*input_shape, self.output_dim)

    def express(self, apply, X):
        """Express `embedding`."""
        return apply("embedding", X, self.embeddings)


LAYERS.add(Embedding)
