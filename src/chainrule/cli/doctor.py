"""`chainrule doctor`: what may be wrong with the installation, a table, or a trained network."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chainrule.cli.options import DelimiterOption, HeaderOption, JsonOption, is_model_file, read, reading_arguments


def doctor(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|MODEL]", help="A table, or a model file; nothing: chainrule itself.", show_default=False
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="For a model: the rows to look at it with.", show_default=False),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The column of the table that is to be predicted.", metavar="COLUMN")
    ] = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    json: JsonOption = False,
) -> None:
    r"""Look for what may be wrong: with a table before training, with a network after, with the installation.

    Of a table: zeros that mean missing, rows and columns that are there twice, rare classes, columns that give the
    target away. Of a network: dead and saturated units, the score beside the baseline. Nothing is changed.

    \b
    chainrule doctor
    chainrule doctor patients.csv --target diagnosis
    chainrule doctor patients.safetensors patients.csv
    """
    from chainrule.cli import python_code as python
    from chainrule.cli.output import answering
    from chainrule.cli.report_text import show_findings
    from chainrule.cli.wording import WrongUse

    with answering(json) as answer:
        if file is None:
            _installation(answer)
            return
        if is_model_file(file):
            code = _network(file, data, header, delimiter, answer)
        elif data is not None:
            raise WrongUse(f"{file} is no model file, and takes no rows to be looked at with: chainrule doctor {file}")
        else:
            code = _table(read(file, header, delimiter), target, reading_arguments(file, header, delimiter), answer)
        show_findings(answer["findings"])
        python.tell(code)
        answer["python"] = code


def _installation(answer: dict[str, Any]) -> None:
    from chainrule.cli.installation import installation
    from chainrule.cli.output import grid

    found = installation()
    answer |= found
    grid([(name, value) for name, value in found.items() if name != "extras"])
    print()
    grid([("extra", "", "brings"), *(tuple(extra.values()) for extra in found["extras"])])


def _table(table: Any, target: str | None, reading: dict[str, Any], answer: dict[str, Any]) -> str:
    from chainrule.cli import python_code as python
    from chainrule.cli.data_findings import data_findings
    from chainrule.cli.output import heading, paragraph
    from chainrule.cli.report_text import show_decisions, show_notes, show_rejects
    from chainrule.cli.training import column

    name = None if target is None else column(table, target, "--target")
    decisions, findings = data_findings(table, name)
    heading(f"{table.source}: {table.n_rows:,} rows of {len(table.columns)} columns")
    show_notes(table.notes)
    show_rejects(table.rejects)
    show_decisions(decisions)
    if name is None:
        paragraph("With --target COLUMN its classes, and columns that give it away, are looked at too.")
    answer |= {"kind": "table", "rows": table.n_rows, "columns": decisions, "findings": findings}
    answer |= {"notes": table.notes, "rejects": [vars(one) for one in table.rejects]}
    return python.script(
        "from chainrule.cli.data_findings import data_findings",
        "from chainrule.tables import read_table",
        "",
        python.reading(reading),
        f"decisions, findings = data_findings(table, {python.written(name)})",
        "print(findings)",
    )


def _network(file: str, data: str | None, header: bool | None, delimiter: str | None, answer: dict[str, Any]) -> str:
    from chainrule.cli import python_code as python
    from chainrule.cli.network_findings import network_findings
    from chainrule.cli.output import grid, heading, paragraph
    from chainrule.cli.score_text import show_scores
    from chainrule.cli.scored import baseline_findings, inputs_for

    network, inputs, scores, code = inputs_for(file, data, header, delimiter)
    layers, findings = network_findings(network, inputs)
    heading(f"{file}, on {len(inputs[0]):,} {'made-up rows' if data is None else f'rows of {data}'}")
    if layers:
        titles = ("layer", "activation", "units", "dead", "saturated")
        grid([titles, *(tuple(layer.values()) for layer in layers)], right=(2, 3, 4))
    if data is None:
        paragraph("Rows of your own tell more: chainrule doctor MODEL FILE.")
    if scores:
        heading("Score" if data is not None else "Score when it was trained")
        show_scores(scores)
    answer |= {"kind": "model", "rows": len(inputs[0]), "layers": layers, "scores": scores}
    answer["findings"] = findings + baseline_findings(scores)
    return python.script(*code, "print(network_findings(network, inputs))")
