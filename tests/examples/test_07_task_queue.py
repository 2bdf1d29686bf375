"""Tutorial 7: the bug is there, none of the plots is lost in any way, and what is measured is printed, not judged."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "07_task_queue.md"
STEPS, EVERY, PLOTS = 40, 10, 4
CALLS = ("upload", "write_figure", "compute_picture")


@pytest.fixture
def tutorial(example, examples, monkeypatch):
    """Return the example, whose tasks are a module beside it, with plots that take no time."""
    pytest.importorskip("plotly", reason='its figures need chainrule["report"]')
    pytest.importorskip("typer", reason='the command line needs chainrule["tables"]')
    monkeypatch.syspath_prepend(examples)
    module = example("07_task_queue")
    monkeypatch.setattr(module.plotting_tasks, "ANSWER_SECONDS", 0.001)
    monkeypatch.setattr(module.plotting_tasks, "SIDE", 20)
    return module


def test_the_tutorials_queue_loses_every_other_task_and_join_hangs(tutorial):
    found = tutorial.show_the_bug(tasks=10, seconds=0.05)
    # It takes 0 and throws it away, takes 1 and runs it, and so on; then half of the tasks are never counted as done.
    assert found["tutorial"] == {"ran": [1, 3, 5, 7, 9], "joined": False}
    assert found["ours"] == {"ran": list(range(10)), "joined": True}


def test_without_its_bug_the_tutorials_queue_works(tutorial):
    class Mended(tutorial.TutorialQueue):
        def worker(self):
            while True:
                task, args, kwargs = self.get()
                task(*args, **kwargs)
                self.task_done()

    ran, queue = [], Mended()
    for number in range(10):
        queue.add_task(ran.append, number)
    assert queue.is_done_within(60) and ran == list(range(10))


def test_the_descent_reaches_the_noise_whatever_is_plotted(tutorial):
    drawn = []
    costs = tutorial.descend(lambda number, so_far: drawn.append((number, len(so_far))), 100, 25)
    assert drawn == [(1, 25), (2, 50), (3, 75), (4, 100)]
    assert costs[-1] == pytest.approx(1, abs=0.05) and costs[0] > 20  # the noise has variance 1


def test_no_plot_is_lost_in_any_way(tutorial, tmp_path, narrow):
    found = tutorial.main(tmp_path, STEPS, EVERY)
    assert found["lost"] == 0
    for call in CALLS:
        plots = {name: numbers["plots"] for name, numbers in found[call].items()}
        assert plots == {name: 0 if name == "no plots" else PLOTS for name in tutorial.WAYS}
        assert all(0 < numbers["descent"] <= numbers["drawn"] for numbers in found[call].values())
    for way in ("blocking", "thread_a_call", "queued", "durable"):
        costs = (tmp_path / "upload" / way / str(PLOTS)).read_text(encoding="utf-8").splitlines()
        assert len(costs) == STEPS
        assert "plotly" in (tmp_path / "write_figure" / way / "1").read_text(encoding="utf-8")
        assert (tmp_path / "compute_picture" / way / "1").read_bytes().startswith(b"P5 ")
    printed = narrow()
    assert "would wait for ever" in printed and "plots lost: 0" in printed


def test_the_page_shows_the_lines_that_are_printed(tutorial, tmp_path, capsys):
    """Compare the words, not the seconds."""
    seconds = re.compile(r"\d+\.\d\d s")
    tutorial.main(tmp_path, STEPS, EVERY)
    printed = {seconds.sub("#", line).split("#")[0].rstrip() for line in capsys.readouterr().out.splitlines()}
    (shown,) = re.findall(r"## What it prints\n.*?```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [seconds.sub("#", line).split("#")[0].rstrip() for line in shown.splitlines() if line]
    assert len(lines) > 15
    assert [line for line in lines if line not in printed] == []


def test_the_worker_does_not_import_the_example(tutorial):
    assert tutorial.plotting_tasks.__name__ == "plotting_tasks" in sys.modules
