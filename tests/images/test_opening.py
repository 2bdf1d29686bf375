"""One file: whatever it holds, an image of 8 bits or one sentence."""

from __future__ import annotations

import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from chainrule.errors import ArgumentError, MissingExtraError
from chainrule.images.findings import Finding, sentences
from chainrule.images.opening import ImageFileError, load_img, look
from chainrule.utils import img_to_array

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a Pillow image under a name and returns the path."""

    def save(name, image, **options):
        path = tmp_path / name
        image.save(path, **options)
        return path

    return save


def refused(path, *, by=load_img) -> ImageFileError:
    with pytest.raises(ImageFileError) as error:
        by(path)
    message = str(error.value)
    assert message.startswith((str(path), "There is no")) and message.endswith(".") and "\n" not in message
    return error.value


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm"])
def test_what_was_saved_without_loss_is_read_to_the_byte(saved, suffix):
    path = saved(f"a.{suffix}", Image.fromarray(COLOURS))
    np.testing.assert_array_equal(np.asarray(load_img(path)), COLOURS)


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("grayscale", 1), ("rgba", 4)])
def test_colour_modes(saved, mode, channels):
    path = saved("a.png", Image.fromarray(COLOURS))
    assert img_to_array(load_img(path, color_mode=mode)).shape == (6, 9, channels)


def test_size_is_height_and_width_stretched_or_cut_in_the_middle(saved):
    X = np.zeros((4, 8, 3), np.uint8)
    X[:, 2:6] = 200  # the middle square
    path = saved("a.png", Image.fromarray(X))
    assert img_to_array(load_img(path, target_size=(2, 6))).shape == (2, 6, 3)
    cut = img_to_array(load_img(path, target_size=(4, 4), keep_aspect_ratio=True))
    assert (cut == 200).all()
    assert (img_to_array(load_img(path, target_size=(4, 4))) == 0).any()


def test_a_photo_taken_sideways_is_turned_upright(saved):
    image = Image.fromarray(COLOURS)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    path = saved("a.jpg", image, exif=exif, quality=100, subsampling=0)
    assert look(path).size == (9, 6)
    turned = img_to_array(load_img(path))
    assert turned.shape == (9, 6, 3)
    assert np.abs(turned - np.rot90(COLOURS, -1)).mean() < 5


def test_sixteen_bits_keep_the_upper_eight(saved):
    X = np.array([[0, 255, 256], [32768, 65280, 65535]], np.uint16)
    path = saved("a.png", Image.fromarray(X))
    assert look(path).kinds == ("16-bit",) and look(path).gray
    assert np.asarray(load_img(path, color_mode="grayscale")).tolist() == [[0, 0, 1], [128, 255, 255]]


def sixteen_bit_rgb() -> bytes:
    """Return a PNG of one row of two pixels with 16 bits a colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"\0" + struct.pack(">6H", 0, 256, 65535, 512, 1024, 32768)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bits_in_colour(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(sixteen_bit_rgb())
    assert look(path).kinds == ("16-bit",)
    assert np.asarray(load_img(path)).tolist() == [[[0, 1, 255], [2, 4, 128]]]


def test_cmyk_becomes_rgb_and_is_told(saved):
    path = saved("a.jpg", Image.fromarray(COLOURS).convert("CMYK"))
    assert look(path).kinds == ("CMYK",)
    assert load_img(path).mode == "RGB"


@pytest.mark.filterwarnings("error")
def test_a_palette_becomes_colours_also_with_transparency(saved):
    image = Image.fromarray(COLOURS).quantize(8)
    path = saved("a.png", image, transparency=bytes([0, 128, 255]))
    assert look(path).kinds == ("palette",)
    assert load_img(path).mode == "RGB"
    assert load_img(path, color_mode="rgba").getextrema()[3][0] < 255


def test_of_an_animation_the_first_frame_is_taken(saved):
    frames = [Image.new("L", (5, 5), shade) for shade in (10, 200)]
    path = saved("a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert look(path).kinds == ("animated",)
    assert set(np.asarray(load_img(path, color_mode="grayscale")).ravel().tolist()) == {10}


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short_is_refused(saved, suffix, share):
    X = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    path = saved(f"a.{suffix}", Image.fromarray(X))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert refused(path).kind in ("damaged", "no image")


@pytest.mark.parametrize("content", [b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n", bytes(range(256))])
def test_what_is_no_image_is_refused(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert refused(path).kind in ("no image", "damaged")
    assert refused(path, by=look).kind in ("no image", "damaged")


def test_an_empty_file_and_no_file_and_a_folder(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"")
    assert str(refused(path)) == f"{path} is empty."
    assert str(refused(tmp_path / "b.png")) == f"There is no image file {tmp_path / 'b.png'}."
    assert refused(tmp_path).kind == "closed"


@pytest.mark.parametrize("side", [12_000, 60_000])
@pytest.mark.filterwarnings("error")
def test_a_file_of_some_bytes_that_claims_many_pixels_is_refused(tmp_path, side):
    whole = bytearray(sixteen_bit_rgb())
    whole[16:24] = struct.pack(">II", side, side)
    whole[29:33] = struct.pack(">I", zlib.crc32(bytes(whole[12:29])))
    path = tmp_path / "a.png"
    path.write_bytes(bytes(whole))
    error = refused(path)
    assert error.kind == "too large" and "89,478,485" in str(error)


def test_pixels_of_32_bits_are_refused(saved):
    path = saved("a.tif", Image.fromarray(np.ones((2, 2), np.float32)))
    assert "pixels of 32 bits" in str(refused(path))


def test_damaged_exif_harms_nothing(saved):
    path = saved("a.jpg", Image.fromarray(COLOURS), exif=b"Exif\0\0" + bytes(range(40)))
    assert load_img(path).size == (9, 6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color_mode": "gray"}, "There is no color_mode of load_img named 'gray'"),
        ({"interpolation": "bilinaer"}, "Did you mean 'bilinear'?"),
        ({"target_size": 28}, "load_img's target_size is (height, width), such as (28, 28); received 28."),
        ({"target_size": (0, 2)}, "load_img's target_size is a whole number of at least 1; received 0."),
    ],
)
def test_arguments_that_can_not_be_used(options, message):
    with pytest.raises(ArgumentError) as error:
        load_img("a.png", **options)
    assert message in str(error.value)


def test_without_pillow_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError) as error:
        load_img("a.png")
    assert str(error.value) == 'Reading images needs Pillow: pip install "chainrule[images]" brings it.'


def test_findings_are_told_by_kind_with_the_first_names():
    findings = [Finding(f"{n}.png", "damaged", "why") for n in range(5)] + [Finding("a.jpg", "CMYK")]
    assert sentences([*findings, *findings]) == [
        "5 files are damaged or cut short and are left out: 0.png, 1.png, 2.png and 2 more.",
        "1 file is in CMYK, and was turned into RGB: a.jpg.",
    ]
