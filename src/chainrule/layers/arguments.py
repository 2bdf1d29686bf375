"""The arguments of layers: Keras 1's names for them, input shapes, axes, and how many inputs a layer takes."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

import numpy as np

from chainrule.configurable import arguments_of
from chainrule.errors import ArgumentError

#: Old names of arguments, as tutorials of Keras 1 and early Keras 2 write them, and what each may mean now.
LEGACY_NAMES = {
    "init": ("kernel_initializer", "embeddings_initializer"),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": ("bias_constraint",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "output_dim": ("units",),
    "bias": ("use_bias",),
    "nb_filter": ("filters",),
    "filter_length": ("kernel_size",),
    "border_mode": ("padding",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "pool_length": ("pool_size",),
    "stride": ("strides",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "alpha": ("negative_slope",),
}


def with_legacy_names(init):
    """Wrap a layer's constructor so that old names of arguments work, each with one warning."""

    @functools.wraps(init)
    def wrapped(self, *arguments, **options):
        if not LEGACY_NAMES.keys().isdisjoint(options):
            options = _renamed(type(self), options)
        if "batch_input_shape" in options:
            options["input_shape"] = tuple(options.pop("batch_input_shape"))[1:]
        init(self, *arguments, **options)

    return wrapped


def _renamed(cls: type, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options under the names that the class declares."""
    known, renamed = arguments_of(cls), dict(options)
    for old in LEGACY_NAMES.keys() & options.keys() - known.keys():
        new = next((name for name in LEGACY_NAMES[old] if name in known), None)
        if new is None:
            continue
        if new in options:
            raise ArgumentError(f"{cls.__name__} takes {new}=… once; {old}=… is its old name.")
        # 3 levels up: past `wrapped`, to the line that makes the layer.
        warnings.warn(f"{cls.__name__}({old}=…) is the old spelling; write {new}=….", FutureWarning, stacklevel=3)
        renamed[new] = renamed.pop(old)
    return renamed


def declared_shape(input_shape, input_dim=None) -> tuple[int | None, ...] | None:
    """Return the shape of one row that `input_shape` or `input_dim` declares, or None where neither was given.

    Raises
    ------
    ArgumentError
        If a size is neither None nor a whole number above 0.
    """
    if input_dim is not None:
        input_shape = (input_dim,)
    if input_shape is None:
        return None
    shape = tuple(input_shape) if isinstance(input_shape, (tuple, list)) else (input_shape,)
    for size in shape:
        if size is not None and not (_is_whole(size) and size >= 1):
            raise ArgumentError(f"Each size of an input shape is a whole number above 0; received {shape}.")
    return tuple(None if size is None else int(size) for size in shape)


def check_axis(owner: str, axis: Any) -> int:
    """Return an axis as an int, or refuse it; whether the inputs have that axis is seen when the layer is built."""
    if not _is_whole(axis):
        raise ArgumentError(f"{owner}'s axis is one whole number, such as -1 for the last axis; received {axis!r}.")
    return int(axis)


def last_axis(layer, input_shape) -> int:
    """Return the size of the last axis, along which a layer normalises, or refuse what the layer can't take."""
    from chainrule.errors import ShapeError

    kind = type(layer).__name__
    if len(input_shape) < 2 or input_shape[-1] is None:
        raise ShapeError(
            f"Layer {layer.name!r}: {kind} needs inputs with a known number of columns, such as (None, 8); "
            f"received {input_shape}."
        )
    axis = getattr(layer, "axis", -1)
    if axis not in (None, -1, len(input_shape) - 1):
        raise ArgumentError(
            f"Layer {layer.name!r}: {kind} works along the last axis (channels last), -1; received axis={axis}."
        )
    return input_shape[-1]


def number_of_inputs(layer) -> int | None:
    """Return how many inputs a layer takes by the signature of its `express`, None meaning any number."""
    parameters = list(inspect.signature(type(layer).express).parameters.values())[2:]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return len(parameters)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
