"""A saved network with rows to look at it with, and its score beside the baseline."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.cli import python_code as python
from chainrule.cli.options import read, reading_arguments
from chainrule.cli.score_text import scores_of

#: The baseline that a network need not be ahead of.
LINEAR = "linear model"


def inputs_for(
    file: str, data: str | None, header: bool | None, delimiter: str | None
) -> tuple[Any, list[np.ndarray], dict[str, Any] | None, list[str]]:
    """Return the network of a model file, inputs for it, its scores if there are any, and the Python of it."""
    if data is None:
        from chainrule.cli.made_up import made_up_inputs
        from chainrule.saving import load_model

        network = load_model(file)
        code = [
            "from chainrule import load_model",
            "from chainrule.cli.made_up import made_up_inputs",
            "from chainrule.cli.network_findings import network_findings",
            "",
            f"network = {python.call('load_model', file)}",
            "inputs = made_up_inputs(network)",
        ]
        return network, made_up_inputs(network), scores_of(network.scores), code
    from chainrule.tables import TableModel

    model = TableModel.load(file)
    table = read(data, header, delimiter)
    scores = model.evaluate(table) if model.contract.target.name in table.names else None
    code = [
        "from chainrule.cli.network_findings import network_findings",
        python.IMPORT,
        "",
        f"model = {python.call('TableModel.load', file)}",
        python.reading(reading_arguments(data, header, delimiter)),
        "network, inputs = model.network, [model.contract.encode(table)]",
    ]
    return model.network, [model.contract.encode(table)], scores, code


def baseline_findings(scores: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return a finding for each baseline that the network is not clearly ahead of.

    Examples
    --------
    >>> score = {"name": "accuracy", "value": 0.7, "low": 0.6, "high": 0.8}
    >>> found = baseline_findings({"score": score, "baselines": [{"name": "majority class", "score": 0.65}]})
    >>> found[0]["text"]
    "The score's interval includes that of the majority class: that the network has learnt more is not clear."
    """
    if not scores or scores["score"]["low"] is None:
        return []
    found = []
    for one in scores.get("baselines") or []:
        if one["score"] is None or one["score"] < scores["score"]["low"]:
            continue
        if one["score"] > scores["score"]["value"]:
            text = f"The {one['name']} scores better than the network: use that, or look at the data."
        elif one["name"] == LINEAR:
            continue  # as good as linear is no fault
        else:
            text = (
                f"The score's interval includes that of the {one['name']}: that the network has learnt more is "
                "not clear."
            )
        found.append({"about": "score", "kind": "baseline", "text": text})
    return found
