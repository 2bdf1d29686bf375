"""What `chainrule tasks list` shows: counts, a table of tasks, the workers; and progress until all have ended."""

from __future__ import annotations

import sys
import time
from typing import Any

from chainrule.cli.durations import age
from chainrule.cli.output import BETWEEN, WIDTH, cut, grid, heading
from chainrule.tasks.error_text import last_line
from chainrule.tasks.states import ENDED, READY, RUNNING, STATES
from chainrule.tasks.waiting import worker_command

#: Seconds between two looks of `--follow`.
LOOK = 0.5
#: Columns that a function's name gets.
NAME_WIDTH = 24
#: Columns that a queue's name gets, where not all are in the queue that is called "default".
QUEUE_WIDTH = 10
#: What `--json` tells of a task.
SHOWN = ("id", "queue", "function", "state", "priority", "attempts", "max_attempts", "created", "run_at", "finished",
         "owner", "error")  # fmt: skip


def show_tasks(store: Any, database: str, state: str | None, limit: int) -> dict[str, Any]:
    """Print the state of a file of tasks and return the same as an answer."""
    counts = store.counts()
    now = time.time()
    rows = store.rows(state, limit=limit)
    workers = store.workers()
    print(f"{database}: " + (", ".join(f"{counts[name]:,} {name}" for name in STATES if counts[name]) or "no tasks"))
    if rows:
        _table(rows, now, counts, state)
    _workers(workers, now)
    if counts[READY] and not workers:
        print(f"No worker is alive; to run what waits: {worker_command(store, database)}")
    return {
        "counts": counts,
        "tasks": [{name: getattr(row, name) for name in SHOWN} for row in rows],
        "workers": [one._asdict() for one in workers],
    }


def _table(rows: Any, now: float, counts: dict[str, int], state: str | None) -> None:
    several = any(row.queue != "default" for row in rows)
    title = ("id", *["queue"] * several, "function", "state", "attempts", "age", "error")
    cells = [
        (str(row.id), *[cut(row.queue, QUEUE_WIDTH)] * several, cut(row.function, NAME_WIDTH), row.state,
         f"{row.attempts} of {row.max_attempts}", age(now - row.created), last_line(row.error or ""))
        for row in rows
    ]  # fmt: skip
    before = sum(max(len(row[i]) for row in [title, *cells]) for i in range(len(title) - 1))
    room = WIDTH - before - len(BETWEEN) * (len(title) - 1)
    print()
    grid([title, *((*row[:-1], cut(row[-1], max(room, 1))) for row in cells)], right=[0])
    more = (sum(counts.values()) if state is None else counts[state]) - len(rows)
    if more > 0:
        print(f"… and {more:,} more")


def _workers(workers: Any, now: float) -> None:
    if workers:
        heading("workers that are alive")
        grid([(one.owner, f"process {one.pid}", f"seen {age(now - one.seen)} ago") for one in workers])


def follow_tasks(store: Any, database: str) -> None:
    """Show how many tasks have ended until none waits or runs: a bar at a terminal, else a line for each change."""
    counts = store.counts()
    if (counts[READY] or counts[RUNNING]) and not store.workers():
        print(f"No worker has been seen yet: {worker_command(store, database)}")
    if sys.stdout.isatty():
        _bar(store)
        return
    said = None
    while True:
        counts = store.counts()
        text = progress_text(counts)
        if text != said:
            print(text, flush=True)
        if not counts[READY] and not counts[RUNNING]:
            return
        said = text
        time.sleep(LOOK)


def progress_text(counts: dict[str, int]) -> str:
    """Return one line of progress.

    Examples
    --------
    >>> progress_text({"ready": 1, "running": 1, "done": 7, "failed": 1, "lost": 0, "cancelled": 0})
    '8 of 10 ended: 7 done, 1 failed; 1 running'
    """
    ended = sum(counts[name] for name in ENDED)
    parts = ", ".join(f"{counts[name]:,} {name}" for name in STATES if name in ENDED and counts[name])
    running = f"; {counts[RUNNING]:,} running" if counts[RUNNING] else ""
    return f"{ended:,} of {sum(counts.values()):,} ended{f': {parts}' if parts else ''}{running}"


def _bar(store: Any) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(BarColumn(20), TextColumn("{task.description}"), TimeElapsedColumn()) as progress:
        bar = progress.add_task("")
        while True:
            counts = store.counts()
            ended, everything = sum(counts[name] for name in ENDED), sum(counts.values())
            progress.update(bar, completed=ended, total=max(everything, 1), description=progress_text(counts))
            if not counts[READY] and not counts[RUNNING]:
                return
            time.sleep(LOOK)
