"""Which command would run what waits: said wherever tasks wait and no worker is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.tasks.questions import Questions


def worker_command(store: Questions, database: object) -> str:
    """Return the command that starts a worker for what waits, or several, with "and": one for each queue.

    Parameters
    ----------
    store : Store
    database : str or path
        The file, as it is to stand in the command.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.tasks.rows import NewTask
    >>> from chainrule.tasks.store import Store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(f"{folder}/tasks.db")
    ...     put = store.put([NewTask("mytasks:plot", "{}"), NewTask("post:send", "{}", queue="mail")])
    ...     command = worker_command(store, "tasks.db")
    ...     store.close()
    >>> command
    'chainrule worker tasks.db --allow mytasks and chainrule worker tasks.db --allow post --queue mail'
    """
    commands = []
    for queue in store.queues_waiting():
        modules = ",".join(store.modules_waiting(queue)) or "MODULE"
        commands.append(
            f"chainrule worker {database} --allow {modules}" + (f" --queue {queue}" if queue != "default" else "")
        )
    return " and ".join(commands) or f"chainrule worker {database} --allow MODULE"
