"""`chainrule check`: the gradient certificate of a saved model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chainrule.cli.options import DelimiterOption, HeaderOption, JsonOption, ModelArgument, read, reading_arguments


def check(
    model: ModelArgument,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="Rows to check on; without it they are made up.", show_default=False),
    ] = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    json: JsonOption = False,
) -> None:
    r"""Hold every gradient of a model against a numeric one, and print the certificate.

    Exit code 1 if one of them is wrong.

    \b
    chainrule check patients.safetensors
    chainrule check patients.safetensors patients.csv
    """
    from chainrule.cli import python_code as python
    from chainrule.cli.output import answering

    with answering(json) as answer:
        if file is None:
            report, code = _made_up(model)
        else:
            report, code = _on_rows(model, file, header, delimiter)
        print(report)
        python.tell(code)
        answer |= {"passed": report.passed, "culprit": report.culprit}
        answer |= {"gradients": [vars(row) for row in report.rows], "python": code}
    if not report.passed:
        raise typer.Exit(1)


def _made_up(model: str) -> tuple[Any, str]:
    from chainrule.cli import python_code as python
    from chainrule.cli.made_up import made_up_inputs, made_up_targets
    from chainrule.errors import NotReadyError
    from chainrule.saving import load_model

    network = load_model(model)
    if network.compilation is None or not all(network.compilation.losses):
        raise NotReadyError(
            f"{model} was saved without a loss, so it has no gradient; compile it with one and save again."
        )
    inputs, targets = made_up_inputs(network), made_up_targets(network)
    code = python.script(
        "from chainrule import load_model",
        "from chainrule.cli.made_up import made_up_inputs, made_up_targets",
        "",
        f"model = {python.call('load_model', model)}",
        "print(model.check_gradients(made_up_inputs(model), made_up_targets(model)))",
    )
    return network.check_gradients(inputs, targets), code


def _on_rows(model: str, file: str, header: bool | None, delimiter: str | None) -> tuple[Any, str]:
    from chainrule.cli import python_code as python
    from chainrule.tables import TableModel

    loaded = TableModel.load(model)
    table = read(file, header, delimiter)
    y, keep = loaded.contract.encode_target(table)
    X = loaded.contract.encode(table.rows(keep))
    code = python.script(
        python.IMPORT,
        "",
        f"model = {python.call('TableModel.load', model)}",
        python.reading(reading_arguments(file, header, delimiter)),
        "y, keep = model.contract.encode_target(table)",
        "X = model.contract.encode(table.rows(keep))",
        "print(model.network.check_gradients(X, y))",
    )
    return loaded.network.check_gradients(X, y), code
