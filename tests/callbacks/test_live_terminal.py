"""The live line in a terminal that is real to the program: a pseudo-terminal of 80 columns."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys

import pytest

fcntl = pytest.importorskip("fcntl", reason="pseudo-terminals are of POSIX")
termios = pytest.importorskip("termios", reason="pseudo-terminals are of POSIX")

COLUMNS, LINES, CHUNK = 80, 24, 65536
END = "<the end>"
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
PROGRAM = """
import os, signal
import numpy as np
from chainrule.callbacks import LambdaCallback, ProgressBar
from chainrule.layers import Dense
from chainrule.models import Sequential

class Clock:  # it goes on by a second at each look
    now = 0.0
    def __call__(self):
        self.now += 1.0
        return self.now

def at_end(epoch, logs):
    if epoch == 3:
        {act}

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
model = Sequential([Dense(3, input_dim=2, activation="relu"), Dense(1, activation="sigmoid")], seed=1)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
print("before")
model.fit(X, (X[:, 0] > 0).astype(np.float32), epochs=6, batch_size=4, validation_split=0.25,
          callbacks=[ProgressBar({verbose}, Clock()), LambdaCallback(on_epoch_end=at_end)])
print("after")
"""


def in_terminal(act="pass", verbose=1, **variables):
    """Run the program in a pseudo-terminal; return all that it wrote, once the terminal is seen to be as it was."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    attributes = termios.tcgetattr(its)
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    environment = inherited | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | variables
    code = PROGRAM.format(act=act, verbose=verbose)
    # The shell says the end however the program ends; the terminal itself has none while we hold it open.
    command = ["sh", "-c", f'"$0" -c "$1"; printf \'{END}\'', sys.executable, code]
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment)
    written = b""
    while not written.endswith(END.encode()):
        written += os.read(ours, CHUNK)
    process.wait()
    assert termios.tcgetattr(its) == attributes
    os.close(its)
    os.close(ours)
    return written.decode().removesuffix(END)


def screen(written):
    """Return the lines that a terminal shows in the end, going by what the live line uses: CR, LF, erase a line."""
    lines, column, at = [""], 0, 0
    while at < len(written):
        control = CONTROL.match(written, at)
        if control:
            at = control.end()
            assert control[2] in "mK" and "?" not in control[1], control  # colours and erasing, nothing that stays
            if control[2] == "K":
                lines[-1] = ""
            continue
        character, at = written[at], at + 1
        if character == "\r":
            column = 0
        elif character == "\n":
            lines.append("")
        else:
            lines[-1] = lines[-1].ljust(column)[:column] + character + lines[-1][column + 1 :]
            column += 1
            assert column < COLUMNS, "a line that is drawn again must not reach the last column"
    return lines


def test_what_is_left_on_the_screen():
    written = in_terminal()
    lines = screen(written)
    assert lines[0] == "before" and lines[2:] == ["after", ""]
    assert re.fullmatch(
        r"epoch 6/6  loss \d\.\d{4} \(val \d\.\d{4}\)  accuracy \d\.\d{4} \(val \d\.\d{4}\)  \d+\.\d+ s", lines[1]
    )
    assert "━" in written and "batch 3/3" in written and " left" in written
    assert written.rfind("\x1b[") < written.rfind("epoch 6/6")  # the last word is plain


def test_no_color_has_no_colour():
    colours = {control[1] for control in CONTROL.finditer(in_terminal(NO_COLOR="1")) if control[2] == "m"}
    # Weight (1, 2), the end of it (0), and no colour of the foreground (30 and up).
    assert all(int(number or 0) < 30 for colour in colours for number in colour.split(";"))
    coloured = {control[1] for control in CONTROL.finditer(in_terminal()) if control[2] == "m"}
    assert "32" in coloured


def test_ctrl_c_leaves_the_reason_once():
    lines = screen(in_terminal("os.kill(os.getpid(), signal.SIGINT)"))
    assert lines[1].startswith("epoch 4/6  loss")
    assert lines[2:] == ["Stopped by Ctrl-C; the weights are those of the last whole batch.", "after", ""]


def test_an_error_leaves_the_terminal_as_it_was():
    written = in_terminal("raise OSError('own')")
    assert "\x1b[?25l" not in written and written.endswith("OSError: own\r\n")


def test_one_line_an_epoch_in_a_terminal():
    written = in_terminal(verbose=2)
    assert not set(written) & set("\x1b\b")
    lines = screen(written)
    assert [line[:9] for line in lines] == ["before", *(f"epoch {n}/6" for n in range(1, 7)), "after", ""]
