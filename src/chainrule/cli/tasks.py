"""`chainrule tasks`: look at the tasks of a file, run some again, cancel or remove some."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.options import JsonOption
from chainrule.cli.worker import TasksArgument

IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Numbers of tasks, as list shows.", show_default=False)
]


def tasks() -> None:
    r"""Look at the tasks of a file; run some again, cancel or remove some.

    \b
    chainrule tasks list tasks.db
    chainrule tasks retry tasks.db --failed
    """


def list_tasks(
    database: TasksArgument,
    state: Annotated[
        str | None, typer.Option(help="Only tasks that are ready, running, done, …", metavar="STATE")
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows of the table, at most.", metavar="N", min=1)] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Show progress until all have ended.")] = False,
    json: JsonOption = False,
) -> None:
    r"""Say how many tasks are in which state, which they are, and which workers are alive.

    \b
    chainrule tasks list tasks.db
    chainrule tasks list tasks.db --state failed
    chainrule tasks list tasks.db --follow
    """
    from chainrule.cli.output import answering
    from chainrule.cli.tasks_text import follow_tasks, show_tasks
    from chainrule.cli.wording import WrongUse

    _check_state(state)
    if follow and json:
        raise WrongUse("--follow shows progress to people; leave out --json, or call list --json now and then.")
    with answering(json) as answer, opened(database) as store:
        if follow:
            follow_tasks(store, database)
        answer |= show_tasks(store, database, state, limit)


def retry(
    database: TasksArgument,
    ids: IdsArgument = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="All whose worker died each time.")] = False,
) -> None:
    r"""Make tasks ready again that failed, were lost or cancelled, with all their attempts.

    \b
    chainrule tasks retry tasks.db 3 4
    chainrule tasks retry tasks.db --failed --lost
    """
    states = [state for state, wanted in (("failed", failed), ("lost", lost)) if wanted]
    numbers = _numbers(ids)
    _one_way("retry", numbers, states, "--failed or --lost")
    with opened(database) as store:
        chosen = numbers or [number for state in states for number in store.ids(state)]
        _must_exist(store, numbers)
        again = store.retry(chosen)
        _say("ready again", again, chosen, "not ended, or done")


def cancel(
    database: TasksArgument,
    ids: IdsArgument = None,
    all_waiting: Annotated[bool, typer.Option("--all-waiting", help="All that wait.")] = False,
) -> None:
    r"""Cancel tasks that wait; one that runs goes on to its end.

    \b
    chainrule tasks cancel tasks.db 3 4
    chainrule tasks cancel tasks.db --all-waiting
    """
    numbers = _numbers(ids)
    _one_way("cancel", numbers, ["ready"] if all_waiting else [], "--all-waiting")
    with opened(database) as store:
        if all_waiting:
            print(f"{_tasks(store.cancel_waiting())} cancelled.")
            return
        _must_exist(store, numbers)
        cancelled = sum(store.cancel(number) for number in numbers)
        _say("cancelled", cancelled, numbers, "running, or ended")


def purge(
    database: TasksArgument,
    done: Annotated[bool, typer.Option("--done", help="Those that are done.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Those that failed.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="Those whose worker died each time.")] = False,
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Those that were cancelled.")] = False,
    older_than: Annotated[
        str, typer.Option(help="Only those that ended so long ago: 30min, 12h, 7d.", metavar="TIME")
    ] = "0s",
) -> None:
    r"""Remove tasks that have ended, with their results and arrays; it does not ask.

    \b
    chainrule tasks purge tasks.db --done --older-than 7d
    """
    from chainrule.cli.durations import seconds_of
    from chainrule.cli.wording import WrongUse

    wanted = {"done": done, "failed": failed, "lost": lost, "cancelled": cancelled}
    states = [state for state, is_wanted in wanted.items() if is_wanted]
    if not states:
        raise WrongUse("purge needs to know which: --done, --failed, --lost or --cancelled.")
    seconds = seconds_of(older_than)
    with opened(database) as store:
        removed = store.purge(states, seconds)
    print(f"{_tasks(removed)} removed ({', '.join(states)}{f', older than {older_than}' if seconds else ''}).")


def opened(database: str):
    """Return the store of a file that is there, to be closed by `with`."""
    from contextlib import closing

    from chainrule.tasks.finding import existing
    from chainrule.tasks.store import Store

    return closing(Store(existing(database)))


def _check_state(state: str | None) -> None:
    from chainrule.errors import unknown_name
    from chainrule.tasks.states import STATES

    if state is not None and state not in STATES:
        raise unknown_name("state", state, STATES)


def _numbers(ids: list[str] | None) -> list[int]:
    from chainrule.cli.wording import WrongUse

    for given in ids or ():
        if not given.isdecimal():
            raise WrongUse(f"ID is the number of a task, as list shows it; received {given!r}.")
    return [int(given) for given in ids or ()]


def _one_way(command: str, ids: list[int], states: list[str], options: str) -> None:
    from chainrule.cli.wording import WrongUse

    if bool(ids) == bool(states):
        received = "both" if ids else "neither"
        raise WrongUse(f"{command} takes the numbers of tasks, or {options}; received {received}.")


def _must_exist(store, ids: list[int]) -> None:
    """Refuse a number that is no task's before anything is changed."""
    for number in ids:
        store.get(number)


def _say(what: str, count: int, chosen: list[int], others: str) -> None:
    rest = len(chosen) - count
    print(f"{_tasks(count)} {what}{f'; {rest} left as they are ({others})' if rest else ''}.")


def _tasks(count: int) -> str:
    return f"{count:,} task{'' if count == 1 else 's'}"


#: The commands of the group, and a sentence for each.
COMMANDS = {
    list_tasks: ("list", "How many tasks there are, and which."),
    retry: ("retry", "Run tasks again that failed or were lost."),
    cancel: ("cancel", "Take tasks back that wait."),
    purge: ("purge", "Remove tasks that have ended."),
}
