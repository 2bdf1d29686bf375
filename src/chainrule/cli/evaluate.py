"""`chainrule evaluate`: the score of a model on rows whose answer is known."""

from __future__ import annotations

from chainrule.cli.options import (
    DelimiterOption,
    FileArgument,
    HeaderOption,
    JsonOption,
    ModelArgument,
    on_disk,
    opened,
    reading_arguments,
)


def evaluate(
    model: ModelArgument,
    file: FileArgument,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    json: JsonOption = False,
) -> None:
    r"""Score a model on a table that has the target's column, or on a folder of images.

    The score has a 95 % interval and stands beside a baseline. Rows without a target are left out and counted. On the
    rows that the model was trained on the score is too good.

    \b
    chainrule evaluate patients.safetensors later.csv
    chainrule evaluate photos.safetensors more_photos
    """
    from chainrule.cli import python_code as python
    from chainrule.cli.image_answers import evaluate_images, is_image_model
    from chainrule.cli.output import answering, heading
    from chainrule.cli.report_text import show_notes, show_rejects
    from chainrule.cli.score_text import show_scores
    from chainrule.tables import TableModel

    with answering(json) as answer:
        if is_image_model(model):
            evaluate_images(model, file, answer)
            return
        loaded = TableModel.load(model)
        table = opened(file, header, delimiter, None)
        scores = loaded.evaluate(table)
        heading(f"Score of {model} on {table.source}")
        show_scores(scores)
        show_notes([*table.notes, *scores["notes"]])
        show_rejects(table.rejects)
        *imports, opening = python.table_lines(reading_arguments(file, header, delimiter), on_disk(table))
        code = python.script(
            *imports,
            f"model = {python.call('TableModel.load', model)}",
            opening,
            "print(model.evaluate(table))",
        )
        python.tell(code)
        answer |= {
            "scores": scores,
            "notes": table.notes,
            "rejects": [vars(one) for one in table.rejects],
            "python": code,
        }
