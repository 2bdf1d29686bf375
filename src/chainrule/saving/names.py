"""Names in a model file: text and nothing else, so that no program that reads them takes one for a path."""

from __future__ import annotations

from typing import Any

from chainrule.saving.faults import Fault
from chainrule.saving.limits import MAX_NAME_LENGTH

#: Where the optimizer's state and a checkpoint's own arrays lie, beside the layers' weights "layer/weight".
OPTIMIZER, EXTRA = "optimizer/", "extra/"
RESERVED = (OPTIMIZER.rstrip("/"), EXTRA.rstrip("/"))


def check_name(name: Any, what: str) -> str:
    """Return a name of a layer, input or weight, or refuse one that is no plain text or could be read as a path."""
    if not isinstance(name, str) or not name or len(name) > MAX_NAME_LENGTH:
        raise Fault(f"the name of {what} is a text of 1 to {MAX_NAME_LENGTH} characters, not {str(name)[:60]!r}")
    if ".." in name or name == "." or any(sign in "/\\" or not sign.isprintable() for sign in name):
        raise Fault(
            f"the name {name!r} of {what} has a slash, '..' or a sign that can't be printed; give it a plain name"
        )
    return name


def is_weight(tensor: str) -> bool:
    """Return whether a tensor is a layer's weight, by its name."""
    return not tensor.startswith((OPTIMIZER, EXTRA))
