"""What is kept of a training: plain values for the file, the command line and a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.tables.answers import score
from chainrule.tables.baselines import most_frequent
from chainrule.tables.contract import DataContract
from chainrule.tables.profile import ColumnDecision
from chainrule.tables.splits import Task
from chainrule.tables.table import Table, missing_in
from chainrule.tables.train import Trained

#: A class with a smaller share of the rows than this makes the accuracy misleading.
RARE = 0.1


@dataclass(eq=False)
class Part:
    """A contract and a network learnt from some rows, and what was decided about their columns."""

    contract: DataContract
    task: Task
    trained: Trained
    decisions: list[ColumnDecision]


def class_shares(part: Part) -> list[float] | None:
    """Return the classes' shares of the training rows; None for numbers."""
    if part.contract.task == "number":
        return None
    return most_frequent(part.task.y, len(part.contract.classes or ())).tolist()


def report_of(table: Table, part: Part) -> dict[str, Any]:
    """Return what is known of the rows, the columns and the training."""
    trained, coder = part.trained, part.contract.target
    without = int(missing_in(table[coder.name]).sum())
    return {
        "target": coder.name,
        "task": coder.task,
        "classes": list(coder.classes) or None,
        "class_shares": class_shares(part),
        "rows": {"read": len(table), "rejected": len(table.rejects), "without_target": without},
        "columns": [decision.to_dict() for decision in part.decisions],
        "features": len(part.contract.feature_names),
        "candidates": trained.candidates,
        "networks": [
            {
                "candidate": member.candidate,
                "seed": member.seed,
                "epochs": member.epochs,
                "best_epoch": member.best_epoch,
                "history": member.history,
            }
            for member in trained.members
        ],
        "settings": [recipe.to_dict() for recipe in trained.recipes],
        "interrupted": trained.interrupted,
    }


def of_folds(folds: np.ndarray, contract: DataContract, y: np.ndarray, said: np.ndarray) -> dict[str, Any]:
    """Return each fold's score, their mean, and its standard error."""
    each = [score(contract, y[folds == k], said[folds == k])["score"]["value"] for k in np.unique(folds)]
    there = [value for value in each if value is not None]
    error = float(np.std(there, ddof=1) / np.sqrt(len(there))) if len(there) > 1 else None
    return {"scores": each, "mean": float(np.mean(there)) if there else None, "standard_error": error}


def note_rare(report: dict[str, Any], notes: list[str]) -> None:
    """Add a sentence where one of two classes is so rare that the accuracy misleads."""
    shares = report["class_shares"]
    if shares and len(shares) == 2 and min(shares) < RARE:
        rare = report["classes"][int(np.argmin(shares))]
        notes.append(
            f"Only {min(shares):.1%} of the rows are {rare!r}: never saying so is right in {max(shares):.1%}, so "
            "look at the balanced accuracy and the AUC beside the accuracy."
        )
