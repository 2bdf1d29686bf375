"""The losses' operations, one file each; importing this package puts all of them into `OPERATIONS`.

Each takes predictions P (N, …, O) and targets T and returns one loss a row; `chainrule.losses` weights and reduces
them.
"""

from chainrule.ops.losses import (
    binary_crossentropy,
    binary_crossentropy_logits,
    categorical_crossentropy,
    categorical_crossentropy_logits,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_squared_error,
    poisson,
    quantile,
    sparse_categorical_crossentropy,
    sparse_categorical_crossentropy_logits,
    squared_hinge,
    sum_of_squares,
)

__all__ = [
    "binary_crossentropy",
    "binary_crossentropy_logits",
    "categorical_crossentropy",
    "categorical_crossentropy_logits",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "quantile",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_logits",
    "squared_hinge",
    "sum_of_squares",
]
