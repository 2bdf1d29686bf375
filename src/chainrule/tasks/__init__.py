"""Tasks that run beside the program: in threads, or in a worker of their own that outlives it.

`TaskQueue()` has threads; `TaskQueue("tasks.db")` keeps its tasks in a database, and `chainrule worker tasks.db` runs
them. This room needs nothing of the rest of the package but its errors, and no NumPy.

Examples
--------
>>> from chainrule.tasks import TaskQueue
>>> queue = TaskQueue(num_workers=1)
>>> task = queue.add_task(sum, [1, 2, 3])
>>> queue.join()
True
>>> task.result
6
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chainrule.tasks.states import CANCELLED, DONE, FAILED, LOST, READY, RUNNING, STATES

if TYPE_CHECKING:
    from chainrule.tasks.durable import DurableQueue
    from chainrule.tasks.queue_status import Status, status
    from chainrule.tasks.task import Task
    from chainrule.tasks.task_queue import TaskQueue

_HOMES = {
    "DurableQueue": "durable",
    "Status": "queue_status",
    "Task": "task",
    "TaskQueue": "task_queue",
    "status": "queue_status",
}

__all__ = [
    "CANCELLED", "DONE", "FAILED", "LOST", "READY", "RUNNING", "STATES", "DurableQueue", "Status", "Task", "TaskQueue",
    "status",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"chainrule.tasks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'chainrule.tasks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
