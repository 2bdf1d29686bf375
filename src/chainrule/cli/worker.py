"""`chainrule worker`: run the tasks that programs have put into a file."""

from __future__ import annotations

from typing import Annotated

import typer

TasksArgument = Annotated[
    str, typer.Argument(metavar="DATABASE", help="The file of tasks, such as tasks.db.", show_default=False)
]


def worker(
    database: TasksArgument,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Run the functions of these modules, separated by commas, and of no other.", metavar="MODULES"
        ),
    ] = None,
    queue: Annotated[str, typer.Option(help="The queue whose tasks are run.", metavar="NAME")] = "default",
    exit_when_idle: Annotated[
        bool, typer.Option("--exit-when-idle", help="End when no task waits, is scheduled or is run by anybody.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Go on when the terminal is closed; output goes to DATABASE.worker.log.")
    ] = False,
    lease: Annotated[
        float, typer.Option(help="Seconds of silence until another worker takes a task over.", metavar="SECONDS")
    ] = 10.0,
    poll: Annotated[
        float, typer.Option(help="Seconds between two looks at an idle queue, at most.", metavar="SECONDS")
    ] = 0.5,
    log: Annotated[
        str | None, typer.Option(help="A file for its output and its tasks'.", metavar="FILE", show_default=False)
    ] = None,
) -> None:
    r"""Run the tasks of a file, one after the other, until it is told to stop.

    Modules are looked for in the current folder first. Tasks run in a process of their own: one that crashes or runs
    over its time limit ends that process alone. Ctrl-C (or SIGTERM) lets the task in hand end; once more gives it back.

    \b
    chainrule worker tasks.db --allow mytasks
    chainrule worker tasks.db --allow mytasks,reports --exit-when-idle
    chainrule worker tasks.db --allow mytasks --detach
    """
    from chainrule.tasks.checks import seconds_above_zero
    from chainrule.tasks.finding import existing
    from chainrule.tasks.worker import run_worker

    existing(database)
    modules = [name.strip() for given in allow or () for name in given.split(",") if name.strip()]
    if not modules:
        _say_what_waits(database)
    _refuse_files(modules)
    seconds_above_zero("--lease", lease)
    seconds_above_zero("--poll", poll)
    if detach:
        _detach(database, modules, queue, exit_when_idle, lease, poll, log)
        return
    run_worker(database, modules, log=log, queue=queue, lease=lease, poll=poll, exit_when_idle=exit_when_idle)


def _refuse_files(modules: list[str]) -> None:
    """Refuse what can't be the name of a module, such as that of its file."""
    from chainrule.cli.wording import WrongUse

    for name in modules:
        if name.endswith(".py") or not all(part.isidentifier() for part in name.split(".")):
            stem = name.removesuffix(".py").strip("./").replace("/", ".")
            example = stem if all(part.isidentifier() for part in stem.split(".")) else "mytasks"
            raise WrongUse(f"--allow takes modules as `import` does, such as {example}; received {name!r}.")


def _say_what_waits(database: str) -> None:
    """Refuse to run just anything, and say what would have to be allowed."""
    from chainrule.cli.wording import WrongUse
    from chainrule.tasks.store import Store
    from chainrule.tasks.waiting import worker_command

    store = Store(database)
    try:
        waiting, command = store.modules_waiting(), worker_command(store, database)
    finally:
        store.close()
    if not waiting:
        raise WrongUse(f"worker needs --allow MODULES: whose functions may be run? No task waits in {database}.")
    counts = ", ".join(f"{count:,} of {module}" for module, count in waiting.items())
    raise WrongUse(
        f"worker needs --allow MODULES: whose functions may be run? Tasks that wait: {counts}. To run them: {command}"
    )


def _detach(
    database: str, modules: list[str], queue: str, exit_when_idle: bool, lease: float, poll: float, log: str | None
) -> None:
    from chainrule.cli.wording import WrongUse
    from chainrule.tasks.worker import detach as start

    if log is not None:
        raise WrongUse(f"--detach writes to {database}.worker.log; leave out --log.")
    arguments = ["--allow", ",".join(modules), "--queue", queue, "--lease", str(lease), "--poll", str(poll)]
    pid, written = start(database, [*arguments, *(["--exit-when-idle"] if exit_when_idle else [])])
    print(f"The worker runs as process {pid}; its output is in {written.name}, beside the database.")
    print(f"To end it: kill {pid}")
