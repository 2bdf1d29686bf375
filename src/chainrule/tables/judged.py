"""What a model said of rows that it had not learnt, as it stood when the score was taken: what figures are drawn of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class Judged:
    """The right values of rows, and a model's answers for them. A model file leaves them out: they are too large.

    Attributes
    ----------
    on : str
        Which rows: "test" (held out), "folds", "out_of_fold", "validation", or "given" for rows that the user gave.
    y : ndarray, shape (n,)
        Numbers of classes, or numbers in the target's own unit.
    said : ndarray
        Probabilities (n, classes), or predicted numbers (n,).
    wrong : list of ndarray
        Of images: those taken for another class, in the order of the report's "wrong", as bytes (height, width,
        channels); a few of them.
    """

    on: str
    y: np.ndarray
    said: np.ndarray
    wrong: list[np.ndarray] = field(default_factory=list)
