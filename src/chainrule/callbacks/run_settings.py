"""What a run was asked for, in values that JSON has: the network, its compile settings, the arguments of `fit`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from chainrule.errors import ChainruleError

#: Arguments of `fit` that are data or objects: they are told elsewhere, or not at all.
NOT_TOLD = ("record", "callbacks", "validation_data", "sample_weight")
LINE_LENGTH = 78


def describe_settings(model: Any, options: Any, params: Any, callbacks: Any) -> dict[str, Any]:
    """Return what there is to know of a fit beside its data.

    Parameters
    ----------
    model : Model
        Compiled and prepared for training.
    options : FitOptions or None
    params : dict or None
        The callbacks' parameters.
    callbacks : iterable of Callback or None
    """
    return {
        "model": _model(model),
        "compile": _compilation(model.compilation),
        "engine": _engine(model.training_step.choice),
        "fit": {} if options is None else _options(options),
        "params": dict(params or {}),
        "callbacks": [type(callback).__name__ for callback in callbacks or ()],
    }


def _model(model: Any) -> dict[str, Any]:
    from chainrule.models.summary import summary_text

    return {
        "name": model.name,
        "class": type(model).__name__,
        "dtype": str(model.dtype),
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "trainable_parameters": model.training_step.parameters.theta.size,
        "summary": summary_text(model, LINE_LENGTH).splitlines(),
        "config": _config(model),
    }


def _config(model: Any) -> Any:
    """Return the model's description, or why it has none: a layer of the user's own need not be able to tell it."""
    try:
        return model.to_config()
    except (ChainruleError, AttributeError, TypeError, NotImplementedError) as error:
        return f"not told: {error}"


def _compilation(compilation: Any) -> dict[str, Any]:
    return {
        "optimizer": _told(compilation.optimizer),
        "losses": [_told(loss) for loss in compilation.losses],
        "loss_weights": list(compilation.loss_weights),
        "metrics": compilation.metric_names(),
    }


def _told(part: Any) -> Any:
    """Return an object's class and arguments, or its repr where it is one of the user's own that tells none."""
    try:
        return part.to_config()
    except (ChainruleError, AttributeError, TypeError):
        return None if part is None else repr(part)


def _engine(choice: Any) -> dict[str, Any]:
    from chainrule.engines.core import thread_count

    if choice.core is None:
        return {"name": choice.name, "reason": choice.reason}
    return {"name": choice.name, "instructions": choice.core.isa, "threads": thread_count()}


def _options(options: Any) -> dict[str, Any]:
    told = {field.name: getattr(options, field.name) for field in fields(options) if field.name not in NOT_TOLD}
    given = {name: getattr(options, name) is not None for name in ("validation_data", "sample_weight")}
    return told | given
