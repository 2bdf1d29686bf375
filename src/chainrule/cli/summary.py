"""`chainrule summary`: what is in a model file, or in a table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chainrule.cli.options import DelimiterOption, HeaderOption, JsonOption, is_model_file, read, reading_arguments


def summary(
    file: Annotated[str, typer.Argument(metavar="MODEL|FILE", help="A model file, or a table.", show_default=False)],
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    json: JsonOption = False,
) -> None:
    r"""Show what is in a model file (layers, columns, scores) or in a table (its columns and rows).

    \b
    chainrule summary patients.safetensors
    chainrule summary patients.csv
    """
    from chainrule.cli import python_code as python
    from chainrule.cli.output import answering

    with answering(json) as answer:
        if is_model_file(file):
            code = _model(file, answer)
        else:
            code = _table(reading_arguments(file, header, delimiter), read(file, header, delimiter), answer)
        python.tell(code)
        answer["python"] = code


def _model(file: str, answer: dict[str, Any]) -> str:
    from chainrule.cli import python_code as python
    from chainrule.cli.image_answers import show_image_contract
    from chainrule.cli.output import heading
    from chainrule.cli.report_text import show_contract
    from chainrule.cli.score_text import scores_of, show_scores
    from chainrule.images.contract import is_image_contract
    from chainrule.saving import load_model
    from chainrule.tables import DataContract

    network = load_model(file)
    network.summary(line_length=78)
    answer |= {"kind": "model", "layers": _layers(network), "parameters": network.count_params()}
    of_images = is_image_contract(network.data_contract)
    if of_images:
        show_image_contract(network.data_contract, answer)
    elif network.data_contract is not None:
        contract = DataContract.from_dict(network.data_contract)
        heading(f"Columns, to predict {contract.target.name!r} ({contract.task})")
        show_contract(contract)
        answer |= {"task": contract.task, "target": contract.target.name, "columns": contract.columns}
    scores = scores_of(network.scores)
    if scores is not None:
        heading("Score when it was trained")
        show_scores(scores, "images" if of_images else "rows")
        answer["scores"] = scores
    return python.script(
        "from chainrule import load_model",
        "",
        f"model = {python.call('load_model', file)}",
        "model.summary()",
        "print(model.data_contract, model.scores)",
    )


def _layers(network: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": layer.name,
            "class": type(layer).__name__,
            "output_shape": layer.output_shape,
            "parameters": layer.count_params(),
        }
        for layer in network.layers
    ]


def _table(reading: dict[str, Any], table: Any, answer: dict[str, Any]) -> str:
    from chainrule.cli import python_code as python
    from chainrule.cli.output import heading
    from chainrule.cli.report_text import show_decisions, show_notes, show_rejects
    from chainrule.tables import profile

    decisions = profile(table)
    heading(f"{table.source}: {table.n_rows:,} rows of {len(table.columns)} columns")
    show_notes(table.notes)
    show_rejects(table.rejects)
    show_decisions(decisions)
    answer |= {"kind": "table", "rows": table.n_rows, "columns": decisions, "notes": table.notes}
    answer["rejects"] = [vars(one) for one in table.rejects]
    return python.script(
        "from chainrule.tables import profile, read_table",
        "",
        python.reading(reading),
        "for decision in profile(table):",
        "    print(decision)",
    )
