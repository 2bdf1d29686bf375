"""The description of a whole network: which keys it has, what its layers are, and how they are connected."""

from __future__ import annotations

from typing import Any

from chainrule.floatx import FORMATS
from chainrule.saving.faults import Fault
from chainrule.saving.limits import MAX_CALLS
from chainrule.saving.names import RESERVED, check_name

COMMON_KEYS = {"name", "seed", "dtype", "trainable", "layers"}
SEQUENTIAL_KEYS = COMMON_KEYS | {"input_shape"}
GRAPH_KEYS = COMMON_KEYS | {"inputs", "calls", "outputs"}
#: What a description may say beside that: of a chain its input, of a graph whether one output comes back in a list.
OPTIONAL_KEYS = {"input_name", "input_dtype", "several_outputs"}
#: The dtypes that an `Input` may have in a file.
INPUT_DTYPES = (*FORMATS, *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))


def model_arguments(maker: Any, cls: type, config: dict[str, Any]) -> dict[str, Any]:
    """Return a model's config with its layers made, checked as far as the model's own constructor doesn't."""
    from chainrule.models import Sequential

    is_chain = issubclass(cls, Sequential)
    keys = SEQUENTIAL_KEYS if is_chain else GRAPH_KEYS
    if not keys <= set(config) <= keys | OPTIONAL_KEYS:
        odd = sorted((set(config) - OPTIONAL_KEYS) ^ keys)
        known = ", ".join(sorted(keys))
        raise Fault(f"the description of a {cls.__name__} has the keys {known}; wrong or missing: {odd[0][:60]!r}")
    if config["name"] is not None:
        check_name(config["name"], cls.__name__)
    if config["dtype"] not in FORMATS or not isinstance(config["trainable"], bool) or type(config["seed"]) is not int:
        raise Fault(f"the dtype, seed or trainable of a {cls.__name__} is not what it should be")
    if not isinstance(config["layers"], list):
        raise Fault(f"the layers of a {cls.__name__} are not a list")
    if is_chain:
        _check_shape(config["input_shape"], optional=True)
        _check_input(config.get("input_name"), config.get("input_dtype"))
    else:
        _check_connections(config)
    if not isinstance(config.get("several_outputs", False), bool):
        raise Fault(f"several_outputs of a {cls.__name__} is True or False")
    return config | {"layers": [maker.make(one, "layer") for one in config["layers"]]}


def _check_connections(config: dict[str, Any]) -> None:
    inputs, calls, n_layers = config["inputs"], config["calls"], len(config["layers"])
    if not isinstance(inputs, list) or not inputs or not isinstance(calls, list):
        raise Fault("the inputs or the calls of a Model are not a list")
    if len(calls) > MAX_CALLS:
        raise Fault(f"a Model has more than {MAX_CALLS:,} calls of layers")
    for one in inputs:
        if not isinstance(one, dict) or set(one) != {"shape", "name", "dtype"}:
            raise Fault("an input of a Model has the keys shape, name and dtype, and no others")
        _check_shape(one["shape"])
        _check_input(one["name"], one["dtype"])
    for call in calls:
        if not isinstance(call, dict) or set(call) != {"layer", "inputs"}:
            raise Fault("a call of a layer has the keys layer and inputs, and no others")
        if type(call["layer"]) is not int or not 0 <= call["layer"] < n_layers:
            raise Fault(f"a call is of layer {str(call['layer'])[:60]}, and there are {n_layers}")
        _check_places(call["inputs"])
    _check_places(config["outputs"])


def _check_input(name: Any, dtype: Any) -> None:
    if name is not None:
        check_name(name, "an input")
    if dtype is not None and dtype not in INPUT_DTYPES:
        raise Fault(f"the dtype of an input can't be {str(dtype)[:60]!r}")


def _check_shape(shape: Any, optional: bool = False) -> None:
    if shape is None and optional:
        return
    if not isinstance(shape, list) or not all(size is None or (type(size) is int and size > 0) for size in shape):
        raise Fault(f"an input's shape is a list of whole numbers above 0, not {str(shape)[:60]}")


def _check_places(places: Any) -> None:
    def is_place(place: Any) -> bool:
        return isinstance(place, list) and len(place) == 2 and all(type(number) is int for number in place)

    if not isinstance(places, list) or not places or not all(is_place(place) for place in places):
        raise Fault("where a value comes from is said by two whole numbers: the call, and which of its outputs")


def n_calls(model: Any) -> int:
    """Return how many layers one pass goes through, with models within the model written out as often as they are used.

    A model that uses a model twice that uses a model twice … is short to describe and never ends.
    """
    from chainrule.models import Model

    known: dict[int, int] = {}

    def count(one: Any) -> int:
        if id(one) not in known:
            known[id(one)] = sum(1 + (count(call.layer) if isinstance(call.layer, Model) else 0) for call in one.calls)
        return known[id(one)]

    return count(model)


def check_network(model: Any) -> None:
    """Refuse a model without a known input shape, with too many uses of layers, or with names that can't be kept."""
    if not model.built:
        raise Fault("the model's input shape is not known yet: call build or fit first, or start it with an Input")
    if n_calls(model) > MAX_CALLS:
        raise Fault(f"one pass goes through more than {MAX_CALLS:,} layers")
    for layer in model.layers:
        if layer.name in RESERVED:
            raise Fault(f"a layer is named {layer.name!r}, a name that model files need for themselves; rename it")
    seen: set[str] = set()
    for name, _ in model.named_weights():
        for part in name.split("/"):
            check_name(part, "a layer or weight")
        if name in seen:
            raise Fault(f"two weights are named {name!r}; give each weight of a layer a name of its own")
        seen.add(name)
