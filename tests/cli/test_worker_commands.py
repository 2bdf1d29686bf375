"""`chainrule worker` and `chainrule tasks`: what they print, in 80 columns, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import closing

import pytest

from chainrule.cli import tasks_text
from chainrule.cli.main import DONE, FAILED, WRONG_USE
from chainrule.cli.tasks import COMMANDS
from chainrule.tasks.arguments import encode
from chainrule.tasks.rows import NewTask
from chainrule.tasks.store import Store

TRACEBACK = "Traceback (most recent call last):\n  File …\nValueError: " + "a long story " * 20


@pytest.fixture
def database(tmp_path):
    """Return the path of a file with tasks in each state but "running", oldest first: done, failed, lost, two ready."""
    path = tmp_path / "tasks.db"
    with closing(Store(path)) as store:
        nothing = encode((), {}, store.arrays_folder)
        store.put([NewTask("mytasks:plot", nothing, max_attempts=1) for _ in range(2)])
        store.finish(store.claim("worker"), "null")
        store.fail(store.claim("worker"), TRACEBACK)
    now = [1e9]
    with closing(Store(path, clock=lambda: now[0])) as store:
        store.put([NewTask("mytasks:kill", nothing, max_attempts=1)])
        store.claim("worker that died")
        now[0] += 100
        store.claim("another")
        store.put([NewTask("mytasks:plot", nothing), NewTask("reports.of_a_very_long_name:write_them", nothing)])
    return path


def states(path):
    with closing(Store(path)) as store:
        return {row.id: row.state for row in store.rows()}


def test_list_shows_counts_tasks_and_the_command_to_run_them(call, database):
    called = call("tasks", "list", "tasks.db")
    assert (called.code, called.err) == (DONE, "")
    lines = called.out.splitlines()
    assert lines[0] == "tasks.db: 2 ready, 1 done, 1 failed, 1 lost"
    assert lines[2].split() == ["id", "function", "state", "attempts", "age", "error"]
    assert lines[3].split()[:5] == ["5", "reports.of_a_very_long_…", "ready", "0", "of"]
    assert re.search(r"^ 2  mytasks:plot +failed +1 of 1 +0 s +ValueError: a long", called.out, re.MULTILINE)
    assert "chainrule worker tasks.db --allow mytasks,reports.of_a_very_long_name" in called.out
    assert max(map(len, lines[:8])) <= 80


def test_list_shows_one_state_and_says_how_many_more(call, database):
    out = call("tasks", "list", "tasks.db", "--state", "ready", "--limit", "1").out
    assert "… and 1 more" in out and "failed  " not in out


def test_list_shows_the_workers_that_are_alive(call, database):
    with closing(Store(database)) as store:
        for name in ("host-1-abc", "host-2-def"):
            store.beat(name, 4321, "host")
    out = call("tasks", "list", "tasks.db").out
    assert "host-1-abc" in out and "host-2-def" in out and "process 4321" in out
    assert "No worker is alive" not in out


def test_list_as_json(call, database):
    called = call("tasks", "list", "tasks.db", "--json")
    answer = json.loads(called.out)
    assert answer["counts"] == {"ready": 2, "running": 0, "done": 1, "failed": 1, "lost": 1, "cancelled": 0}
    assert [task["id"] for task in answer["tasks"]] == [5, 4, 3, 2, 1]
    assert answer["tasks"][3]["error"].startswith("Traceback") and answer["workers"] == []


def test_follow_prints_a_line_a_change_until_all_have_ended(call, database, monkeypatch):
    def work(_):
        with closing(Store(database)) as store:
            claimed = store.claim("worker")
            store.finish(claimed, "null")

    monkeypatch.setattr(tasks_text.time, "sleep", work)
    out = call("tasks", "list", "tasks.db", "--follow").out
    assert "3 of 5 ended: 1 done, 1 failed, 1 lost\n4 of 5 ended: 2 done" in out
    assert "5 of 5 ended: 3 done, 1 failed, 1 lost" in out


def test_tasks_of_another_queue_are_told_with_their_queue(call, database):
    with closing(Store(database)) as store:
        store.put([NewTask("mytasks:plot", '{"args":[],"kwargs":{}}', queue="mail")])
    out = call("tasks", "list", "tasks.db").out
    assert re.search(r"^id +queue +function", out, re.MULTILINE) and re.search(r"^ 6 +mail +mytasks:plot", out, re.M)
    assert "--allow mytasks --queue mail" in out and max(map(len, out.splitlines()[:9])) <= 80


def test_follow_has_a_bar_at_a_terminal(call, database, monkeypatch):
    assert call("tasks", "cancel", "tasks.db", "--all-waiting").code == DONE
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    out = call("tasks", "list", "tasks.db", "--follow").out
    assert "━" in out and "5 of 5 ended" in out


@pytest.mark.parametrize(
    ("words", "said", "changed"),
    [
        ("retry 2 3", "2 tasks ready again.", {2: "ready", 3: "ready"}),
        ("retry --failed", "1 task ready again.", {2: "ready"}),
        ("retry --lost", "1 task ready again.", {3: "ready"}),
        ("retry 1 2", "1 task ready again; 1 left as they are (not ended, or done).", {2: "ready"}),
        ("cancel 4", "1 task cancelled.", {4: "cancelled"}),
        ("cancel --all-waiting", "2 tasks cancelled.", {4: "cancelled", 5: "cancelled"}),
        ("cancel 1", "0 tasks cancelled; 1 left as they are (running, or ended).", {}),
    ],
)
def test_retry_and_cancel_say_what_they_did(call, database, words, said, changed):
    before = states(database)
    command, *rest = words.split()
    called = call("tasks", command, "tasks.db", *rest)
    assert called == (DONE, f"{said}\n", "")
    assert states(database) == before | changed


def test_purge_says_what_it_removed(call, database):
    assert call("tasks", "purge", "tasks.db", "--done", "--older-than", "7d").out == (
        "0 tasks removed (done, older than 7d).\n"
    )
    assert call("tasks", "purge", "tasks.db", "--done", "--failed").out == "2 tasks removed (done, failed).\n"
    assert set(states(database)) == {3, 4, 5}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("tasks list none.db", FAILED, "no file of tasks at 'none.db'; a program makes it: TaskQueue('none.db')."),
        ("tasks list table.csv", FAILED, "table.csv' is not a file of tasks"),
        ("tasks list tasks.db --state redy", WRONG_USE, "There is no state named 'redy'. Did you mean 'ready'? "),
        ("tasks list tasks.db --follow --json", WRONG_USE, "--follow shows progress to people; leave out --json"),
        ("tasks retry tasks.db", WRONG_USE, "takes the numbers of tasks, or --failed or --lost; received neither."),
        ("tasks retry tasks.db 2 --lost", WRONG_USE, "or --failed or --lost; received both."),
        ("tasks retry tasks.db 99", FAILED, "There is no task 99 in "),
        ("tasks retry tasks.db two", WRONG_USE, "ID is the number of a task, as list shows it; received 'two'."),
        ("tasks cancel tasks.db", WRONG_USE, "or --all-waiting; received neither."),
        ("tasks purge tasks.db", WRONG_USE, "purge needs to know which: --done, --failed, --lost or --cancelled."),
        ("tasks purge tasks.db --done --older-than week", WRONG_USE, "such as 7d; received 'week'."),
        ("worker none.db --allow mytasks", FAILED, "There is no file of tasks at 'none.db'"),
        ("worker tasks.db", WRONG_USE, "Tasks that wait: 1 of mytasks, 1 of reports.of_a_very_long_name. "
         "To run them: chainrule worker tasks.db --allow mytasks,reports.of_a_very_long_name"),
        ("worker tasks.db --allow mytasks.py", WRONG_USE, "--allow takes modules as `import` does, such as mytasks; "
         "received 'mytasks.py'."),
        ("worker tasks.db --allow ./more/tasks.py", WRONG_USE, "such as more.tasks; received './more/tasks.py'."),
        ("worker tasks.db --allow my-tasks", WRONG_USE, "such as mytasks; received 'my-tasks'."),
        ("worker tasks.db --allow mytasks --log no/x.log", WRONG_USE, "The log 'no/x.log' can't be written: No such "),
        ("worker . --allow mytasks", FAILED, "'.' is a folder; name a file of tasks, such as 'tasks.db'."),
        ("tasks retry tasks.db 99999999999999999999", FAILED, "There is no task 99999999999999999999 in "),
        ("worker tasks.db --allow nothere", WRONG_USE, "nothere can't be imported: ModuleNotFoundError"),
        ("worker tasks.db --allow mytasks --lease 0", WRONG_USE, "--lease is a number of seconds above 0; received 0."),
        ("worker tasks.db --allow mytasks --poll -1", WRONG_USE, "--poll is a number of seconds above 0; received -1."),
        ("worker tasks.db --allow mytasks --detach --log a", WRONG_USE, "--detach writes to tasks.db.worker.log"),
    ],
)  # fmt: skip
def test_wrong_use_and_bad_files_are_one_sentence(call, database, table, words, code, sentence):
    os.rename(table, "table.csv")
    before = sorted(os.listdir())
    called = call(*words.split())
    assert called.code == code
    assert sentence in called.err and called.err.count("\n") == 1 and called.out == ""
    assert sorted(os.listdir()) == before and not os.path.exists("none.db")


def test_worker_runs_what_waits(call, database, tmp_path):
    (tmp_path / "mytasks.py").write_text("def plot():\n    print('a plot')\n", encoding="utf-8")
    assert call("tasks", "cancel", "tasks.db", "5").code == DONE
    called = call("worker", "tasks.db", "--allow", "mytasks", "--exit-when-idle")
    assert (called.code, called.err) == (DONE, "")
    assert "task 4 mytasks:plot: attempt 1 of 3" in called.out and "\na plot\n" in called.out
    assert states(database)[4] == "done"


def test_every_command_of_tasks_has_an_example_and_its_help_fits_80_columns(call):
    for name, _ in COMMANDS.values():
        out = call("tasks", name, "--help").out
        assert f"\n  chainrule tasks {name} tasks.db" in out
        assert max(map(len, out.splitlines())) <= 80
