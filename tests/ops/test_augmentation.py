"""Flip, crop, contrast and the affine map of images: by hand, as linear maps with their transposes, and beside SciPy's
and PyTorch's.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.ops import OPERATIONS
from chainrule.ops.random_affine import CONSTANT, FILL_MODES, NEAREST, REFLECT, WRAP, cosine_and_sine, source_points
from chainrule.random import Stream

flip, crop = OPERATIONS["random_flip"], OPERATIONS["random_crop"]
contrast, affine = OPERATIONS["random_contrast"], OPERATIONS["random_affine"]
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
B = np.arange(1.0, 17.0).reshape(4, 4)
EVERYTHING = {"translation": (-0.4, 0.4, -0.3, 0.3), "rotation": (-0.5, 0.5), "zoom": (-0.5, 0.5, -0.3, 0.9)}
#: An operation and options for images of at least 2 × 2.
WAYS = [
    pytest.param(flip, {}, id="flip"),
    pytest.param(crop, {"height": 2, "width": 1}, id="crop"),
    pytest.param(contrast, {"lower": 0.5, "upper": 2.0}, id="contrast"),
    *(pytest.param(affine, {**EVERYTHING, "fill_mode": mode}, id=f"affine {mode}") for mode in FILL_MODES),
    pytest.param(affine, {**EVERYTHING, "bilinear": 0}, id="nearest pixel"),
]


def stream(step=0):
    return Stream(11, "noise", 0, step)


def images(*pictures):
    """Return pictures as images of one channel."""
    return np.stack(pictures)[..., None]


def moved(picture, **options):
    """Return what the affine operation makes of one picture; ranges of one number leave nothing to chance."""
    return affine.forward(images(picture), random=stream(), **options)[0][0, :, :, 0]


# ---- by hand


def test_each_image_is_mirrored_where_its_words_say():
    X = images(*[A] * 64)
    Y, _ = flip.forward(X, stream())
    horizontal, vertical = (stream().uniform((64, 2)) < 0.5).T
    kinds = set()
    for picture, h, v in zip(Y[..., 0], horizontal, vertical, strict=True):
        np.testing.assert_array_equal(picture, A[:: -1 if v else 1, :: -1 if h else 1])
        kinds.add((bool(h), bool(v)))
    assert len(kinds) == 4


@pytest.mark.parametrize(("options", "mirror"), [({"vertical": 0}, A[:, ::-1]), ({"horizontal": 0}, A[::-1])])
def test_one_direction_alone(options, mirror):
    Y, cache = flip.forward(images(*[A] * 64), stream(), **options)
    assert {picture.tobytes() for picture in Y} == {A.tobytes(), np.ascontiguousarray(mirror).tobytes()}
    np.testing.assert_array_equal(flip.backward(Y, cache), images(*[A] * 64))  # mirrored twice


def test_channels_stay_together():
    X = np.arange(12.0).reshape(1, 2, 2, 3).repeat(32, axis=0)
    Y, _ = flip.forward(X, stream())
    np.testing.assert_array_equal(np.diff(Y, axis=-1), 1)


def test_a_crop_is_a_window_and_each_is_as_likely():
    X = images(*[B] * 900)
    Y, cache = crop.forward(X, 2, 3, stream())
    starts = Y[:, 0, 0, 0]
    # 4 − 2 + 1 = 3 rows and 4 − 3 + 1 = 2 columns to begin at
    found, counts = np.unique(starts, return_counts=True)
    np.testing.assert_array_equal(found, [1, 2, 5, 6, 9, 10])
    assert counts.min() > 100  # of 150 each, with a deviation of 11
    np.testing.assert_array_equal(Y[..., 0] - starts[:, None, None], [[[0, 1, 2], [4, 5, 6]]] * 900)
    dX = crop.backward(np.ones_like(Y), cache)
    np.testing.assert_array_equal((dX * X).sum(axis=(1, 2, 3)), Y.sum(axis=(1, 2, 3)))


def test_a_crop_of_everything_is_the_image():
    np.testing.assert_array_equal(crop.forward(images(A), 2, 3, stream())[0], images(A))


def test_contrast_by_hand():
    """A's mean is 3.5: with f = 2, 1 becomes 3.5 − 5 = −1.5, and 6 becomes 8.5."""
    Y, cache = contrast.forward(images(A), 2.0, 2.0, stream())
    np.testing.assert_array_equal(Y[0, :, :, 0], [[-1.5, 0.5, 2.5], [4.5, 6.5, 8.5]])
    # dY = 1 in one corner: its mean is 1/6, so that dX = 1/6 + 2 · (1 − 1/6) there and 1/6 − 2/6 elsewhere
    dY = np.zeros((1, 2, 3, 1))
    dY[0, 0, 0] = 1
    expected = np.full((2, 3), -1 / 6)
    expected[0, 0] = 11 / 6
    np.testing.assert_allclose(contrast.backward(dY, cache)[0, :, :, 0], expected, rtol=1e-14)


