"""The states of a task: it waits, it runs, it has ended in one of four ways."""

READY, RUNNING, DONE, FAILED, LOST, CANCELLED = STATES = ("ready", "running", "done", "failed", "lost", "cancelled")

#: States that a task does not leave, unless somebody asks for it again.
ENDED = frozenset((DONE, FAILED, LOST, CANCELLED))
