"""From a description to layers, losses, optimizers and models.

A description is `{"class": name, "config": arguments}`. The class comes from a closed list: chainrule's registries, and
classes that the caller passed. Arguments must be those that the constructor declares, and be numbers, texts, True,
False, None or lists of them; another description stands only where the argument's name says what it is
(`kernel_initializer`). Then the class's own constructor checks the values. Nothing is imported by name, called by name,
or opened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from chainrule.configurable import Configurable, Registry, arguments_of
from chainrule.errors import ArgumentError, nearest
from chainrule.floatx import FORMATS
from chainrule.saving.faults import Fault
from chainrule.saving.limits import MAX_LAYERS
from chainrule.saving.names import check_name
from chainrule.saving.networks import INPUT_DTYPES, model_arguments

#: The arguments of chainrule's own classes that are dicts.
DICTS = (("ActivationFunction", "options"),)
#: How much of an offending value a message shows.
SHOWN_CHARACTERS = 60
#: How the caller's own classes are given.
SUCH_AS = {"custom_layers": "[MyLayer]", "custom_objects": "{'MyLayer': MyLayer}"}


def registries() -> dict[str, Registry]:
    """Return the closed lists, by the word that an argument's name ends with."""
    from chainrule.activations import ActivationFunction
    from chainrule.constraints import CONSTRAINTS
    from chainrule.initializers import INITIALIZERS
    from chainrule.layers import LAYERS
    from chainrule.losses import LOSSES
    from chainrule.metrics import METRICS
    from chainrule.optimizers import OPTIMIZERS
    from chainrule.regularizers import REGULARIZERS
    from chainrule.schedules import SCHEDULES

    activations = Registry("activation", ActivationFunction)
    activations.add(ActivationFunction)
    return {
        "layer": LAYERS,
        "activation": activations,
        "initializer": INITIALIZERS,
        "regularizer": REGULARIZERS,
        "constraint": CONSTRAINTS,
        "optimizer": OPTIMIZERS,
        "learning_rate": SCHEDULES,
        "schedule": SCHEDULES,
        "loss": LOSSES,
        "metric": METRICS,
    }


