"""The record of a run: what a training did, in one file that outlives it.

    with Recorder(name="by hand", settings={"rate": 0.1}) as recorder:
        recorder.log(step, {"loss": loss})

`fit(record=True)` does it for you. `Run(path)`, `list_runs()` and `find("last")` read it, also while it is written.
"""

from __future__ import annotations

# delete, diff and export are modules too. Imported here, each name is the function: a module is bound to its package
# when it is first loaded, and never again.
from chainrule.runs.delete import delete
from chainrule.runs.diff import diff
from chainrule.runs.export import export
from chainrule.runs.histograms import Histogram
from chainrule.runs.listing import default_folder, find, list_runs
from chainrule.runs.reader import Run
from chainrule.runs.recorder import Recorder

__all__ = ["Histogram", "Recorder", "Run", "default_folder", "delete", "diff", "export", "find", "list_runs"]
