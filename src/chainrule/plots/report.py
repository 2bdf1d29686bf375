"""`report`: how well a model does and what it is made of, as one HTML file that opens offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.plots.theme import plotly

SUFFIXES = (".html", ".htm")
#: What the model's file is called on the page where no one says.
SAVED = "model.safetensors"


def report(model: Any, path: str | os.PathLike, *, rows: Any = None, saved: str | os.PathLike | None = None) -> Path:
    """Write the report of a trained model as one HTML file, and return the file's path.

    For whoever has to decide whether a model is good enough: the score beside its baselines, the training curves, the
    confusion matrix, ROC, precision and recall, calibration or residuals, the weights, what was decided about each
    column, and the Python that uses the model. Of images also those it gets wrong, and the first filters. The figures
    are of rows that the model has not learnt from; the page says which. It asks no server for anything.

    Parameters
    ----------
    model : TableModel or ImageModel
        As `fit` returned it; a model that was loaded has lost the answers for each row, and needs `rows`.
    path : str or path
        Ends in .html; a file that is there is replaced.
    rows : table or folder, optional
        Other rows whose answer is known, to judge the model by.
    saved : str or path, optional
        The model's file, which the Python on the page loads; "model.safetensors" by default.

    Raises
    ------
    ArgumentError
        If the path doesn't end in .html, or the model is none of a table or of images.
    DataError
        If `rows` lack a column, or the target.
    MissingExtraError
        If Plotly is not installed.
    OSError
        If the file can't be written; one that was there before is then untouched.

    Examples
    --------
    >>> report("patients.csv", "report.html")
    Traceback (most recent call last):
        ...
    chainrule.errors.ArgumentError: plots.report takes a TableModel or an ImageModel; received str.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"plots.report makes HTML: give a path that ends in .html; received {str(path)!r}.")
    plotly()
    page = _page_of(model, rows, str(SAVED if saved is None else saved))
    from chainrule.saving.disk import write_atomically

    write_atomically(target, page.html().encode("utf-8", "replace"))
    return target


def _page_of(model: Any, rows: Any, saved: str) -> Any:
    from chainrule.tables import TableModel

    if isinstance(model, TableModel):
        from chainrule.plots.report_tables import table_page

        return table_page(model, model.judged if rows is None else model.judge(rows), saved)
    from chainrule.images import ImageModel

    if isinstance(model, ImageModel):
        from chainrule.plots.report_images import image_page

        return image_page(model, model.judged if rows is None else model.judge(rows), saved)
    raise ArgumentError(f"plots.report takes a TableModel or an ImageModel; received {type(model).__name__}.")
