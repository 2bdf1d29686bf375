"""What `TableModel.fit` does: hold rows out, learn the contract, train, score, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import check_number, check_whole
from chainrule.errors import ArgumentError
from chainrule.random import check_seed
from chainrule.tables.answers import LINEAR, MODEL, SIMPLEST, answer, linear_answer, scored, simplest, true_values
from chainrule.tables.baselines import fit_linear, most_frequent
from chainrule.tables.contract import DataContract
from chainrule.tables.judged import Judged
from chainrule.tables.profile import profile
from chainrule.tables.read import read_table
from chainrule.tables.recipe import Choices
from chainrule.tables.reporting import Part, class_shares, note_rare, of_folds, report_of
from chainrule.tables.splits import Task, deal
from chainrule.tables.table import Table, as_text, missing_in
from chainrule.tables.target import TargetCoder, learn_target
from chainrule.tables.train import train
from chainrule.utils.split import split_indices

#: Fewer rows than this are all learnt from: a test part of one or two rows tells nothing.
LEAST_TESTED = 20


@dataclass(frozen=True)
class Request:
    """How rows are held out and who is told, beside what `Choices` says of the training.

    Raises
    ------
    ArgumentError
        If a value can't be used.
    """

    choices: Choices
    test: float | None
    folds: int | None
    seed: int
    verbose: Any
    callbacks: Sequence[Any]

    def __post_init__(self):
        check_seed(self.seed)
        if self.test is not None:
            check_number("TableModel.fit", "test", self.test, 0, 1, below=True)
        if self.folds is not None:
            check_whole("TableModel.fit", "folds", self.folds, 2)


def fit_table(
    source: Any, target: str | int, task: str | None, positive: str | None, request: Request
) -> tuple[Any, DataContract, dict[str, Any], Judged | None]:
    """Return the network, its contract, the report, and what the model said of the rows that it was judged on."""
    started = time.perf_counter()
    table = read_table(source)
    name = table.name_of(target)
    coder = learn_target(name, table[name], task, positive)
    notes, gone = list(table.notes), missing_in(table[coder.name])
    known = table.rows(~gone) if gone.any() else table
    if gone.any():
        rows = "1 row has" if gone.sum() == 1 else f"{gone.sum():,} rows have"
        notes.append(f"{rows} no value of {coder.name!r} and {'is' if gone.sum() == 1 else 'are'} left out.")
    test, learn = _held_out(known, coder, request, notes)
    part = _learn(known if test is None else known.rows(learn), coder, request)
    report = report_of(table, part) | {"class_weight": request.choices.class_weight, "seed": request.seed}
    report["rows"] |= {"train": len(part.task.y), "test": 0 if test is None else len(test)}
    found, judged = judged_or_kept(
        lambda: _judged(part, known, test, coder, request), part.contract, request.seed, notes
    )
    report |= found
    note_rare(report, notes)
    report |= {"notes": list(dict.fromkeys(notes)), "seconds": round(time.perf_counter() - started, 3)}
    return part.trained.network, part.contract, report, judged


def judged_or_kept(
    judge: Callable[[], tuple], contract: DataContract, seed: int, notes: list[str]
) -> tuple[dict[str, Any], Judged | None]:
    """Return "scored_on", "scores", "baselines" and "folds", and the answers that they are the scores of.

    Ctrl-C gives the scores up, and keeps the model.
    """
    try:
        on, y, answers, folds = judge()
        report = {"scored_on": on, **scored(contract, y, answers, seed)}
        report["folds"] = None if folds is None or y is None else of_folds(folds, contract, y, answers[MODEL])
    except KeyboardInterrupt:
        notes.append("Ctrl-C stopped the scoring: the model is whole, and has no score.")
        return {"scored_on": None, "scores": None, "baselines": [], "folds": None, "scoring_interrupted": True}, None
    return report | {"scoring_interrupted": False}, None if y is None else Judged(on, y, answers[MODEL])


def _judged(part: Part, known: Table, test: np.ndarray | None, coder: TargetCoder, request: Request) -> tuple:
    """Return which rows judge the model, their right values, the answers to them, and their folds where there are any.

    After Ctrl-C no folds are trained: the user wants to go home.
    """
    if test is not None:
        return "test", *answers_to(part, known.rows(test)), None
    if request.folds is not None and not part.trained.interrupted:
        return "folds", *_cross_validate(known, coder, request)
    return *_unseen(part), None


def _classes_of(table: Table, coder: TargetCoder) -> np.ndarray | None:
    return None if coder.task == "number" else as_text(table[coder.name]).astype(str)


def _held_out(known: Table, coder: TargetCoder, request: Request, notes: list[str]) -> tuple:
    """Return the rows to test on (None: none) and the rows to learn from."""
    everything = np.arange(len(known))
    if request.folds is not None and request.folds > len(known):
        raise ArgumentError(
            f"folds is at most the number of rows with a target, {len(known)}; received {request.folds}."
        )
    if not request.test or request.folds is not None:
        return None, everything
    if len(known) < LEAST_TESTED:
        notes.append(f"{len(known)} rows are too few to hold a test part out; all of them are learnt from.")
        return None, everything
    learn, test = split_indices(len(known), request.test, _classes_of(known, coder), request.seed)
    return np.sort(test), np.sort(learn)


def _learn(table: Table, coder: TargetCoder, request: Request) -> Part:
    decisions = profile(table, coder.name)
    contract = DataContract.learn(table, coder.name, coder.task, decisions, positive=coder.positive)
    y, keep = contract.encode_target(table)
    X = contract.encode(table if len(keep) == len(table) else table.rows(keep))
    outputs = len(contract.classes or ()) if coder.task == "multiclass" else 1
    weights = None
    if request.choices.class_weight == "balanced" and coder.task != "number":
        shares = most_frequent(y, max(outputs, 2))
        weights = (1 / (len(shares) * np.maximum(shares, 1 / len(y))))[y.astype(np.int64)].astype(np.float32)
    task = Task(X, y, coder.task, outputs, weights)
    trained = train(task, request.choices, request.seed, request.callbacks, request.verbose)
    return Part(contract, task, trained, decisions)


def answers_to(part: Part, table: Table) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the right values of rows that were not learnt, and what the model and the baselines say."""
    contract, task = part.contract, part.task
    y, keep = contract.encode_target(table)
    X = contract.encode(table.rows(keep))
    said = {MODEL: answer(part.trained.network, contract, X), SIMPLEST: simplest(contract, class_shares(part), len(y))}
    fitted = fit_linear(task.X, task.y, task.kind, task.outputs)
    if fitted is not None:
        said[LINEAR] = linear_answer(contract, X @ fitted[0] + fitted[1])
    return true_values(contract, y), said


