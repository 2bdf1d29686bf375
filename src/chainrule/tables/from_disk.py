"""`TableModel.fit` of a table that is larger than memory: it stays on disk, and every epoch reads it block by block.

hold out   one pass keeps test rows, validation rows and a sample, drawn by row number (`hold_out.py`)
learn      columns, scales and categories from the sample; classes from all rows
train      one network, the recipe's "deep": restarts would read the file again and again
score      on the test rows, beside baselines that are learnt from the sample
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError
from chainrule.tables.baselines import MOST_ROWS, most_frequent
from chainrule.tables.blend import network_of
from chainrule.tables.contract import DataContract
from chainrule.tables.fitting import Request, answers_to, judged_or_kept
from chainrule.tables.hold_out import MOST_NUMBERS, HeldOut, Shares, hold_out, shares_for
from chainrule.tables.judged import Judged
from chainrule.tables.large import LargeTable, TableBatches, rows_of_a_block
from chainrule.tables.parquet_file import as_blocks
from chainrule.tables.profile import profile
from chainrule.tables.recipe import recipes_for
from chainrule.tables.reporting import Part, note_rare, report_of
from chainrule.tables.restarts import PASS, Member, chain_of, make_network, make_optimizer, member_seed
from chainrule.tables.splits import Task
from chainrule.tables.table import Table
from chainrule.tables.target import TargetCoder, learn_target
from chainrule.tables.train import Trained


def fit_from_disk(
    table: LargeTable, target: str | int, task: str | None, positive: str | None, request: Request
) -> tuple[Any, DataContract, dict[str, Any], Judged | None]:
    """Return the network, its contract, the report and the judged rows, as `fit_table` does.

    Raises
    ------
    ArgumentError
        If folds, restarts or an optimizer that takes all rows at once are asked for.
    """
    started = time.perf_counter()
    _refuse(request)
    name, choices = table.name_of(target), request.choices
    shares = shares_for(table.n_rows, len(table.names), request.test or 0.0, choices.validation_split, request.seed)
    held = hold_out(table, name, shares)
    if not len(held.sample):
        raise DataError(f"{table.source} has too few rows with a {name!r} to be trained from disk; read it whole.")
    coder = _coder(name, held, task, positive)
    decisions = profile(held.sample, name)
    contract = DataContract.learn(held.sample, name, decisions=decisions, coder=coder)
    part = _learn(table, contract, held, shares, decisions, request)
    report = report_of(held.sample, part) | {"class_weight": choices.class_weight, "seed": request.seed}
    report |= {"from_disk": True, "folds": None}
    report["rows"] = {"read": table.n_rows, "rejected": 0, "without_target": held.without_target}
    report["rows"] |= {"train": held.n_learnt, "test": len(held.test)}
    notes = [*table.notes, _explained(held)]
    found, judged = judged_or_kept(lambda: _judged(part, held), contract, request.seed, notes)
    report |= found
    note_rare(report, notes)
    report |= {"notes": list(dict.fromkeys(notes)), "seconds": round(time.perf_counter() - started, 3)}
    return part.trained.network, contract, report, judged


def _refuse(request: Request) -> None:
    from chainrule import optimizers

    choices = request.choices
    if request.folds is not None or (choices.restarts or 1) > 1:
        what = "folds" if request.folds is not None else "restarts"
        raise ArgumentError(f"A table on disk is trained once, without {what}; leave them out, or read it into memory.")
    if choices.optimizer is not None:
        optimizer: Any = optimizers.get(choices.optimizer)
        if optimizer.full_batch:
            raise ArgumentError(
                f"{type(optimizer).__name__} takes all rows at once, which a table on disk is too large for; "
                "choose another optimizer, such as 'adamw'."
            )


def _coder(name: str, held: HeldOut, task: str | None, positive: str | None) -> TargetCoder:
    """Return the target's coder: a number's scale is the sample's, and classes are those of all rows."""
    values = held.sample[name]
    coder = learn_target(name, np.concatenate([values, held.targets]), task, positive)
    return learn_target(name, values, "number", positive) if coder.task == "number" else coder


