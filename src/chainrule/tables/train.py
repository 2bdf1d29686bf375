"""From encoded rows to one network: train the candidates, weigh them, put them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.tables.answers import LINEAR, MODEL
from chainrule.tables.blend import best_shares, loss_of, mixed, network_of, side_by_side
from chainrule.tables.recipe import Choices, Recipe, recipes_for, size_for
from chainrule.tables.restarts import (
    Member,
    best_member,
    linear_members,
    make_optimizer,
    train_members,
)
from chainrule.tables.splits import Task, splits_for

#: So many networks at most show their own progress; of more, each is told in one line when it is done.
SHOWN_ALONE = 2


@dataclass(eq=False)
class Trained:
    """A network, and how it came about.

    Attributes
    ----------
    network : Model
    candidates : list of dict
        "name", "share" in the network, "loss" on rows not seen (None: no rows were held out), "networks".
    members : list of Member
    recipes : list of Recipe
    rows : ndarray
        The rows that every candidate has answered without having learnt them.
    answers : dict of str to ndarray
        For those rows the outputs before the sigmoid or softmax: "model", and "linear" where there is one.
    interrupted : bool
    """

    network: Any
    candidates: list[dict[str, Any]]
    members: list[Member]
    recipes: list[Recipe]
    rows: np.ndarray
    answers: dict[str, np.ndarray]
    interrupted: bool


def train(task: Task, choices: Choices, seed: int, callbacks: Sequence[Any] = (), verbose: Any = 0) -> Trained:
    """Train on encoded rows and return one network.

    Where the user described the layers it is the best of the restarts, as it stands; else all of them together with a
    linear model, each kind by its share.
    """
    n, described = len(task.y), choices.layers is not None
    recipes = recipes_for(n, choices)
    restarts = choices.restarts or (1 if described else size_for(n).restarts)
    splits = splits_for(task, restarts, choices.validation_split, described, seed)
    total = restarts * len(recipes)
    alone = total <= SHOWN_ALONE
    tell = _teller(total) if verbose and not alone else None
    members = train_members(task, recipes, splits, seed, callbacks, verbose if alone else 0, tell)
    interrupted = any(member.interrupted for member in members)
    kept = [best_member(members)] if described else [*linear_members(task, splits, seed), *members]
    groups = {name: [m for m in kept if m.candidate == name] for name in dict.fromkeys(m.candidate for m in kept)}
    rows, answers = _unseen(list(groups.values()), n, task.outputs)
    weights = None if task.weights is None else task.weights[rows]
    shares = best_shares(answers, task.y[rows], task.kind, weights) if len(rows) else [1 / len(groups)] * len(groups)
    branches = [
        (name, group[0].activation, side_by_side([member.chain for member in group], share))
        for (name, group), share in zip(groups.items(), shares, strict=True)
        if share
    ]
    network = network_of(branches, task.kind, seed, make_optimizer(recipes[-1]))
    candidates = [
        {
            "name": name,
            "share": share,
            "loss": loss_of(answers[i], task.y[rows], task.kind, weights) if len(rows) else None,
            "networks": len(groups[name]),
        }
        for i, (name, share) in enumerate(zip(groups, shares, strict=True))
    ]
    outputs = {} if not len(rows) else {MODEL: mixed(answers, shares)}
    if LINEAR in groups and len(rows):
        outputs[LINEAR] = answers[list(groups).index(LINEAR)]
    return Trained(network, candidates, members, recipes, rows, outputs, interrupted)


def _unseen(groups: Sequence[Sequence[Member]], n: int, outputs: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the rows that every group has answered unseen, and each group's mean answer for them."""
    sums, counts = np.zeros((len(groups), n, outputs)), np.zeros((len(groups), n))
    for i, group in enumerate(groups):
        for member in group:
            if member.held is not None:
                sums[i, member.held] += member.answers
                counts[i, member.held] += 1
    rows = np.flatnonzero((counts > 0).all(axis=0))
    return rows, [sums[i, rows] / counts[i, rows, None] for i in range(len(groups))]


def _teller(total: int) -> Any:
    told = 0

    def tell(member: Member) -> None:
        nonlocal told
        told += 1
        line = f"network {told} of {total}, {member.candidate}: {member.epochs} epochs"
        if member.best_epoch is not None:
            line += f", best at epoch {member.best_epoch} with val_loss {min(member.history['val_loss']):.4f}"
        print(line, flush=True)

    return tell
