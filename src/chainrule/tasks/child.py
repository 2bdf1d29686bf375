"""The process that runs tasks, one after the other: `python -m chainrule.tasks.child`, which a supervisor starts.

A JSON line for each task comes in on what was standard input, and one goes out on what was standard output; both are
taken away from the tasks, whose own output goes to the worker's log. This process never opens the database.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import traceback
from typing import Any

from chainrule.errors import ChainruleError
from chainrule.tasks import guard
from chainrule.tasks.arguments import decode, encode_result
from chainrule.tasks.child_process import CUT_OFF
from chainrule.tasks.error_text import shortened
from chainrule.tasks.naming import resolve

BYTES_A_READ = 1 << 16


def main() -> None:
    """Run the tasks that come in until the worker closes the pipe."""
    requests, replies = _take_descriptors()
    guard.watch(requests)
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, inbox), daemon=True).start()
    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(after_in_child=lambda: _close(requests, replies))
    pid, pipe = os.getpid(), _identity(replies)
    settings = json.loads(inbox.get())
    os.chdir(settings["folder"])
    # Behind our own imports, so that a user's queue.py or json.py is not what we import; then first, as in any script.
    sys.path.insert(0, settings["folder"])
    answer = _import(settings["allow"])
    while True:
        if os.getpid() != pid:
            os._exit(0)  # a process that the task forked, and that came back from the task as the task did
        _reply(replies, pipe, answer)
        request = json.loads(inbox.get())
        answer = run(request["function"], request["arguments"], settings["allow"], settings["arrays"])
        with contextlib.suppress(OSError):
            os.chdir(settings["folder"])
        _flush()


def run(function: str, arguments: str, allow: list[str], arrays: str) -> dict[str, Any]:
    """Run one task; return its result, or what went wrong and whether another attempt may go better.

    Parameters
    ----------
    function : str
        Such as "mytasks:plot".
    arguments : str
        As `chainrule.tasks.arguments` writes them.
    allow : list of str
        The modules whose functions may be run.
    arrays : str
        The folder of the arrays among arguments and results.

    Returns
    -------
    dict
        `result` (JSON); or `error` (text) and `retry` (bool).

    Examples
    --------
    >>> run("shutil:rmtree", "", ["mytasks"], "")["retry"]
    False
    """
    try:
        called = resolve(function, allow)
        args, kwargs = decode(arguments, arrays)
    except BaseException as error:  # a module may call sys.exit() as it is imported
        return {"error": _text(error), "retry": isinstance(error, MemoryError)}
    try:
        result = called(*args, **kwargs)
    except BaseException as error:  # sys.exit() and KeyboardInterrupt are the task's failure, not this process' end
        return {"error": _text(error), "retry": True}
    try:
        return {"result": encode_result(result, arrays)}
    except BaseException as error:
        return {"error": _text(error), "retry": False}


def _import(modules: list[str]) -> dict[str, Any]:
    """Import what is allowed, so that a name that isn't there is told before a task has come."""
    import importlib

    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:
            _flush()
            return {"error": _no_module(module, error), "retry": False}
    return {"result": ""}


def _no_module(module: str, error: BaseException) -> str:
    """Say in one sentence why a module can't be imported."""
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()
    where = f" ({what[0].strip()})" if len(what) > 1 else ""
    hint = ""
    if isinstance(error, ModuleNotFoundError) and error.name == module.partition(".")[0]:
        hint = f"; modules are looked for in {os.getcwd()} first, so start the worker in the folder of {error.name}"
    return f"{module} can't be imported: {what[-1].strip().rstrip('.')}{where}{hint}."


def _take_descriptors() -> tuple[int, int]:
    """Keep standard input and output for the worker; give the tasks an empty input, and the log for an output."""
    requests, replies = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    streams: Any = (sys.stdout, sys.stderr)
    for stream in streams:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return requests, replies


def _read(requests: int, inbox: queue.SimpleQueue[bytes]) -> None:
    """Hand on line by line; when the worker closes the pipe, or dies, end this process whatever it is doing."""
    rest = b""
    # No file object: after a fork its end would close a descriptor that may be another's by then.
    with contextlib.suppress(OSError):
        while data := os.read(requests, BYTES_A_READ):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                inbox.put(line)
    guard.end_group()


def _reply(replies: int, pipe: tuple[int, int], answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode() + b"\n"
    try:
        if _identity(replies) != pipe:  # a task closed it, and opened something of its own under its number
            os._exit(CUT_OFF)
        while data:
            data = data[os.write(replies, data) :]
    except OSError:
        os._exit(CUT_OFF)


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _text(error: BaseException) -> str:
    """Return a sentence of ours, or the traceback from the task's own first line on."""
    if isinstance(error, ChainruleError) and _is_ours(error):
        return str(error)
    if error.__traceback__ is not None:
        error = error.with_traceback(error.__traceback__.tb_next)
    return shortened("".join(traceback.format_exception(error)).strip())


def _is_ours(error: BaseException) -> bool:
    """Tell an error of naming and arguments from one that the task itself raised."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and frame.tb_frame.f_globals.get("__name__", "").startswith("chainrule.tasks.")


if __name__ == "__main__":
    main()
