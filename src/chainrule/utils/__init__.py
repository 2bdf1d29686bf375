"""Small helpers around a model: labels, seeds, splits, batch sources, images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.floatx import floatx, set_floatx
from chainrule.random import set_random_seed
from chainrule.utils.arrays import normalize, to_categorical
from chainrule.utils.sequence import PyDataset, Sequence
from chainrule.utils.split import split, split_indices

if TYPE_CHECKING:
    from chainrule.images import array_to_img, image_dataset_from_directory, img_to_array, load_img, save_img

#: What Keras has here too, and is at home in the room of images.
_OF_IMAGES = ("array_to_img", "image_dataset_from_directory", "img_to_array", "load_img", "save_img")


def __getattr__(name: str) -> Any:
    """Import what reads images when it is asked for."""
    if name in _OF_IMAGES:
        from chainrule import images

        return getattr(images, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "PyDataset",
    "Sequence",
    "array_to_img",
    "floatx",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "normalize",
    "save_img",
    "set_floatx",
    "set_random_seed",
    "split",
    "split_indices",
    "to_categorical",
]