def _explained(held: HeldOut) -> str:
    stop = f"{len(held.validation):,} to say when to stop" if len(held.validation) else "none to say when to stop"
    return (
        "Trained from disk, since the table would not fit into memory or was to stay there: one network instead of "
        f"several. By row number {len(held.test):,} rows were held out to test and {stop}; columns, scales and "
        f"baselines were learnt from a sample of {len(held.sample):,} rows."
    )


def _learn(
    table: LargeTable, contract: DataContract, held: HeldOut, shares: Shares, decisions: list, request: Request
) -> Part:
    outputs = len(contract.classes or ()) if contract.task == "multiclass" else 1
    sample = _rows_that_fit(held.sample, contract, MOST_ROWS)
    y, _ = contract.encode_target(sample)
    task = Task(contract.encode(sample), y, contract.task, outputs)
    blocks = as_blocks(table.n_rows, min(table.block_rows, rows_of_a_block(len(contract.feature_names))))
    recipe = recipes_for(held.n_learnt, request.choices)[-1]
    wanted = table.only([*contract.columns, contract.target.name])
    batches: Any = wanted.batches(contract, recipe.batch_size, blocks, seed=request.seed, which=shares.learnt)
    if request.choices.class_weight == "balanced" and contract.task != "number":
        all_y, _ = contract.encode_target(held.sample)
        frequent = np.maximum(most_frequent(all_y, max(outputs, 2)), 1 / len(all_y))
        batches = WeightedBatches(batches, (1 / (len(frequent) * frequent)).astype(np.float32))
    validation = None
    if len(held.validation):
        rows = _rows_that_fit(held.validation, contract)
        validation = (contract.encode(rows), contract.encode_target(rows)[0])
    member = _train(task, recipe, batches, validation, request)
    branch = (recipe.name, recipe.activation, member.chain)
    network = network_of([branch], contract.task, request.seed, make_optimizer(recipe))
    losses = member.history.get("val_loss")
    candidate = {"name": recipe.name, "share": 1.0, "loss": min(losses) if losses else None, "networks": 1}
    trained = Trained(network, [candidate], [member], [recipe], np.empty(0, np.int64), {}, member.interrupted)
    return Part(contract, task, trained, decisions)


def _rows_that_fit(table: Table, contract: DataContract, most: int | None = None) -> Table:
    """Return as many of the rows, which are in no order that matters, as memory holds encoded."""
    n = min(len(table), max(MOST_NUMBERS // len(contract.feature_names), 1), most or len(table))
    return table.rows(np.linspace(0, len(table) - 1, n).astype(np.int64))


def _train(task: Task, recipe: Any, batches: Any, validation: Any, request: Request) -> Member:
    from chainrule.callbacks import EarlyStopping

    seed = member_seed(request.seed, 0)
    network, stopping = make_network(task, recipe, seed), EarlyStopping(patience=recipe.patience)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # as in `restarts.py`
        history = network.fit(
            batches,
            epochs=recipe.epochs,
            verbose=request.verbose,
            validation_data=validation,
            validation_batch_size=None if validation is None else PASS,
            callbacks=[*request.callbacks, *([] if validation is None else [stopping])],
        )
    best = None if validation is None or stopping.best_epoch is None else stopping.best_epoch + 1
    losses = {name: history.history[name] for name in ("loss", "val_loss") if name in history.history}
    epochs = len(history.epoch)
    return Member(
        recipe.name, recipe.activation, chain_of(network), None, None, seed, epochs, best, losses, history.interrupted
    )


@dataclass(eq=False)
class WeightedBatches:
    """Batches with a weight for each row: that of its class."""

    batches: TableBatches
    weights: np.ndarray

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for X, y in self.batches:
            yield X, y, self.weights[y.astype(np.int64)]


def _judged(part: Part, held: HeldOut) -> tuple:
    """Return which rows judge the model, their right values, the answers to them, and no folds."""
    on, rows = ("test", held.test) if len(held.test) else ("out_of_fold", held.validation)
    if not len(rows):
        return None, None, {}, None
    return on, *answers_to(part, _rows_that_fit(rows, part.contract)), None
