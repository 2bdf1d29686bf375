"""The commands, gathered; nothing but typer is imported before a command runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from chainrule._version import __version__
from chainrule.cli import runs, tasks
from chainrule.cli.check import check
from chainrule.cli.doctor import doctor
from chainrule.cli.evaluate import evaluate
from chainrule.cli.predict import predict
from chainrule.cli.summary import summary
from chainrule.cli.train import train
from chainrule.cli.worker import worker

#: In the docstrings it stands before lines that are not to be folded; typer wants the character itself.
AS_IT_STANDS = r"\b"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chainrule {__version__}")
        raise typer.Exit


def _help(command: Callable) -> str:
    return (command.__doc__ or "").replace(AS_IT_STANDS, "\b")


def chainrule(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    r"""Train, use and inspect small neural networks from tables.

    \b
    chainrule train patients.csv --target diagnosis
    chainrule predict patients.safetensors new.csv > predictions.csv

    Each command prints the Python that does the same. Exit codes: 0 done, 1 failed, 2 wrong use.
    """


app.callback(help=_help(chainrule))(chainrule)

SHORT = {
    train: "From a table to a tested, saved model.",
    predict: "Predict the rows of a table, as CSV.",
    evaluate: "Score a model on rows whose answer is known.",
    summary: "What is in a model file, or in a table.",
    check: "Prove the gradients of a model.",
    doctor: "What may be wrong with a table or a network.",
    worker: "Run the tasks that programs put into a file.",
}
for command, sentence in SHORT.items():
    app.command(help=_help(command), short_help=sentence)(command)

tasks_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
for command, (name, sentence) in tasks.COMMANDS.items():
    tasks_app.command(name, help=_help(command), short_help=sentence)(command)
app.add_typer(tasks_app, name="tasks", help=_help(tasks.tasks), short_help="Look at the tasks of a file.")

runs_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
for command, (name, sentence) in runs.COMMANDS.items():
    runs_app.command(name, help=_help(command), short_help=sentence)(command)
app.add_typer(runs_app, name="runs", help=_help(runs.runs), short_help="Look at recorded runs; compare, export.")
