"""`chainrule predict`: raw rows or image files in, a CSV of predictions out."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.options import (
    FILES,
    DelimiterOption,
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
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help=f"The table: {FILES} For a model of images: image files, and folders of them.",
            show_default=False,
        ),
    ],
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
    r"""Predict each row of a table, or each image, as CSV: the prediction and the probability of each class.

    Columns are found by name, in any order; those the model doesn't know are not used. Rows that can't be read are
    listed on standard error by their line, and have no row in the answer.

    \b
    chainrule predict patients.safetensors new.csv > predictions.csv
    chainrule predict patients.safetensors new.csv --keep id --out predictions.csv
    cat new.csv | chainrule predict patients.safetensors -
    chainrule predict photos.safetensors photo.png folder
    """
    from chainrule.cli.image_answers import is_image_model, predict_images
    from chainrule.cli.image_training import refuse_options
    from chainrule.cli.predicting import keep_columns, python_of, say_around, write
    from chainrule.cli.saving import free_file
    from chainrule.cli.wording import WrongUse

    target = None if out is None else free_file(out, force)
    if is_image_model(model):
        refuse_options({"keep": keep, "header": header, "delimiter": delimiter}, "tables", files[0])
        predict_images(model, files, target, json)
        return
    if len(files) > 1:
        raise WrongUse(f"predict takes one table at a time; received {len(files)}: {', '.join(files[:3])}.")
    from chainrule.tables import TableModel

    (file,) = files
    loaded = TableModel.load(model)
    table = opened(file, header, delimiter, None)
    notes: list[str] = []
    columns = keep_columns(table, keep) | loaded.predict(table, notes)
    write(columns, target, json)
    say_around(table, notes, python_of(model, reading_arguments(file, header, delimiter), columns, on_disk(table)))
