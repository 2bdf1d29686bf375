"""What goes into a file of tasks and comes out of it: a new task, a claimed one, a row, a worker."""

from __future__ import annotations

from typing import NamedTuple


class NewTask(NamedTuple):
    """A task to be put.

    Attributes
    ----------
    function : str
        "module:function".
    arguments : str
        As `chainrule.tasks.arguments.encode` writes them.
    queue : str
    key : str or None
        A waiting task of the same queue and key is dropped for this one.
    priority : int
        Higher first.
    delay : float
        Seconds until it may be run.
    max_attempts : int
        How often it is begun at most.
    timeout : float or None
        Seconds it may run.
    """

    function: str
    arguments: str
    queue: str = "default"
    key: str | None = None
    priority: int = 0
    delay: float = 0.0
    max_attempts: int = 3
    timeout: float | None = None


class Claimed(NamedTuple):
    """A task that a worker has in hand; `token` tells its claim from a later one."""

    id: int
    queue: str
    function: str
    arguments: str
    attempts: int
    max_attempts: int
    timeout: float | None
    token: int
    lease_until: float


class Row(NamedTuple):
    """A task as it stands in the file; times are seconds since 1970."""

    id: int
    queue: str
    function: str
    arguments: str
    key: str | None
    priority: int
    state: str
    run_at: float
    created: float
    attempts: int
    max_attempts: int
    timeout: float | None
    lease_until: float | None
    owner: str | None
    token: int
    result: str | None
    error: str | None
    finished: float | None


class Worker(NamedTuple):
    """A worker that lives: its name, process and machine, since when, and when it was last heard of."""

    owner: str
    pid: int
    host: str
    started: float
    seen: float
