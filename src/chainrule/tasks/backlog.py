"""The tasks that wait in a `TaskQueue` of threads: a line for each priority, and those whose time has not come."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chainrule.tasks.options import DEFAULTS

if TYPE_CHECKING:
    from chainrule.tasks.task import Task


class Backlog:
    """Waiting tasks in the order in which they are run. The queue's lock is held at every call.

    `plain` and `size` are public for `add_task`: a task without options is appended there, and counted here.
    """

    def __init__(self):
        #: The line of priority 0, in which nearly all tasks stand.
        self.plain: deque[Task] = deque()
        self.size = 0
        self._lines = {0: self.plain}
        self._order = [0]  # the priorities, highest first
        self._delayed: list[tuple[float, int, Task]] = []
        self._keyed: dict[str, Task] = {}

    def add(self, task: Task, due: float | None = None) -> None:
        """Put a task at the end of its line, now or when it is due."""
        if due is None:
            self._line(task._options.priority).append(task)
        else:
            heapq.heappush(self._delayed, (due, task.id, task))
        if task._options.coalesce is not None:
            self._keyed[task._options.coalesce] = task
        self.size += 1

    def waiting(self, key: str) -> Task | None:
        """Return the waiting task of a key."""
        return self._keyed.get(key)

    def replace(self, older: Task, newer: Task, due: float | None = None) -> None:
        """Let a newer task take an older one's place: a plot that is asked for again and again must get its turn."""
        line = self._lines.get(older._options.priority, ())
        if due is None and older._options.priority == newer._options.priority and older in line:
            self._lines[older._options.priority][line.index(older)] = newer
            self._keyed[str(newer._options.coalesce)] = newer
        else:
            self.remove(older)
            self.add(newer, due)

    def pop(self, now: float) -> Task | None:
        """Take the task whose turn it is; None if all that wait have to wait for their time."""
        self._move_due(now)
        for priority in self._order:
            if line := self._lines[priority]:
                return self._taken(line.popleft())
        return None

    def pop_oldest(self) -> Task:
        """Take the task that has stood longest in the line of the lowest priority, to drop it."""
        for priority in reversed(self._order):
            if line := self._lines[priority]:
                return self._taken(line.popleft())
        return self._taken(heapq.heappop(self._delayed)[2])

    def remove(self, task: Task) -> None:
        """Take a task out, wherever it stands."""
        line = self._lines.get(task._options.priority)
        if line is not None and task in line:
            line.remove(task)
        else:
            self._delayed = [entry for entry in self._delayed if entry[2] is not task]
            heapq.heapify(self._delayed)
        self._taken(task)

    def next_due(self) -> float | None:
        """Return when the next delayed task is due."""
        return self._delayed[0][0] if self._delayed else None

    def __iter__(self) -> Iterator[Task]:
        """Go over them in no order; a fork may have come at any moment, so this asks for little."""
        for line in self._lines.values():
            yield from line
        for _, _, task in self._delayed:
            yield task

    def _taken(self, task: Task) -> Task:
        self.size -= 1
        if task._options is not DEFAULTS:
            key = task._options.coalesce
            if key is not None and self._keyed.get(key) is task:
                del self._keyed[key]
        return task

    def _move_due(self, now: float) -> None:
        """Let the delayed tasks whose time has come stand at the end of their lines."""
        while self._delayed and self._delayed[0][0] <= now:
            task = heapq.heappop(self._delayed)[2]
            self._line(task._options.priority).append(task)

    def _line(self, priority: int) -> deque[Task]:
        """Return the line of a priority; lines that are empty give way first, so that there are few."""
        line = self._lines.get(priority)
        if line is None:
            self._lines = {p: waiting for p, waiting in self._lines.items() if waiting or p == 0}
            line = self._lines[priority] = deque()
            self._order = sorted(self._lines, reverse=True)
        return line
