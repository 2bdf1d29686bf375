"""How networks for tables are trained well without a flag: what is chosen, and why.

Two networks of different temper are trained, and what each of them and a linear model said of rows that it had not
seen decides how much it counts (`blend.py`):

    smooth   one wide layer (SELU), much dropout and decay: near a linear model, for few or noisy rows
    deep     two layers (SiLU), little dropout: for rows that hold more than that

Each is trained several times, every time with another part of the rows held out to say when to stop (`restarts.py`).

What was measured, on fourteen tables, is in `docs/guide/tables_recipe.md`. RealMLP's smooth clipping of outliers is in
the data contract, its SELU and dropout are here; its label smoothing and rate schedule gained nothing beside early
stopping and averages. Source: Holzmüller, Grinsztajn and Steinwart, "Better by default", NeurIPS 2024.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from chainrule.arguments import check_number, check_whole
from chainrule.errors import ArgumentError

#: AdamW's decay: a step shrinks the weights by the rate times this.
DECAY = 0.1


@dataclass(frozen=True)
class Recipe:
    """One network and how it is trained.

    Attributes
    ----------
    name : str
        "smooth", "deep", or "network" for one that the user described.
    layers : tuple of int
        The units of each hidden layer.
    activation : str
        Of the hidden layers.
    dropout : float
        After each hidden layer.
    optimizer : str or Optimizer
        "adamw" unless the user chose another.
    learning_rate, weight_decay : float or None
        None leaves it to the optimizer.
    epochs, batch_size, patience : int
        As in `fit` and `EarlyStopping`.
    """

    name: str
    layers: tuple[int, ...]
    activation: str
    dropout: float
    optimizer: Any
    learning_rate: float | None
    weight_decay: float | None
    epochs: int
    batch_size: int
    patience: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        name = self.optimizer if isinstance(self.optimizer, str) else type(self.optimizer).__name__
        return asdict(replace(self, optimizer=name)) | {"layers": list(self.layers)}


@dataclass(frozen=True)
class Size:
    """What fits a number of rows: the more there are, the wider the networks, and the fewer need to be averaged."""

    up_to: float
    restarts: int
    smooth: tuple[int, ...]
    deep: tuple[int, ...]
    batch_size: int
    epochs: int
    patience: int


#: Widths grow and restarts shrink together, so that the finished network keeps its size. An epoch of more rows has more
#: steps, so that patience, which counts epochs, shrinks too.
SIZES = (
    Size(500, 5, (64,), (32, 16), 32, 200, 10),
    Size(1_000, 4, (64,), (32, 16), 64, 200, 7),
    Size(5_000, 4, (64,), (64, 32), 64, 200, 7),
    Size(20_000, 3, (128,), (128, 64), 128, 100, 7),
    Size(100_000, 1, (256,), (256, 128), 256, 60, 6),
    Size(float("inf"), 1, (256,), (256, 128), 1024, 30, 4),
)


def size_for(n_rows: int) -> Size:
    """Return what fits so many training rows."""
    return next(size for size in SIZES if n_rows <= size.up_to)


@dataclass(frozen=True)
class Choices:
    """What the user said about the training; None is left to the recipe.

    Raises
    ------
    ArgumentError
        If a value can't be used, or a name is not known (with the nearest known one).
    """

    layers: Any = None
    activation: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    optimizer: Any = None
    learning_rate: float | None = None
    validation_split: float | None = None
    restarts: int | None = None
    class_weight: str | None = None

    def __post_init__(self):
        from chainrule import activations, optimizers

        owner = "TableModel.fit"
        if self.layers is not None:
            object.__setattr__(self, "layers", _units(self.layers))
        for name in ("epochs", "batch_size", "restarts"):
            if getattr(self, name) is not None:
                check_whole(owner, name, getattr(self, name))
        if self.learning_rate is not None:
            check_number(owner, "learning_rate", self.learning_rate, 0, above=True)
        if self.validation_split is not None:
            check_number(owner, "validation_split", self.validation_split, 0, 1, below=True)
        if self.activation is not None:
            activations.get(self.activation)
        if self.optimizer is not None:
            optimizers.get(self.optimizer)
        if self.class_weight not in (None, "balanced"):
            raise ArgumentError(f"class_weight is 'balanced' or None; received {self.class_weight!r}.")

    @property
    def validated(self) -> bool:
        """Whether rows are held out to say when to stop."""
        return self.validation_split != 0


def _units(layers: Any) -> tuple[int, ...]:
    given = [layers] if isinstance(layers, int) else layers
    if not isinstance(given, (list, tuple)):
        raise ArgumentError(f"layers is a list of units, such as [12, 8]; received {layers!r}.")
    return tuple(check_whole("TableModel.fit", "layers", units) for units in given)


def recipes_for(n_rows: int, choices: Choices) -> list[Recipe]:
    """Return the networks to train on so many rows.

    Examples
    --------
    >>> [(recipe.name, recipe.layers) for recipe in recipes_for(600, Choices())]
    [('smooth', (64,)), ('deep', (32, 16))]
    >>> [(recipe.name, recipe.layers) for recipe in recipes_for(600, Choices(layers=[12, 8]))]
    [('network', (12, 8))]
    """
    size = size_for(n_rows)
    rest = (size.epochs, size.batch_size, size.patience)
    if choices.layers is not None:
        named = [Recipe("network", choices.layers, "relu", 0.0, "adamw", 0.005, DECAY, *rest)]
    else:
        named = [
            Recipe("smooth", size.smooth, "selu", 0.2, "adamw", 0.01, DECAY, *rest),
            Recipe("deep", size.deep, "silu", 0.05, "adamw", 0.005, DECAY, *rest),
        ]
    return [_with(recipe, choices) for recipe in named]


def _with(recipe: Recipe, choices: Choices) -> Recipe:
    """Return a recipe with what the user said in place of what was chosen."""
    said = {
        name: getattr(choices, name)
        for name in ("activation", "epochs", "batch_size", "learning_rate")
        if getattr(choices, name) is not None
    }
    if choices.optimizer is not None:  # the rate and decay chosen here are AdamW's
        said = {"optimizer": choices.optimizer, "learning_rate": None, "weight_decay": None} | said
        if _takes_all_rows(choices.optimizer):
            said["dropout"] = 0.0  # a line search needs the same loss twice
    if choices.epochs is not None:
        said["patience"] = choices.epochs  # all of them; the best one's weights are kept
    return replace(recipe, **said)


def _takes_all_rows(optimizer: Any) -> bool:
    from chainrule import optimizers

    found: Any = optimizers.get(optimizer)
    return found.full_batch
