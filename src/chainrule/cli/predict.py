"""`chainrule predict`: raw rows in, a CSV of predictions out."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.options import (
    DelimiterOption,
    FileArgument,
    ForceOption,
    HeaderOption,
    JsonOption,
    ModelArgument,
    on_disk,
    opened,
    reading_arguments,
)


def predict(
    model: ModelArgument,
    file: FileArgument,
    out: Annotated[
        str | None, typer.Option(help="Write the CSV here instead of to standard output.", metavar="CSV")
    ] = None,
    force: ForceOption = False,
    keep: Annotated[
        str | None,
        typer.Option(
            help="Columns of FILE to put before the predictions, separated by commas; or all.", metavar="COLUMNS"
        ),
    ] = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    json: JsonOption = False,
) -> None:
    r"""Predict each row of a table, in its order, as CSV: the prediction and the probability of each class.

    Columns are found by name, in any order; those the model doesn't know are not used. Rows that can't be read are
    listed on standard error by their line, and have no row in the answer.

    \b
    chainrule predict patients.safetensors new.csv > predictions.csv
    chainrule predict patients.safetensors new.csv --keep id --out predictions.csv
    cat new.csv | chainrule predict patients.safetensors -
    """
    from chainrule.cli.predicting import keep_columns, python_of, say_around, write
    from chainrule.cli.saving import free_file
    from chainrule.tables import TableModel

    target = None if out is None else free_file(out, force)
    loaded = TableModel.load(model)
    table = opened(file, header, delimiter, None)
    notes: list[str] = []
    columns = keep_columns(table, keep) | loaded.predict(table, notes)
    write(columns, target, json)
    say_around(table, notes, python_of(model, reading_arguments(file, header, delimiter), columns, on_disk(table)))
