"""`chainrule train --report`: the report as an HTML file beside the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.cli.saving import free_file

IMPORT = "from chainrule import plots"
#: What the report is called: the model's name and this.
SUFFIX = ".report.html"


def report_file(wanted: bool, model: Path, force: bool) -> Path | None:
    """Return where the report goes, before any work is done; None where none is wanted.

    Raises
    ------
    DataError
        If a file is there and `force` is not given.
    MissingExtraError
        If Plotly is not installed.
    """
    if not wanted:
        return None
    from chainrule.plots.theme import plotly

    plotly()
    return free_file(str(model.with_suffix(SUFFIX)), force)


def write_report(model: Any, file: Path | None, saved: Path, answer: dict[str, Any]) -> None:
    """Write the report, and say where it is."""
    if file is None:
        return
    from chainrule import plots
    from chainrule.cli.output import heading, paragraph

    plots.report(model, file, saved=saved)
    heading("The report")
    paragraph(f"{file}: {file.stat().st_size / 1e6:.1f} MB, one file that opens in a browser without a network.")
    answer["report"] = str(file)


def python_lines(file: Path | None, saved: Path) -> list[str]:
    """Return the line of Python that writes the report, if there is one.

    Examples
    --------
    >>> python_lines(Path("m.report.html"), Path("m.safetensors"))
    ['plots.report(model, "m.report.html", saved="m.safetensors")']
    """
    from chainrule.cli.python_code import Name, call

    return [] if file is None else [call("plots.report", Name("model"), str(file), saved=str(saved))]