class Maker:
    """Makes what a file describes, and counts layers while it does.

    Parameters
    ----------
    custom : list of type
        The caller's own classes of layers, losses, metrics, and their like.
    named : dict of str to type
        The same by the names that the file has for them.

    Raises
    ------
    ArgumentError
        If one of them is no such class, or has the name of one of chainrule's.
    """

    def __init__(self, custom=(), named=None):
        self.registries = registries()
        if named is not None and not isinstance(named, dict):
            raise ArgumentError(f"custom_objects is a dict, such as {{'MyLayer': MyLayer}}; received {named!r}.")
        listed = [self._checked_custom(cls, "custom_layers") for cls in custom or ()]
        self.custom = {cls.__name__: cls for cls in listed}
        self.custom |= {name: self._checked_custom(cls, "custom_objects", name) for name, cls in (named or {}).items()}
        self.n_layers = 0

    def _checked_custom(self, cls: Any, argument: str, name: str | None = None) -> type:
        bases = tuple(registry.base for registry in self.registries.values())
        if not isinstance(cls, type) or not issubclass(cls, bases):
            raise ArgumentError(f"{argument} lists classes of your own, such as {SUCH_AS[argument]}; received {cls!r}.")
        kinds = [registry for registry in self.registries.values() if issubclass(cls, registry.base)]
        name = name or cls.__name__
        if any(name in registry.classes for registry in kinds):
            raise ArgumentError(f"Your class {name} has the name of one of chainrule's; give it another.")
        return cls

    def make(self, described: Any, kind: str) -> Any:
        """Return the object of a kind ("layer", "loss") that a description means; None means None.

        Raises
        ------
        Fault
            If the description asks for anything that it may not.
        """
        if described is None:
            return None
        if not isinstance(described, dict) or set(described) != {"class", "config"}:
            raise Fault(f"a {kind} is described by its class and config, not by {str(described)[:SHOWN_CHARACTERS]!r}")
        cls, config = self._class(described["class"], kind), described["config"]
        if not isinstance(config, dict):
            raise Fault(f"the config of {cls.__name__} is not a dict of arguments")
        with _said_by(cls):
            return cls.from_config(self._arguments(cls, config))

    def _class(self, name: Any, kind: str) -> type:
        registry = self.registries[kind]
        if not isinstance(name, str):
            raise Fault(f"the class of a {kind} is a text, not {str(name)[:SHOWN_CHARACTERS]!r}")
        if name in registry.classes:
            return registry.classes[name]
        if name in self.custom and issubclass(self.custom[name], registry.base):
            return self.custom[name]
        shown = name[:SHOWN_CHARACTERS]
        own = shown if shown.isidentifier() else "MyLayer"
        raise Fault(
            f"it asks for the {kind} {shown!r}, which is not one of chainrule's.{nearest(shown, registry.classes)} "
            f"If the class is your own, pass it: load_model(path, custom_layers=[{own}])"
        )

    def _arguments(self, cls: type, config: dict[str, Any]) -> dict[str, Any]:
        from chainrule.models import Model

        if issubclass(cls, self.registries["layer"].base):
            self.n_layers += 1
            if self.n_layers > MAX_LAYERS:
                raise Fault(f"it has more than {MAX_LAYERS:,} layers")
        own = cls in self.custom.values()
        if issubclass(cls, Model):
            return model_arguments(self, cls, config)
        known = {name: one for name, one in arguments_of(cls).items() if name not in getattr(cls, "not_in_config", ())}
        # A class of the caller's own may read its config as it likes.
        if not (own and cls.from_config.__func__ is not Configurable.from_config.__func__):  # pyright: ignore
            for name in config:
                if name not in known:
                    shown = name[:SHOWN_CHARACTERS]
                    raise Fault(f"{cls.__name__} has no argument {shown!r}.{nearest(shown, known)}")
        return {name: self._value(cls, name, value, known.get(name), own) for name, value in config.items()}

    def _value(self, cls: type, name: str, value: Any, parameter: Any, own: bool) -> Any:
        """Return the value of one argument: a description becomes what it describes, all else must be plain."""
        kind = next((kind for kind in self.registries if name == kind or name.endswith(f"_{kind}")), None)
        if isinstance(value, dict) and kind is not None:
            return self.make(value, kind)
        if name == "name" and value is not None:
            return check_name(value, cls.__name__)
        wrong = not _is_plain(value, dicts=own or (cls.__name__, name) in DICTS)
        wrong |= isinstance(getattr(parameter, "default", None), bool) and not isinstance(value, bool)
        wrong |= not own and name == "dtype" and value is not None and value not in FORMATS
        wrong |= not own and name == "input_dtype" and value is not None and value not in INPUT_DTYPES
        wrong |= not own and name == "seed" and value is not None and (type(value) is not int or value < 0)
        if wrong:
            raise Fault(f"{cls.__name__}'s {name} can't be {str(value)[:SHOWN_CHARACTERS]!r}")
        return value


def _is_plain(value: Any, dicts: bool) -> bool:
    """Return whether a value is made of numbers, texts, True, False, None, lists of them, and dicts where allowed."""
    if isinstance(value, dict):
        return dicts and "class" not in value and all(_is_plain(one, dicts) for one in value.values())
    return all(_is_plain(one, dicts) for one in value) if isinstance(value, list) else True


@contextlib.contextmanager
def _said_by(cls: type) -> Iterator[None]:
    """Turn whatever a constructor says of a damaged config into a `Fault`."""
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        said = str(error).rstrip(".") or type(error).__name__
        raise Fault(f"{cls.__name__} can't be made as described: {said}") from None
