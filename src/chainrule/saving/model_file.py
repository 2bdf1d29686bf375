"""A whole model in one file: architecture, weights, compile settings, the optimizer's state."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from chainrule.layers.deferred import deferred_initialisation
from chainrule.saving.compile_settings import describe_compilation, restore_compilation
from chainrule.saving.describing import custom_classes, describe
from chainrule.saving.envelope import read_file, write_file
from chainrule.saving.faults import Fault, explained, explained_loading, explained_saving
from chainrule.saving.making import Maker
from chainrule.saving.names import OPTIMIZER
from chainrule.saving.networks import check_network
from chainrule.saving.optimizer_state import check_state, has_trained, restore_state, state_arrays
from chainrule.saving.paths import source_of
from chainrule.saving.strict_json import parse
from chainrule.saving.weights import check_fit, first_non_finite, free_target, take_weights, weight_arrays

#: What a user says to a file that holds something else than a model.
INSTEAD = {
    "weights": "it holds weights alone: make the model first, then model.load_weights(path)",
    "checkpoint": "it is a checkpoint: make and compile the model first, then load_checkpoint(model, path)",
}


def save_model(model: Any, path: Any, overwrite: bool = True) -> Path:
    """Write a model into one file, from which `load_model` makes it again, ready to predict and to go on training.

    Parameters
    ----------
    model : Model
        Built; compiled or not. Its `data_contract` and `scores`, dicts that JSON can hold, are kept if it has them.
    path : str or path
        Other suffixes than `.safetensors` are changed to it, with a warning for those of other libraries.
    overwrite : bool, default True
        False refuses a file that exists.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ModelFileError
        If the model can't be described (a layer's argument is a function), or the disk says no. The file that was there
        before is untouched.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(1, input_dim=2)], seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_model(model, folder + "/pima.safetensors")
    ...     twin = load_model(path)
    >>> twin.predict([[1.0, 2.0]]) == model.predict([[1.0, 2.0]])
    array([[ True]])
    """
    target = free_target(path, overwrite)
    with explained_saving(target):
        texts = _described(model)
    weights = weight_arrays(model)
    bad = first_non_finite(weights)
    if bad is not None:
        message = f"The weight {bad!r} holds NaN or infinity; the model is saved as it is."
        warnings.warn(message, UserWarning, stacklevel=3)
    write_file(target, "model", texts, weights | (state_arrays(model) if has_trained(model) else {}))
    return target


def _described(model: Any) -> dict[str, Any]:
    """Return the texts of a model file, after making the model from them once: what is written can be read."""
    check_network(model)
    _warn_of_sharing(model)
    settled = model.compilation
    parts = [] if settled is None else [settled.optimizer, *settled.losses, *settled.metrics, *settled.weighted_metrics]
    texts = {"model": describe(model), "compile": describe_compilation(model)}
    for extra in ("data_contract", "scores"):
        texts[extra] = getattr(model, extra, None)
        if texts[extra] is not None and not isinstance(texts[extra], dict):
            raise Fault(f"model.{extra} is a dict or None; received {texts[extra]!r}")
    classes = [cls for cls in custom_classes(model, parts) if cls.__name__ != "FunctionMetric"]
    twin = _build(Maker(classes), texts["model"])
    own, found = ([(name, weight.shape) for name, weight in one.named_weights()] for one in (model, twin))
    if sorted(own) != sorted(found):
        odd = sorted(set(own) ^ set(found))[0][0]
        raise Fault(
            f"made from its own description the model has other weights: see {odd!r}, and its layer's get_config"
        )
    return texts


def _warn_of_sharing(model: Any) -> None:
    """Warn of a weight with two names: a layer that is used both in a model within the model and beside it."""
    seen: dict[int, str] = {}
    for name, weight in model.named_weights():
        if id(weight) in seen:
            warnings.warn(
                f"{seen[id(weight)]!r} and {name!r} are one weight; once loaded they are two, and training parts them.",
                UserWarning,
                stacklevel=5,
            )
            return
        seen[id(weight)] = name


def load_model(path: Any, *, custom_layers=None, custom_objects=None, compile: bool = True) -> Any:
    """Return the model that `save_model` wrote.

    Nothing in a file can run, and no other file is opened; a file that declares more weights than it holds is refused.

    Parameters
    ----------
    path : str or path
        As it was given to `save_model`: "m.h5" means "m.safetensors" here too.
    custom_layers : list of type, optional
        Classes of your own that the model uses: layers, and losses, metrics and their like. Without them a file that
        needs them is refused.
    custom_objects : dict of str to type, optional
        Keras' form of the same: the classes by the names that the file has for them.
    compile : bool, default True
        False leaves the compile settings in the file, for one whose loss or metric you don't have.

    Returns
    -------
    Model or Sequential

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, of another kind, newer than this release, or asks for anything else
        than a network of known layers. The message is one sentence.
    """
    source = source_of(path)
    contents = read_file(source)
    with explained_loading(source):
        if contents.kind != "model":
            raise Fault(INSTEAD[contents.kind])
        maker = Maker(custom_layers, custom_objects)
        model = _build(maker, contents.texts.get("model"))
        check_fit(model, contents)
        take_weights(model, contents)
        for extra in ("data_contract", "scores"):
            value = contents.texts.get(extra)
            if value is not None and not isinstance(value, dict):
                raise Fault(f"its {extra} is not a dict")
            setattr(model, extra, value)
        if compile:
            _restore_training(model, contents, maker)
    return model


def _build(maker: Maker, described: Any) -> Any:
    """Return the model that a description means, without numbers."""
    from chainrule.models import Model

    with deferred_initialisation():
        model = maker.make(described, "layer")
    if not isinstance(model, Model):
        raise Fault("what it describes is not a model")
    check_network(model)
    return model


def _restore_training(model: Any, contents: Any, maker: Maker) -> None:
    settings = contents.texts.get("compile")
    has_state = any(name.startswith(OPTIMIZER) for name in contents.arrays)
    if settings is not None:
        restore_compilation(model, settings, maker)
    if has_state and settings is None:
        raise Fault("it has an optimizer's state and no compile settings")
    if has_state:
        check_state(model, contents.arrays)
        try:
            restore_state(model, contents.arrays)
        except Exception as error:
            raise Fault(f"the model can't be made ready for training: {error}") from None


def model_from_json(text: str, *, custom_layers=None, custom_objects=None) -> Any:
    """Return a model of the architecture that `model.to_json` wrote, with fresh weights.

    The text is checked as a model file is; the memory that the weights take is what the text declares.

    Parameters
    ----------
    text : str
    custom_layers, custom_objects : optional
        As in `load_model`.

    Raises
    ------
    ModelFileError
        If the text does not describe a network of known layers.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model_from_json(Sequential([Dense(1, input_dim=2)]).to_json()).count_params()
    3
    """
    from chainrule.models import Model

    with explained("The text describes no model that can be made"):
        if not isinstance(text, str):
            raise Fault(f"it is not a text, but {type(text).__name__}")
        described = parse(text, "it")
        model = Maker(custom_layers, custom_objects).make(described, "layer")
        if not isinstance(model, Model):
            raise Fault("what it describes is not a model")
    return model


def read_metadata(path: Any) -> dict[str, Any]:
    """Return what a file says of itself, without making the model or reading its numbers.

    Returns
    -------
    dict
        "kind" ("model", "weights" or "checkpoint"), "format", "versions"; "model", "compile", "data_contract", "scores"
        and "checkpoint" where there are such; "tensors": name → {"dtype", "shape"}.

    Raises
    ------
    ModelFileError
        If it is not a chainrule file.
    """
    contents = read_file(source_of(path), header_only=True)
    tensors = {name: {"dtype": one.dtype.name, "shape": one.shape} for name, one in contents.header.tensors.items()}
    return contents.texts | {"tensors": tensors}