def _unseen(part: Part) -> tuple:
    """Return the answers for the rows that were held out to say when to stop."""
    trained, contract = part.trained, part.contract
    if not len(trained.rows):
        return None, None, {}
    said = {name: linear_answer(contract, F) for name, F in trained.answers.items()}
    said[SIMPLEST] = simplest(contract, class_shares(part), len(trained.rows))
    return "out_of_fold", true_values(contract, part.task.y[trained.rows]), said


def _folds(known: Table, coder: TargetCoder, request: Request) -> np.ndarray:
    """Return the fold of each row; −1 for the only row of a class, which is always learnt from."""
    classes, k = _classes_of(known, coder), request.folds or 2
    if classes is None:
        return deal(len(known), k, None, request.seed)
    _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return np.where(counts[numbers] == 1, -1, deal(len(known), k, numbers, request.seed))


def _cross_validate(known: Table, coder: TargetCoder, request: Request) -> tuple:
    """Return the right values, the answers and the fold of every row, from models that had not seen it."""
    fold = _folds(known, coder, request)
    quiet = Request(request.choices, None, None, request.seed, 0, request.callbacks)
    values, answers, folds = [], [], []
    for number in np.unique(fold[fold >= 0]):
        held = np.flatnonzero(fold == number)
        part = _learn(known.rows(fold != number), coder, quiet)
        y, said = answers_to(part, known.rows(held))
        values.append(y)
        answers.append(said)
        folds.append(np.full(len(y), number))
        if part.trained.interrupted:
            break
    names = [name for name in answers[0] if all(name in said for said in answers)]
    pooled = {name: np.concatenate([said[name] for said in answers]) for name in names}
    return np.concatenate(values), pooled, np.concatenate(folds)
