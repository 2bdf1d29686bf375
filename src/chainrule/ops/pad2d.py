"""Pad and crop: rows and columns of zeros around an image, and the way back.

Shapes: X (N, H, W, C), Y (N, H ± rows, W ± columns, C); `padding` and `cropping` are (top, bottom, left, right).

    pad     Y = X with zeros around it          dX = dY without its borders
    crop    Y = X without its borders           dX = dY with zeros around it

Each is the other's gradient: a number that was moved gets its gradient back, a number that was cropped had no
influence, and the gradient of a zero that was added is nobody's. The sizes alone are cached.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register
from chainrule.ops.window import crop_image, cropped_size, pad_image, require_at_least, require_images


def pad2d_forward(X, padding):
    """Return X with zeros around it, and the sizes of the borders."""
    return pad_image(X, padding), padding


def pad2d_backward(dY, cache):
    """Return dX: dY without its borders."""
    return crop_image(dY, cache)


def crop2d_forward(X, cropping):
    """Return X without its borders, and their sizes."""
    return crop_image(X, cropping), cropping


def crop2d_backward(dY, cache):
    """Return dX: dY with zeros around it."""
    return pad_image(dY, cache)


def pad2d_shape(X, padding):
    """Return Y's shape, or refuse what are no images and negative padding."""
    require_images(X)
    require_at_least(0, padding=padding)
    top, bottom, left, right = padding
    N, H, W, C = X
    return (N, None if H is None else H + top + bottom, None if W is None else W + left + right, C)


def crop2d_shape(X, cropping):
    """Return Y's shape, or refuse what are no images, negative cropping, and to leave nothing."""
    require_images(X)
    require_at_least(0, cropping=cropping)
    return (X[0], *cropped_size(X[1:3], cropping), X[3])


def pad2d_samples(rng):
    """Yield four different borders, and one alone."""
    yield Sample((rng.normal(size=(2, 3, 4, 2)),), {"padding": (1, 2, 3, 0)})
    yield Sample((rng.normal(size=(1, 1, 3, 3)),), {"padding": (0, 0, 0, 2)})
    yield Sample((rng.normal(size=(2, 2, 1, 1)),), {"padding": (0, 0, 0, 0)})


def crop2d_samples(rng):
    """Yield four different borders, and one alone."""
    yield Sample((rng.normal(size=(2, 5, 6, 2)),), {"cropping": (1, 2, 3, 0)})
    yield Sample((rng.normal(size=(1, 1, 3, 3)),), {"cropping": (0, 0, 0, 2)})
    yield Sample((rng.normal(size=(2, 2, 1, 1)),), {"cropping": (0, 0, 0, 0)})


register(
    "pad2d",
    forward=pad2d_forward,
    backward=pad2d_backward,
    formula=r"Y_{n,\, y + \mathrm{top},\, x + \mathrm{left},\, c} = X_{nyxc}, \text{ else } 0",
    gradient=r"dX_{nyxc} = dY_{n,\, y + \mathrm{top},\, x + \mathrm{left},\, c}",
    samples=pad2d_samples,
    output_shape=pad2d_shape,
)
register(
    "crop2d",
    forward=crop2d_forward,
    backward=crop2d_backward,
    formula=r"Y_{nyxc} = X_{n,\, y + \mathrm{top},\, x + \mathrm{left},\, c}",
    gradient=r"dX_{n,\, y + \mathrm{top},\, x + \mathrm{left},\, c} = dY_{nyxc}, \text{ else } 0",
    samples=crop2d_samples,
    output_shape=crop2d_shape,
)
