"""`chainrule runs`: list, show, compare, export and delete the runs that were recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.options import ForceOption, JsonOption

WHICH = "A run: its id or how it begins, its name, last, or the path of its file."
WhichArgument = Annotated[str, typer.Argument(metavar="RUN", help=WHICH, show_default=False)]
FolderOption = Annotated[
    str | None,
    typer.Option(help="Where the runs are; by default what CHAINRULE_RUNS says, else runs.", metavar="FOLDER"),
]


def runs() -> None:
    r"""Look at the runs that were recorded; compare, export or delete some.

    \b
    chainrule runs list
    chainrule runs show last
    chainrule runs diff 7f3a last
    """


def list_runs(folder: FolderOption = None, json: JsonOption = False) -> None:
    r"""List the runs of a folder, the newest first.

    loss is the last of the training, best the least of the validation (or of the training, without one), score the last
    of the first metric. A run is running, finished, stopped, failed, or killed: its program ended without a word.

    \b
    chainrule runs list
    chainrule runs list --folder experiments
    """
    from chainrule.cli.output import answering
    from chainrule.cli.runs_list import show_list

    with answering(json) as answer:
        show_list(folder, answer)


def show(
    run: WhichArgument,
    folder: FolderOption = None,
    output: Annotated[bool, typer.Option("--output", help="Print the end of what the run printed, too.")] = False,
    json: JsonOption = False,
) -> None:
    r"""Show what a run was given, where it ran, its curves, and its layers' last histograms in numbers.

    \b
    chainrule runs show last
    chainrule runs show 7f3a --output
    """
    from chainrule.cli.output import answering
    from chainrule.cli.runs_show import show_run
    from chainrule.runs import find

    with answering(json) as answer:
        show_run(find(run, folder), run, folder, output, answer)


def diff(
    a: Annotated[str, typer.Argument(metavar="RUN", help=WHICH, show_default=False)],
    b: Annotated[str, typer.Argument(metavar="OTHER", help="The run to hold against it.", show_default=False)],
    folder: FolderOption = None,
    tolerance: Annotated[
        float, typer.Option(help="Differences up to this share of a number are rounding.", metavar="SHARE")
    ] = 1e-6,
    json: JsonOption = False,
) -> None:
    r"""Say in what two runs differ, at which step their curves part, and how far apart they ended.

    \b
    chainrule runs diff 7f3a last
    """
    from chainrule.cli.output import answering
    from chainrule.cli.runs_diff import show_diff

    with answering(json) as answer:
        show_diff(a, b, folder, tolerance, answer)


def export(
    run: WhichArgument,
    out: Annotated[str, typer.Argument(metavar="OUT", help="The file to write: .csv or .json.", show_default=False)],
    folder: FolderOption = None,
    steps: Annotated[bool, typer.Option("--steps", help="The recorded steps; by default the epochs.")] = False,
    force: ForceOption = False,
) -> None:
    r"""Write a run's numbers into a file: the epochs as a table (.csv), or all that is known of the run (.json).

    \b
    chainrule runs export last epochs.csv
    chainrule runs export 7f3a run.json --steps
    """
    from chainrule.cli.runs_files import export_run

    export_run(run, out, folder, steps, force)


def delete(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="RUN", help="The runs, as for show.", show_default=False)
    ] = None,
    folder: FolderOption = None,
    older_than: Annotated[
        str | None, typer.Option(help="All that began so long ago: 30min, 12h, 7d.", metavar="TIME")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed or were killed.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete one that is still being recorded, too.")] = False,
) -> None:
    r"""Delete runs, and say how much that freed; it does not ask. With both --failed and --older-than: what is both.

    \b
    chainrule runs delete 7f3a 91bc
    chainrule runs delete --failed --older-than 7d
    """
    from chainrule.cli.runs_files import delete_runs

    delete_runs(which or [], folder, older_than, failed, force)


#: Each command with its name and its sentence.
COMMANDS = {
    list_runs: ("list", "The runs of a folder, the newest first."),
    show: ("show", "What a run was, and its curves."),
    diff: ("diff", "In what two runs differ, and where they part."),
    export: ("export", "A run's numbers as CSV or JSON."),
    delete: ("delete", "Delete runs."),
}
