"""The image contract: what an image file has to become for a network, and what its answers are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule._version import __version__
from chainrule.errors import ModelFileError
from chainrule.images.opening import CHANNELS
from chainrule.images.sizes import FITS, INTERPOLATIONS
from chainrule.images.store import Form
from chainrule.tables.strict import take

#: What tells this contract from that of a table, and the format that this release writes.
KIND, FORMAT = "images", 1
#: The network's first layer takes the bytes 0 to 255 to numbers from 0 to 1.
SCALING = 1 / 255
#: No side of an image is longer than this.
LONGEST_SIDE = 2**14


@dataclass(frozen=True)
class ImageContract:
    """The form of the images that a network takes, and the names of its classes; plain data that JSON can hold.

    Attributes
    ----------
    form : Form
        Colours, (height, width), and how images of other sizes are brought to it.
    classes : list of str
        In the order of the network's outputs.
    versions : dict of str to str
        What it was written with.

    Examples
    --------
    >>> contract = ImageContract(Form("rgb", (2, 2), "bilinear", "stretch"), ["cat", "dog"])
    >>> contract.decode(np.array([[0.25, 0.75]]))["prediction"].tolist()
    ['dog']
    >>> ImageContract.from_dict(contract.to_dict()) == contract
    True
    """

    form: Form
    classes: list[str]
    versions: dict[str, str] = field(default_factory=lambda: {"chainrule": __version__, "numpy": np.__version__})

    def decode(self, P: np.ndarray) -> dict[str, np.ndarray]:
        """Return a network's output as columns: "prediction", and `probability_…` for each class."""
        names = np.array(self.classes, dtype=object)
        columns = {"prediction": names[winners(P)]}
        return columns | {f"probability_{name}": P[:, place] for place, name in enumerate(self.classes)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        height, width = self.form.size
        return {
            "kind": KIND,
            "format": FORMAT,
            "color_mode": self.form.color_mode,
            "height": height,
            "width": width,
            "interpolation": self.form.interpolation,
            "fit": self.form.fit,
            "scaling": SCALING,
            "classes": list(self.classes),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Any) -> ImageContract:
        """Return the contract that `to_dict` described.

        Raises
        ------
        ModelFileError
            If a value is missing, too many, or of another kind.
        """
        kinds = dict.fromkeys(("kind", "color_mode", "interpolation", "fit"), "text")
        kinds |= dict.fromkeys(("format", "height", "width"), "whole")
        values = take(data, "the contract", kinds | {"scaling": "positive", "classes": "texts", "versions": "dict"})
        if values["format"] != FORMAT:
            raise ModelFileError(
                f"The image contract has format {values['format']}, and this release reads {FORMAT}: install a newer "
                "chainrule."
            )
        _check(values)
        size = values["height"], values["width"]
        form = Form(values["color_mode"], size, values["interpolation"], values["fit"])
        return cls(form, values["classes"], values["versions"])


def winners(P: np.ndarray) -> np.ndarray:
    """Return the class of each row; of two, the second from one half up, as everywhere."""
    return (P[:, 1] >= 0.5).astype(np.int64) if P.shape[1] == 2 else P.argmax(axis=1)


def is_image_contract(data: Any) -> bool:
    """Tell an image contract from a table's."""
    return isinstance(data, dict) and data.get("kind") == KIND


def _check(values: dict[str, Any]) -> None:
    take(values["versions"], "versions", dict.fromkeys(values["versions"], "text"))
    known: dict[str, Sequence[Any]] = {
        "kind": (KIND,),
        "color_mode": tuple(CHANNELS),
        "interpolation": tuple(INTERPOLATIONS),
        "fit": FITS,
        "scaling": (SCALING,),
    }
    for key, allowed in known.items():
        if values[key] not in allowed:
            raise ModelFileError(
                f"The image contract is damaged: its {key} should be one of {', '.join(map(str, allowed))}; received "
                f"{str(values[key])[:60]!r}."
            )
    sides, classes = (values["height"], values["width"]), values["classes"]
    if not all(1 <= side <= LONGEST_SIDE for side in sides) or len(set(classes)) != len(classes) or len(classes) < 2:
        raise ModelFileError(
            "The image contract is damaged: it needs a height and a width of at least 1, and two classes or more, each "
            "once."
        )
