"""The worker's side of its child: start it, hand it a task, hear its answer and its end, kill it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from typing import IO, Any

from chainrule.errors import TaskError
from chainrule.tasks.arguments import LONGEST_TEXT
from chainrule.tasks.inbox import ENDED, REPLY, Inbox
from chainrule.tasks.output_limit import OutputLimit
from chainrule.tasks.worker_log import WorkerLog

#: The exit code of a child that can't answer, since a task closed its descriptors.
CUT_OFF = 71
#: Seconds that a child which closed its pipe may still take to end by itself.
GRACE = 1.0
BYTES_A_READ = 1 << 16
#: Reads at the end of a task, at most: a program that it left behind may go on printing.
READS_AT_THE_END = 64
#: Bytes of an answer: the largest result, each of its characters escaped.
LONGEST_REPLY = 2 * LONGEST_TEXT
#: What a child answers: to a task, and when it has imported what is allowed.
_ANSWERS = ({"result": str}, {"error": str, "retry": bool})
#: What puts a process into a group of its own: Ctrl-C in a terminal then reaches the worker alone.
OWN_GROUP: dict[str, Any] = (
    {"start_new_session": True}
    if os.name == "posix"
    else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
)


class ChildProcess:
    """A running `chainrule.tasks.child`.

    Parameters
    ----------
    settings : dict
        `folder`, `allow` and `arrays`: what the child is told first. It answers when it has imported what is allowed.
    inbox : Inbox
        Gets REPLY with the answer's dict for each thing sent, and ENDED when the process has closed its pipe or ended.
    log : WorkerLog
        Gets what the tasks print, within limits.

    Raises
    ------
    TaskError
        If the system can't start a process at the moment.
    """

    def __init__(self, settings: dict[str, Any], inbox: Inbox, log: WorkerLog):
        command = [sys.executable, "-P", "-m", "chainrule.tasks.child"]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, **OWN_GROUP)
        except OSError as error:  # no memory, too many processes or open files: it may pass
            raise TaskError(f"The process for the tasks can't be started: {error.strerror or error}.") from error
        self._inbox = inbox
        self._limit, self._reading = OutputLimit(log.pass_on), threading.Lock()
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._read_replies, self._read_output)
        ]
        for thread in self._threads:
            thread.start()
        self.send(settings)

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; a child that is dead is told by the ENDED that comes."""
        data = memoryview(json.dumps(message).encode() + b"\n")
        stdin: Any = self._process.stdin
        with contextlib.suppress(OSError):
            while data:
                data = data[stdin.write(data) :]

    @property
    def is_alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    def end_of_task(self) -> None:
        """Give the log what the task has printed and the pipe still holds."""
        with self._reading:
            reads = 0
            while reads < READS_AT_THE_END and self._readable(0) and self._read_some():
                reads += 1
            self._limit.end()

    def how_it_ended(self) -> str:
        """Wait a moment for the end of a child that has closed its pipe, kill it if need be, and say it in words."""
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            code = CUT_OFF
        if code == CUT_OFF:
            return "it closed the pipe to its worker"
        if code >= 0:
            return f"it ended with exit code {code}"
        try:
            return f"it was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"it was ended by signal {-code}"

    def kill(self) -> None:
        """End the child at once, with the programs that its task has started, and leave nothing open."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(GRACE)
        for thread, pipe in zip(self._threads, (self._process.stdout, self._process.stderr), strict=True):
            # A program in a group of its own may hold a pipe open: then its thread, a daemon, still waits at it.
            if pipe is not None and not thread.is_alive():
                pipe.close()
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with self._reading:
            self._limit.end()

    def _read_replies(self) -> None:
        replies: IO[bytes] | Any = self._process.stdout
        rest = b""
        # Where a task has written what it had no business to write, there is no telling any more what is an answer.
        with contextlib.suppress(ValueError, RecursionError):
            while (data := replies.read(BYTES_A_READ)) and len(rest) <= LONGEST_REPLY:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._inbox.put(REPLY, self, _answer(line))
        self._inbox.put(ENDED, self)

    def _read_output(self) -> None:
        more = True
        while more:
            self._readable(None)
            with self._reading:
                # `end_of_task` may have read it meanwhile.
                more = not self._readable(0) or self._read_some()

    def _read_some(self) -> bool:
        stderr: IO[bytes] | Any = self._process.stderr
        data = stderr.read(BYTES_A_READ)
        self._limit.feed(data or b"")
        return bool(data)

    def _readable(self, timeout: float | None) -> bool:
        """Tell whether there is something to read; where that can't be known (Windows), reading waits for it."""
        stderr: Any = self._process.stderr
        return os.name != "posix" or bool(select.select([stderr], [], [], timeout)[0])


def _answer(line: bytes) -> dict[str, Any]:
    """Return what a child answered, or raise ValueError where it is no answer of ours."""
    answer = json.loads(line)
    if not isinstance(answer, dict) or {name: type(value) for name, value in answer.items()} not in _ANSWERS:
        raise ValueError("no answer")
    return answer
