"""Whatever goes wrong inside: one sentence, an exit code, no traceback; the streams may be closed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from chainrule.cli import main
from chainrule.cli.pipes import QuietPipe
from chainrule.errors import ArgumentError, DataError


class Broken:
    """A stream that nobody reads."""

    encoding = "utf-8"

    def __init__(self, when="write"):
        self.when = when

    def write(self, text):
        if self.when == "write":
            raise BrokenPipeError
        return len(text)

    def flush(self):
        raise BrokenPipeError

    def fileno(self):
        raise OSError("there is no number")


CHAINRULE = [sys.executable, "-m", "chainrule"]


def raising(error):
    def command(arguments):
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (DataError("The table is empty."), 1, "The table is empty."),
        (DataError("two\nlines \x1b[31mred"), 1, "two lines [31mred"),
        (ArgumentError("There is no task named 'x'."), 2, "There is no task named 'x'."),
        (MemoryError(), 1, "There is not enough memory for this; give fewer rows or columns."),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.csv"),
            1,
            "Can't go on: 'a.csv': No space left on device.",
        ),
        (KeyboardInterrupt(), 130, "Stopped by Ctrl-C; nothing was written."),
        (
            ZeroDivisionError("division by zero"),
            1,
            "This is a mistake in chainrule, not yours (ZeroDivisionError: division by zero); CHAINRULE_DEBUG=1 shows "
            "where, for a report.",
        ),
    ],
)
def test_an_error_becomes_a_sentence_and_a_code(call, monkeypatch, error, code, sentence):
    monkeypatch.setattr(main, "_run", raising(error))
    assert call("doctor") == (code, "", f"chainrule: {sentence}\n")


def test_debug_shows_the_traceback(call, monkeypatch):
    monkeypatch.setattr(main, "_run", raising(DataError("The table is empty.")))
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    with pytest.raises(DataError, match="The table is empty"):
        call("doctor")


def test_a_missing_typer_is_said(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "typer", None)
    assert call("doctor") == (1, "", 'chainrule: The command line needs typer: pip install "chainrule[tables]"\n')


def test_a_warning_is_a_line_of_its_own(call, monkeypatch):
    import warnings

    def command(arguments):
        warnings.simplefilter("always")
        warnings.warn("One column is all zeros.", UserWarning, stacklevel=1)
        return 0

    monkeypatch.setattr(main, "_run", command)
    assert call("doctor") == (0, "", "Note: One column is all zeros.\n")


def test_a_stream_whose_reader_is_gone_swallows_what_is_written():
    stream = QuietPipe(Broken())
    assert stream.write("text") == 4
    assert stream.closed_there
    assert stream.write("more") == 4
    stream.flush()
    assert stream.encoding == "utf-8"


def test_a_stream_whose_reader_goes_before_the_flush():
    stream = QuietPipe(Broken(when="flush"))
    stream.write("text")
    assert not stream.closed_there
    stream.flush()
    assert stream.closed_there


def test_head_ends_quietly():
    head = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert head.stdin is not None
    command = subprocess.run([*CHAINRULE, "train", "--help"], stdout=head.stdin, stderr=subprocess.PIPE, check=False)
    head.stdin.close()
    assert head.stdout is not None
    with head.stdout:
        assert head.stdout.read().startswith(b"Usage: chainrule train")
    head.wait()
    assert (command.returncode, command.stderr) == (0, b"")


def test_standard_output_that_is_closed_from_the_start():
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = subprocess.run([*CHAINRULE, "--help"], stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (command.returncode, command.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_standard_output_on_a_full_disk(unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        command = subprocess.run(
            [*CHAINRULE, "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )
    assert command.returncode == 1
    assert command.stderr == "chainrule: Can't go on: No space left on device.\n"


def test_standard_input_that_is_closed():
    script = 'exec "$@" <&-'
    command = subprocess.run(
        ["sh", "-c", script, "sh", *CHAINRULE, "summary", "-"], capture_output=True, text=True, check=False
    )
    assert (command.returncode, command.stdout) == (1, "")
    assert command.stderr == (
        "chainrule: Standard input is closed; give a file's name, or send a table: chainrule … - < table.csv\n"
    )


def test_help_loads_neither_numpy_nor_duckdb():
    code = (
        "import sys; from chainrule.cli.main import run; run(['--help']); "
        "print({'numpy', 'duckdb', 'rich', 'narwhals'} & set(sys.modules))"
    )
    command = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert command.stdout.splitlines()[-1] == "set()"
