"""Sequential and Model: the five steps."""

from __future__ import annotations

from chainrule.models.model import Model
from chainrule.models.sequential import Sequential

__all__ = ["Model", "Sequential", "load_model", "model_from_json"]


def load_model(path, **options):
    """Read a model that `model.save` wrote; its options are those of `chainrule.saving.load_model`."""
    from chainrule.saving import load_model

    return load_model(path, **options)


def model_from_json(text: str, **options):
    """Make a model from what `model.to_json` returned, with fresh weights (see `chainrule.saving.model_from_json`)."""
    from chainrule.saving import model_from_json

    return model_from_json(text, **options)
