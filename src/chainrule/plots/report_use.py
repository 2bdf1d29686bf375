"""The Python and the command that use a saved model."""

from __future__ import annotations

import json
from collections.abc import Sequence

#: So many columns are named in the code.
MOST_NAMED = 8


def table_use(saved: str, columns: Sequence[str]) -> str:
    """Return the lines that load a model of tables and predict.

    Examples
    --------
    >>> print(table_use("m.safetensors", ["age", "ward"]))
    from chainrule.tables import TableModel
    <BLANKLINE>
    model = TableModel.load("m.safetensors")
    answers = model.predict("new.csv")  # or a data frame, or a dict of columns
    print(answers["prediction"])
    <BLANKLINE>
    # columns: "age", "ward"
    # the same on the command line: chainrule predict m.safetensors new.csv
    """
    named = ", ".join(map(_quoted, columns[:MOST_NAMED]))
    more = f" and {len(columns) - MOST_NAMED} more" if len(columns) > MOST_NAMED else ""
    return "\n".join(
        [
            "from chainrule.tables import TableModel",
            "",
            f"model = TableModel.load({_quoted(saved)})",
            'answers = model.predict("new.csv")  # or a data frame, or a dict of columns',
            'print(answers["prediction"])',
            "",
            f"# columns: {named}{more}",
            f"# the same on the command line: chainrule predict {_as_word(saved)} new.csv",
        ]
    )


def image_use(saved: str) -> str:
    """Return the lines that load a model of images and predict."""
    return "\n".join(
        [
            "from chainrule.images import ImageModel",
            "",
            f"model = ImageModel.load({_quoted(saved)})",
            'answers = model.predict("photo.png")  # or a folder, or a list of files',
            'print(answers["prediction"])',
            "",
            f"# the same on the command line: chainrule predict {_as_word(saved)} photo.png",
        ]
    )


def _quoted(text: str) -> str:
    """Return a text between quotes on one line, as Python reads it."""
    return json.dumps(text, ensure_ascii=False)


def _as_word(text: str) -> str:
    import shlex

    return shlex.quote(" ".join(text.split()))
