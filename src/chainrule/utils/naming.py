"""From the name of a class to the name of a thing."""

from __future__ import annotations

import re


def snake_case(name: str) -> str:
    """Return a class name in snake case.

    Examples
    --------
    >>> snake_case("TopKCategoricalAccuracy"), snake_case("AUC"), snake_case("F1Score"), snake_case("Conv2DTranspose")
    ('top_k_categorical_accuracy', 'auc', 'f1_score', 'conv2d_transpose')
    """
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"(?<=[1-9])_(?=D(_|$))", "", parts).lower()  # "2D" is one word
