"""The model file: one `.safetensors` file that can be loaded or refused, never run.

The format and its promises are in `docs/guide/model_file.md`.
"""

from __future__ import annotations

from chainrule.saving.checkpoint import load_checkpoint, save_checkpoint
from chainrule.saving.disk import ModelNotFoundError, ModelWriteError
from chainrule.saving.model_file import load_model, model_from_json, read_metadata, save_model
from chainrule.saving.weights import load_weights, save_weights

__all__ = [
    "ModelNotFoundError",
    "ModelWriteError",
    "load_checkpoint",
    "load_model",
    "load_weights",
    "model_from_json",
    "read_metadata",
    "save_checkpoint",
    "save_model",
    "save_weights",
]
