"""Training each network several times, every time with other rows held out.

The held-out rows say when to stop; and what a network answers for them, it has not learnt by heart: so they also tell
how good its kind is (`blend.py`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.errors import NonFiniteLoss
from chainrule.random import Stream
from chainrule.tables.baselines import fit_linear
from chainrule.tables.blend import Chain
from chainrule.tables.recipe import Recipe
from chainrule.tables.splits import Split, Task

#: Rows in one pass of validation and prediction.
PASS = 4_096


@dataclass(eq=False)
class Member:
    """A trained network: its weights, and what it gave for its held-out rows before the sigmoid or softmax."""

    candidate: str
    activation: str
    chain: Chain
    held: np.ndarray | None
    answers: np.ndarray | None
    seed: int | None = None
    epochs: int = 0
    best_epoch: int | None = None
    history: dict[str, list[float]] = field(default_factory=dict)
    interrupted: bool = False


def train_members(
    task: Task,
    recipes: Sequence[Recipe],
    splits: Sequence[Split],
    seed: int,
    callbacks: Sequence[Any] = (),
    verbose: Any = 0,
    tell: Callable[[Member], None] | None = None,
) -> list[Member]:
    """Train every recipe on every split; Ctrl-C ends the training and keeps what there is.

    Raises
    ------
    NonFiniteLoss
        If every network's loss became NaN or infinite.
    """
    members: list[Member] = []
    failure: NonFiniteLoss | None = None
    try:
        for number, (recipe, split) in enumerate(_in_turn(recipes, splits)):
            try:
                member = _train(task, recipe, split, member_seed(seed, number), callbacks, verbose)
            except NonFiniteLoss as error:
                failure = error
                continue
            members.append(member)
            if tell is not None:
                tell(member)
            if member.interrupted:
                break
    except KeyboardInterrupt:
        if not members:
            raise
        members[-1].interrupted = True
    if not members and failure is not None:
        raise failure
    return members


def _in_turn(recipes: Sequence[Recipe], splits: Sequence[Split]) -> Iterator[tuple[Recipe, Split]]:
    """Yield one member of each recipe before the next of any, so that an early end finds all of them tried."""
    for split in splits:
        for recipe in recipes:
            yield recipe, split


def member_seed(seed: int, number: int) -> int:
    """Return the seed of a member of its own."""
    return int(Stream(seed, "model", step=number).bits(1)[0] >> np.uint64(1))


def _train(task: Task, recipe: Recipe, split: Split, seed: int, callbacks, verbose) -> Member:
    from chainrule.callbacks import EarlyStopping

    network = make_network(task, recipe, seed)
    stopping = EarlyStopping(patience=recipe.patience)
    X, y, *weights = task.rows(split.learn)
    held = None if split.held is None else task.rows(split.held)
    with warnings.catch_warnings():
        # Of constant columns and of labels of one kind the report speaks once, for the whole table.
        warnings.simplefilter("ignore", UserWarning)
        history = network.fit(
            X,
            y,
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            verbose=verbose,
            sample_weight=weights[0] if weights else None,
            validation_data=held,
            validation_batch_size=PASS,
            callbacks=[*callbacks, *([stopping] if held is not None else [])],
        )
    answers = None if held is None else network.predict(held[0], batch_size=PASS)
    return Member(
        recipe.name,
        recipe.activation,
        chain_of(network),
        split.held,
        answers,
        seed,
        len(history.epoch),
        None if held is None or stopping.best_epoch is None else stopping.best_epoch + 1,
        {name: history.history[name] for name in ("loss", "val_loss") if name in history.history},
        history.interrupted,
    )


#: Task → its loss on outputs before the sigmoid or softmax.
LOSSES = {"binary": "BinaryCrossentropy", "multiclass": "SparseCategoricalCrossentropy"}


def make_network(task: Task, recipe: Recipe, seed: int) -> Any:
    """Return a network to train, whose outputs are those before the sigmoid or softmax."""
    from chainrule import losses
    from chainrule.layers import Dense, Dropout, Input
    from chainrule.models import Sequential

    layers: list[Any] = [Input(shape=(task.X.shape[1],))]
    start = "lecun_normal" if recipe.activation == "selu" else "he_normal"
    for units in recipe.layers:
        layers.append(Dense(units, recipe.activation, kernel_initializer=start))
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout))
    network = Sequential([*layers, Dense(task.outputs)], seed=seed)
    loss = getattr(losses, LOSSES[task.kind])(from_logits=True) if task.kind in LOSSES else "mse"
    network.compile(loss=loss, optimizer=make_optimizer(recipe))
    return network


def make_optimizer(recipe: Recipe) -> Any:
    """Return an optimizer of the member's own: its momenta belong to one network."""
    from chainrule import optimizers

    optimizer: Any = optimizers.get(recipe.optimizer)
    own = type(optimizer).from_config(optimizer.get_config())
    if recipe.learning_rate is not None:
        own.learning_rate = recipe.learning_rate
    if recipe.weight_decay is not None:
        own.weight_decay = recipe.weight_decay
    return own


def chain_of(network: Any) -> Chain:
    """Return the kernels and biases of a network of dense layers."""
    weights = network.get_weights()
    return list(zip(weights[::2], weights[1::2], strict=True))


def linear_members(task: Task, splits: Sequence[Split], seed: int) -> list[Member]:
    """Return a linear model for each split with rows held out; none where there are too many columns for one."""
    members = []
    for split in splits:
        if split.held is None:
            continue
        X, y, *_ = task.rows(split.learn)
        fitted = fit_linear(X, y, task.kind, task.outputs, seed)
        if fitted is None:
            return []
        kernel, bias = (array.astype(np.float32) for array in fitted)
        answers = task.X[split.held] @ kernel + bias
        members.append(Member("linear", "linear", [(kernel, bias)], split.held, answers))
    return members


def best_member(members: Sequence[Member]) -> Member:
    """Return the member with the least loss on the held-out rows, which are the same for all; else the first."""
    scored = [member for member in members if member.history.get("val_loss")]
    if not scored:
        return members[0]
    best = min(scored, key=lambda member: min(member.history["val_loss"]))
    return replace(best, interrupted=any(member.interrupted for member in members))
