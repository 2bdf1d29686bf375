"""How tasks are put into a file: all or none, and what their policy says is done where there is no room."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from chainrule.errors import QueueFull
from chainrule.tasks import array_files
from chainrule.tasks.options import BLOCK, DROP_OLDEST, RAISE
from chainrule.tasks.sqlite_words import StillLocked
from chainrule.tasks.waiting import worker_command

if TYPE_CHECKING:
    from chainrule.tasks.rows import NewTask
    from chainrule.tasks.store import Store
    from chainrule.tasks.task_writer import TaskWriter

#: Seconds between two attempts to put a task for which there is no room.
PAUSE = 0.05
#: Seconds without a worker after which who waits is told how to start one.
HINT_AFTER = 3.0


class Putter:
    """Puts tasks, all or none, and does what their policy says where there is no room; several don't wait for it."""

    def __init__(self, store: Store, max_waiting: int):
        self._store, self._max_waiting = store, max_waiting
        #: Whose `closing` tells that nobody may wait for room any more.
        self.writer: TaskWriter | None = None

    def __call__(self, tasks: list[NewTask], policy: str) -> list[int]:
        """Put tasks of one policy and return their ids."""
        begun, told = time.monotonic(), False
        try:
            while True:
                try:
                    return self._store.put(tasks, self._limit(policy), DROP_OLDEST if policy == DROP_OLDEST else RAISE)
                except QueueFull:
                    if policy != BLOCK or len(tasks) > 1:
                        raise
                array_files.touch(tasks[0].arguments, self._store.arrays_folder)
                if not told and time.monotonic() - begun > HINT_AFTER and not self._store.workers():
                    told = True
                    logging.getLogger("chainrule.tasks").warning("%s", how_to_start(self._store))
                time.sleep(PAUSE)
        except Exception as error:  # not Ctrl-C: it may have come after the commit, when the task needs its arrays
            for task in tasks if len(tasks) == 1 or isinstance(error, StillLocked) else ():
                array_files.remove(self._store.arrays_folder, array_files.named_in(task.arguments))
            raise

    def _limit(self, policy: str) -> int | None:
        """Return how many may wait; who could wait for itself, or holds up the end of the program, needs no room."""
        closing = self.writer is not None and self.writer.closing
        return None if policy == BLOCK and (closing or inside_worker()) else self._max_waiting


def how_to_start(store: Store) -> str:
    """Say that no worker is seen, and how to start one."""
    return f"Tasks wait in {store.path}, and no worker is seen; to run them: {worker_command(store, store.path)}"


def inside_worker() -> bool:
    """Tell whether this is the process in which a worker runs its tasks: waiting here could be waiting for itself."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", None) == "chainrule.tasks.child"
