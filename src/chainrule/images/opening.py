"""One image file to a Pillow image of 8 bits: its header looked at first, then its pixels, upright, in given colours.

Whatever a file holds, it is read or refused with one sentence.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import check_choice, check_flag
from chainrule.errors import ChainruleError, DataError
from chainrule.images.pillow import FORMATS, MOST_PIXELS, own_limit, pillow
from chainrule.images.sizes import REDUCING_GAP, check_interpolation, check_size, resized

#: Keras' names of colours → Pillow's, and how many numbers a pixel has.
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
#: Pillow's modes without colour.
GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "I;16N", "F")
#: EXIF's tag of how the camera was held, and its values that turn the image on its side.
ORIENTATION, UPRIGHT, SIDEWAYS = 0x0112, 1, (5, 6, 7, 8)
#: The upper 8 of 16 bits.
UPPER = 8


class ImageFileError(DataError):
    """A file that can't be read as an image.

    Attributes
    ----------
    kind : str
        One of `chainrule.images.findings.LEFT_OUT`.
    """

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Look:
    """What an image's header says.

    Attributes
    ----------
    size : tuple of int
        (height, width), upright.
    gray : bool
        Whether it has no colour.
    kinds : tuple of str
        What is changed as it is read: keys of `findings.CHANGED`.
    """

    size: tuple[int, int]
    gray: bool
    kinds: tuple[str, ...]


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Read an image file.

    BMP, GIF, JPEG, PNG, PPM, TIFF and WebP are read. A photo that EXIF says was taken sideways is turned upright; of an
    animation the first frame is taken, of 16 bits a colour the upper 8.

    Parameters
    ----------
    path : str, path or binary file
    color_mode : {"rgb", "grayscale", "rgba"}, default "rgb"
    target_size : tuple of int, optional
        (height, width); by default the image's own.
    interpolation : str, default "nearest"
        "nearest", "bilinear", "bicubic", "box", "hamming" or "lanczos": how pixels are mixed where the size changes.
    keep_aspect_ratio : bool, default False
        Whether an image of another shape is cut to the target's shape, in its middle, instead of stretched.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ImageFileError
        If the file is no image, is damaged, or has more pixels than are let in.
    ArgumentError
        If an argument can't be used.
    MissingExtraError
        If Pillow is not installed.

    Examples
    --------
    >>> import io
    >>> from chainrule.images import array_to_img
    >>> file = io.BytesIO()
    >>> array_to_img(np.zeros((4, 6, 3))).save(file, "png")
    >>> load_img(file, target_size=(2, 3)).size
    (3, 2)
    """
    check_choice("load_img", "color_mode", color_mode, tuple(MODES))
    check_interpolation("load_img", interpolation)
    size = None if target_size is None else check_size("load_img", "target_size", target_size)
    fit = "crop" if check_flag("load_img", "keep_aspect_ratio", keep_aspect_ratio) else "stretch"
    with own_limit(), opened(path) as image:
        return decoded(image, color_mode, size, interpolation, fit)


def look(path: Any) -> Look:
    """Return what a file's header says, without its pixels; raises as `load_img` does."""
    with opened(path) as image:
        width, height = image.size
        size = (width, height) if _orientation(image) in SIDEWAYS else (height, width)
        return Look(size, _is_gray(image), tuple(_kinds(image)))


def decoded(image: Any, color_mode: str, size: tuple[int, int] | None, interpolation: str, fit: str) -> Any:
    """Return an opened image with its pixels: upright, in its colours, of its size."""
    orientation, sixteen = _orientation(image), _is_sixteen_bit(image)
    if size is not None:
        side = max(size)
        image.draft(None, (int(side * REDUCING_GAP), int(side * REDUCING_GAP)))  # JPEG alone has scales of its own
    image.load()
    if orientation != UPRIGHT:
        from PIL import ImageOps

        image = ImageOps.exif_transpose(image)
    image = _in_colours(image, MODES[color_mode], sixteen)
    return image if size is None else resized(image, size, interpolation, fit)


@contextlib.contextmanager
def opened(path: Any) -> Iterator[Any]:
    """Open an image file; whatever goes wrong while it is open becomes an `ImageFileError`."""
    Image = pillow()
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else "The image"
    try:
        with Image.open(path, formats=FORMATS) as image:
            _refuse(image, name)
            yield image
    except ChainruleError:
        raise
    except FileNotFoundError:
        raise ImageFileError("closed", f"There is no image file {name}.") from None
    except (IsADirectoryError, PermissionError) as error:
        raise ImageFileError("closed", f"{name} can't be opened: {error.strerror}.") from None
    except Image.DecompressionBombError:
        raise ImageFileError("too large", f"{name} has far more than the {MOST_PIXELS:,} pixels let in.") from None
    except Image.UnidentifiedImageError:
        raise _no_image(path, name) from None
    # Pillow's readers meet damage in as many ways as there are formats: OSError, SyntaxError, ValueError …
    except Exception as error:
        raise ImageFileError("damaged", f"{name} is damaged or cut short ({error}); save it anew.") from None


def _no_image(path: Any, name: str) -> ImageFileError:
    if isinstance(path, (str, os.PathLike)) and os.path.isfile(path) and os.path.getsize(path) == 0:
        return ImageFileError("empty", f"{name} is empty.")
    return ImageFileError("no image", f"{name} is no image, or of a format that isn't read: {', '.join(FORMATS)} are.")


def _refuse(image: Any, name: str) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise ImageFileError(
            "too large",
            f"{name} has {image.width:,} × {image.height:,} pixels, and at most {MOST_PIXELS:,} are let in; "
            "make it smaller.",
        )
    if image.mode in ("I", "F") and not _is_sixteen_bit(image):
        raise ImageFileError(
            "deep", f"{name} has pixels of 32 bits, and what is white among them isn't known; save it with 8 bits."
        )


def _orientation(image: Any) -> int:
    if image.format == "PNG" and "exif" not in image.info:
        return UPRIGHT  # Pillow would read all pixels to look for it behind them
    try:
        return image.getexif().get(ORIENTATION, UPRIGHT)
    except Exception:  # as for damaged pixels; an image is no worse for damaged EXIF
        return UPRIGHT


def _is_sixteen_bit(image: Any) -> bool:
    """Tell pixels of 16 bits, which some formats open as of 32, and some as of 8 already."""
    raw = str(image.tile[0][3]) if image.tile else ""
    return image.mode.startswith("I;16") or ";16" in raw or (image.mode == "I" and image.format in ("PNG", "PPM"))


def _is_gray(image: Any) -> bool:
    if image.mode != "P":
        return image.mode in GRAY_MODES
    colours = np.frombuffer((image.getpalette() and bytes(image.getpalette())) or b"", np.uint8)
    colours = colours[: len(colours) // 3 * 3].reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def _kinds(image: Any) -> Iterator[str]:
    if image.mode == "CMYK":
        yield "CMYK"
    if _is_sixteen_bit(image):
        yield "16-bit"
    if image.mode == "P" and image.format != "GIF":  # a GIF always has one
        yield "palette"
    if image.format != "MPO" and getattr(image, "is_animated", False):  # a photo with its preview is no animation
        yield "animated"


def _in_colours(image: Any, mode: str, sixteen: bool) -> Any:
    if sixteen and image.mode[0] == "I":
        upper = (np.asarray(image).astype(np.int64) >> UPPER).clip(0, 255)
        image = pillow().fromarray(upper.astype(np.uint8))
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    return image if image.mode == mode else image.convert(mode)