def test_contrast_has_a_mean_for_each_channel():
    X = np.stack([A, 10 * A], axis=-1)[None]
    Y, _ = contrast.forward(X, 0.0, 0.0, stream())
    np.testing.assert_allclose(Y[0, 0, 0], [3.5, 35.0])


@pytest.mark.parametrize(
    ("fill_mode", "expected"),
    [
        (CONSTANT, [[-1, -1, -1, -1], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
        (REFLECT, [[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
        (WRAP, [[13, 14, 15, 16], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
        (NEAREST, [[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
    ],
)
@pytest.mark.parametrize("bilinear", [0, 1])
def test_one_pixel_down(fill_mode, expected, bilinear):
    options = {"fill_mode": fill_mode, "fill_value": -1.0, "bilinear": bilinear}
    np.testing.assert_array_equal(moved(B, translation=(0.25, 0.25, 0, 0), **options), expected)


def test_fill_modes_far_outside():
    """A row a b c d, shifted by its whole length to the left."""
    row = np.array([[1.0, 2.0, 3.0, 4.0]])
    for fill_mode, expected in ((CONSTANT, [9] * 4), (REFLECT, [4, 3, 2, 1]), (WRAP, [1, 2, 3, 4]), (NEAREST, [4] * 4)):
        Y = moved(row, translation=(0, 0, -1, -1), fill_mode=fill_mode, fill_value=9.0)
        np.testing.assert_array_equal(Y, [expected])


def test_half_a_pixel_to_the_right_is_the_mean_of_two():
    # ½ pixel of 4: an eighth. The first takes half of the fill value 0.
    Y = moved(B, translation=(0, 0, 0.125, 0.125))
    np.testing.assert_array_equal(Y[0], [0.5, 1.5, 2.5, 3.5])
    # Nearest: ⌊x + ½⌋ of −½, ½, 1½, 2½
    np.testing.assert_array_equal(moved(B, translation=(0, 0, 0.125, 0.125), bilinear=0)[0], [1, 2, 3, 4])


@pytest.mark.parametrize("quarters", [-4, -3, -2, -1, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("bilinear", [0, 1])
def test_quarter_turns_are_exact_and_counter_clockwise(quarters, bilinear):
    turns = quarters / 4
    np.testing.assert_array_equal(moved(B, rotation=(turns, turns), bilinear=bilinear), np.rot90(B, quarters))
    np.testing.assert_array_equal(moved(B[:3, :3], rotation=(turns, turns)), np.rot90(B[:3, :3], quarters))


def test_zoom_by_two():
    """Half as much is shown, about the centre 1½: rows and columns ¾, 1¼, 1¾, 2¼."""
    places = np.array([0.75, 1.25, 1.75, 2.25])
    expected = 1 + 4 * places[:, None] + places  # B(y, x) = 1 + 4 y + x, which bilinear sampling keeps
    np.testing.assert_allclose(moved(B, zoom=(-0.5, -0.5)), expected, rtol=1e-14)
    np.testing.assert_array_equal(moved(B, zoom=(-0.5, -0.5), bilinear=0), B[1:3, 1:3].repeat(2, 0).repeat(2, 1))


def test_zoom_out_shows_what_is_around():
    # Places −1½, ½, 2½, 4½: half way between pixels, or outside.
    Y = moved(B, zoom=(1.0, 1.0), fill_value=5.0)
    np.testing.assert_array_equal(Y[0], [5] * 4)
    np.testing.assert_array_equal(Y[1:3, 1:3], [[3.5, 5.5], [11.5, 13.5]])


def test_one_zoom_range_is_one_draw_for_both_axes():
    X = np.random.default_rng(0).normal(size=(20, 5, 5, 1))
    together, _ = affine.forward(X, stream(), zoom=(-0.5, 0.5))
    apart, _ = affine.forward(X, stream(), zoom=(-0.5, 0.5, -0.5, 0.5))
    assert not np.array_equal(together, apart)
    transposed, _ = affine.forward(X.swapaxes(1, 2), stream(), zoom=(-0.5, 0.5))
    np.testing.assert_allclose(transposed.swapaxes(1, 2), together, rtol=1e-13, atol=1e-14)


def test_nothing_drawn_is_nothing_done():
    np.testing.assert_array_equal(moved(A), A)
    np.testing.assert_array_equal(moved(A, bilinear=0), A)


def test_first_zoom_then_rotation_then_shift():
    """Seen from the output: the centre of the image lies where the shift took it, whatever the rest."""
    draws = np.array([[0.25, -0.5, 0.1, 0.3, -0.2]])
    y, x = source_points(draws, 8, 6)
    centre = 3.5 + 0.25 * 8, 2.5 - 0.5 * 6
    i, j = 5, 1
    back_y, back_x = i - centre[0], j - centre[1]
    c, s = np.cos(0.2 * np.pi), np.sin(0.2 * np.pi)
    assert y[0, i, j] == pytest.approx(3.5 + 1.3 * (c * back_y + s * back_x), rel=1e-14)
    assert x[0, i, j] == pytest.approx(2.5 + 0.8 * (c * back_x - s * back_y), rel=1e-14)


def test_the_sums_for_cosine_and_sine():
    t = np.concatenate([np.linspace(-1, 1, 4001), np.arange(-8, 9) / 8])
    cosine, sine = cosine_and_sine(t)
    np.testing.assert_allclose(cosine, np.cos(2 * np.pi * t), rtol=0, atol=1e-15)
    np.testing.assert_allclose(sine, np.sin(2 * np.pi * t), rtol=0, atol=1e-15)
    for quarter, expected in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        assert tuple(map(float, cosine_and_sine(np.array(quarter / 4)))) == expected


# ---- linear maps and their transposes


@pytest.mark.parametrize(("operation", "options"), WAYS)
@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(2, 6), st.integers(2, 6), st.integers(1, 3))
def test_linear_and_the_gradient_is_the_transpose(operation, options, seed, H, W, C):
    rng = np.random.default_rng(seed)
    X, Z = rng.normal(size=(2, 3, H, W, C))
    run = lambda X: operation.forward(X, **options, random=stream(seed))  # noqa: E731
    Y, cache = run(X)
    np.testing.assert_allclose(run(2 * X - 3 * Z)[0], 2 * Y - 3 * run(Z)[0], rtol=1e-12, atol=1e-12)
    dY = rng.normal(size=Y.shape)
    # ⟨A X, dY⟩ = ⟨X, Aᵀ dY⟩, image by image
    forward = (Y * dY).sum(axis=(1, 2, 3))
    backward = (X * operation.backward(dY, cache)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(backward, forward, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("operation", "options"), WAYS)
def test_an_image_takes_words_of_its_own(operation, options):
    """What other images the batch has, and how many come after, changes nothing."""
    X = np.random.default_rng(0).normal(size=(9, 4, 5, 2))
    Y = operation.forward(X, **options, random=stream())[0]
    others = X.copy()
    others[:4] = 7.0
    np.testing.assert_array_equal(operation.forward(others, **options, random=stream())[0][4:], Y[4:])
    np.testing.assert_array_equal(operation.forward(X[:5], **options, random=stream())[0], Y[:5])
    assert not np.array_equal(operation.forward(X, **options, random=stream(1))[0], Y)


@pytest.mark.parametrize(("operation", "options"), WAYS)
def test_one_pixel_and_no_images(operation, options):
    options = {**options, **({"height": 1, "width": 1} if operation is crop else {})}
    for shape in ((2, 1, 1, 1), (0, 4, 4, 1)):
        Y, cache = operation.forward(np.ones(shape), **options, random=stream())
        assert operation.backward(np.ones_like(Y), cache).shape == shape


def test_draws_stay_in_their_ranges_and_fill_them():
    draws = stream().uniform_rows(4000, (-0.2, 0.3), (1.0, 1.0), (-1.0, 0.0))
    assert draws.shape == (4000, 3)
    for column, (low, high) in zip(draws.T, [(-0.2, 0.3), (1.0, 1.0), (-1.0, 0.0)], strict=True):
        assert low <= column.min() <= low + 0.001 and high - 0.001 <= column.max() <= high
        assert abs(column.mean() - (low + high) / 2) < 0.02
    np.testing.assert_array_equal(stream().uniform_rows(10, (0, 1), (0, 1)), stream().uniform((10, 2)))


def test_factors_of_contrast_lie_in_their_range():
    X = images(*[np.array([[-1.0, 1.0]])] * 500)  # mean 0: what comes out are the factors
    factors = contrast.forward(X, 0.5, 1.25, stream())[0][:, 0, 1, 0]
    assert 0.5 <= factors.min() < 0.51 and 1.24 < factors.max() <= 1.25


# ---- beside others

SCIPY_MODES = {CONSTANT: "grid-constant", REFLECT: "reflect", WRAP: "grid-wrap", NEAREST: "nearest"}


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("bilinear", [0, 1])
def test_beside_scipy(fill_mode, bilinear):
    ndimage = pytest.importorskip("scipy.ndimage")
    X = np.random.default_rng(5).normal(size=(12, 7, 9, 1))
    options = {**EVERYTHING, "fill_mode": fill_mode, "fill_value": 0.3, "bilinear": bilinear}
    Y, _ = affine.forward(X, stream(), **options)
    draws = stream().uniform_rows(12, (-0.4, 0.4), (-0.3, 0.3), (-0.5, 0.5), (-0.5, 0.5), (-0.3, 0.9))
    for picture, found, (down, right, turns, tall, wide) in zip(X[..., 0], Y[..., 0], draws, strict=True):
        c, s = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
        matrix = np.diag([1 + tall, 1 + wide]) @ np.array([[c, s], [-s, c]])
        centre = np.array([3.0, 4.0])
        offset = centre - matrix @ (centre + np.array([down * 7, right * 9]))
        expected = ndimage.affine_transform(
            picture, matrix, offset, order=bilinear, mode=SCIPY_MODES[fill_mode], cval=0.3
        )
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("fill_mode", "mode"), [(CONSTANT, "zeros"), (REFLECT, "reflection"), (NEAREST, "border")])
def test_beside_torch_with_its_gradient(fill_mode, mode):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(6)
    X = rng.normal(size=(6, 5, 8, 3))
    ranges = {**EVERYTHING, "fill_mode": fill_mode}
    Y, cache = affine.forward(X, stream(), **ranges)
    draws = stream().uniform_rows(6, (-0.4, 0.4), (-0.3, 0.3), (-0.5, 0.5), (-0.5, 0.5), (-0.3, 0.9))
    y, x = source_points(draws, 5, 8)
    # PyTorch's places go from −1 to 1 between the image's edges, half a pixel outside the outer centres.
    grid = torch.tensor(np.stack([(2 * x + 1) / 8 - 1, (2 * y + 1) / 5 - 1], axis=-1))
    theirs = torch.tensor(X.transpose(0, 3, 1, 2), requires_grad=True)
    out = torch.nn.functional.grid_sample(theirs, grid, padding_mode=mode, align_corners=False)
    np.testing.assert_allclose(Y, out.detach().numpy().transpose(0, 2, 3, 1), rtol=1e-10, atol=1e-12)
    dY = rng.normal(size=Y.shape)
    out.backward(torch.tensor(dY.transpose(0, 3, 1, 2)))
    expected = theirs.grad.numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(affine.backward(dY, cache), expected, rtol=1e-10, atol=1e-12)
