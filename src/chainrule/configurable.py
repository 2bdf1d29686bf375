"""What can be named by a string and written into a model file: layers, optimizers, losses, and their like.

One rule makes both possible: the constructor stores each argument in an attribute of the same name, as scikit-learn's
estimators do. Then the arguments can be read back, and `from_config(get_config())` is the same thing again.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, unknown_name
from chainrule.utils.naming import snake_case


def arguments_of(cls: type) -> dict[str, inspect.Parameter]:
    """Return the named constructor arguments of a class and, where it takes `**options`, those of its bases too."""
    found: dict[str, inspect.Parameter] = {}
    for owner in cls.__mro__:
        if "__init__" not in vars(owner) or owner is object:
            continue
        parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                found.setdefault(parameter.name, parameter)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            break
    return found


def _plain(value: Any) -> Any:
    """Turn an argument into what JSON can hold."""
    if isinstance(value, Configurable):
        return value.to_config()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


class Configurable:
    """Base of everything with `get_config` and `from_config`."""

    #: Arguments that are not part of the configuration (what only the constructor needs, such as an input shape).
    not_in_config: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain values that JSON can hold."""
        names = [name for name in arguments_of(type(self)) if name not in self.not_in_config]
        return {name: _plain(getattr(self, name)) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]):
        """Make the object again from what `get_config` returned."""
        return cls(**config)

    def to_config(self) -> dict[str, Any]:
        """Return `{"class": name, "config": arguments}`, from which its registry makes the object again."""
        return {"class": type(self).__name__, "config": self.get_config()}

    def __repr__(self) -> str:
        values = {name: getattr(self, name, None) for name in arguments_of(type(self))}
        shown = [
            f"{name}={values[name]!r}"
            for name, parameter in arguments_of(type(self)).items()
            if not _is_default(values[name], parameter.default) and not self._is_own_name(name, values[name])
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _is_own_name(self, argument: str, value: Any) -> bool:
        """Tell a name that was made from the class's, perhaps with a number: "dense_1"."""
        if argument != "name" or not isinstance(value, str):
            return False
        stem = re.sub(r"_\d+$", "", value)
        return stem in (snake_case(type(self).__name__), type(self).__name__.lower())


def _is_default(value: Any, default: Any) -> bool:
    """Tell a value that its argument has by default, also where the default is a name and the value what it means."""
    if value is default:
        return True
    if isinstance(value, (str, int, float, bool)):
        return value == default
    if isinstance(value, tuple):  # strides=(1, 1) is what strides=1 means
        return value == default or all(_is_default(one, default) for one in value)
    if default is None:
        return getattr(value, "name", None) == "linear"  # what activation=None means
    means = type(value).__name__
    return isinstance(default, str) and snake_case(means) == default and repr(value) == f"{means}()"


class Registry:
    """The closed list of one kind of thing, by class name and by alias; the only way from a name to a class.

    Parameters
    ----------
    kind : str
        What messages call it: "optimizer", "loss".
    base : type
        What an object passed instead of a name must be an instance of.
    """

    def __init__(self, kind: str, base: type):
        self.kind, self.base = kind, base
        self.classes: dict[str, type] = {}
        self._aliases: dict[str, tuple[type, dict[str, Any]]] = {}

    def add(self, cls: type, *aliases: str, **arguments: Any) -> type:
        """Register a class under its own name and under aliases (in lower case), which may fix arguments."""
        self.classes.setdefault(cls.__name__, cls)
        for alias in (cls.__name__, *aliases):
            self._aliases.setdefault(alias.lower(), (cls, arguments))
        return cls

    def names(self) -> list[str]:
        """Return the names that `get` takes, sorted, each once: "l1_l2" stands for "l1l2" too."""
        joined = {alias.replace("_", "") for alias in self._aliases if "_" in alias}
        return sorted(alias for alias in self._aliases if alias not in joined)

    def __contains__(self, name: str) -> bool:
        """Tell whether `get` takes a name, in whatever spelling."""
        return name.lower() in self._aliases

    def get(self, identifier: Any) -> Any:
        """Return the object that an identifier means: None, an object, a class, a name, or `to_config`'s dict.

        Raises
        ------
        ArgumentError
            If the name is not known (with the nearest known one), or the object is of another kind.
        """
        if identifier is None or isinstance(identifier, self.base):
            return identifier
        if isinstance(identifier, type) and issubclass(identifier, self.base):
            return identifier()
        if isinstance(identifier, str):
            if identifier.lower() not in self._aliases:
                raise unknown_name(self.kind, identifier, self.names())
            cls, arguments = self._aliases[identifier.lower()]
            return cls(**arguments)
        if isinstance(identifier, dict) and set(identifier) == {"class", "config"}:
            if identifier["class"] not in self.classes:
                raise unknown_name(self.kind, identifier["class"], self.classes)
            return self.classes[identifier["class"]].from_config(identifier["config"])
        article = "an" if self.kind[0] in "aeiou" else "a"
        raise ArgumentError(
            f"Expected {article} {self.kind}, its name or None; received {identifier!r}. Names: "
            f"{', '.join(self.names())}."
        )
