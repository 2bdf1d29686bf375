"""Answers in the table's own words, the network's and the baselines', and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.tables.baselines import probabilities
from chainrule.tables.contract import DataContract
from chainrule.tables.restarts import PASS
from chainrule.tables.scores import score_classes, score_numbers

#: Who answers, beside the linear model: the network, and the one who does not look.
MODEL, SIMPLEST, LINEAR = "model", "simplest", "linear"
#: What the simplest answer is called.
SIMPLEST_NAMES = {"number": "mean", "binary": "majority class", "multiclass": "majority class"}


def answer(network: Any, contract: DataContract, X: np.ndarray) -> np.ndarray:
    """Return a network's answers: (n, classes) probabilities, or (n,) numbers in the target's own unit."""
    return _in_words(contract, network.predict(X, batch_size=PASS))


def _in_words(contract: DataContract, P: np.ndarray) -> np.ndarray:
    if contract.task == "number":
        return contract.decode(P)["prediction"]
    return np.hstack([1 - P, P]) if contract.task == "binary" else P


def linear_answer(contract: DataContract, F: np.ndarray) -> np.ndarray:
    """Return the answers of outputs before the sigmoid or softmax."""
    return _in_words(contract, F if contract.task == "number" else probabilities(F))


def simplest(contract: DataContract, shares: Sequence[float] | None, n: int) -> np.ndarray:
    """Return what one says without looking: the classes' shares, or the mean."""
    if contract.task == "number":
        return np.full(n, contract.target.mean)
    return np.tile(np.asarray(shares), (n, 1))


def true_values(contract: DataContract, y: np.ndarray) -> np.ndarray:
    """Return encoded targets as class numbers, or as numbers in their own unit."""
    if contract.task == "number":
        return y.astype(np.float64) * contract.target.scale + contract.target.mean
    return y.astype(np.int64)


def score(contract: DataContract, y: np.ndarray, said: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Return the scores of answers, with the task and the number of rows."""
    numbers = contract.task == "number"
    found = score_numbers(said, y, seed) if numbers else score_classes(said, y, contract.classes or [])
    return {"task": contract.task, "rows": len(y), **found}


def scored(contract: DataContract, y: np.ndarray | None, answers: dict[str, np.ndarray], seed: int) -> dict[str, Any]:
    """Return the model's "scores" and those of the "baselines"; None and none without rows to score on."""
    if y is None:
        return {"scores": None, "baselines": []}
    names = {SIMPLEST: SIMPLEST_NAMES[contract.task], LINEAR: "linear model"}
    baselines = [baseline(names[name], score(contract, y, answers[name], seed)) for name in names if name in answers]
    return {"scores": score(contract, y, answers[MODEL], seed), "baselines": baselines}


def baseline(name: str, scores: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown of a baseline."""
    second = "rmse" if scores["task"] == "number" else "log_loss"
    return {"name": name, "score": scores["score"]["value"], second: scores[second]}
