"""Images: from files to arrays of bytes, folders as data sets, and networks that take image files.

`load_img` reads one file, `image_dataset_from_directory` a folder with one subfolder a class; `ImageModel` trains on
such a folder and answers for files. Files are read by Pillow, which the extra `images` brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.images.convert import array_to_img, img_to_array, save_img
from chainrule.images.dataset import ImageDataset
from chainrule.images.findings import Finding
from chainrule.images.from_directory import image_dataset_from_directory
from chainrule.images.opening import ImageFileError, load_img

if TYPE_CHECKING:
    from chainrule.images.model import ImageModel


def __getattr__(name: str) -> Any:
    """Import `ImageModel` when it is asked for: reading images needs no networks."""
    if name == "ImageModel":
        from chainrule.images.model import ImageModel

        return ImageModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Finding",
    "ImageDataset",
    "ImageFileError",
    "ImageModel",
    "array_to_img",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "save_img",
]
