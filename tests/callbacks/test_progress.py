"""ProgressBar: plain lines outside a terminal, one live line inside."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys

import pytest

from chainrule.callbacks import CallbackList, EarlyStopping, LambdaCallback, LearningRateScheduler, ProgressBar
from chainrule.errors import ArgumentError

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]|\x1b\[[0-9;]*9[0-7]|\x1b\[[0-9;]*38")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LONG = {name: 0.5 for name in ("loss", "accuracy", "precision", "recall", "auc", "val_loss", "val_precision")}
LONG_SHOWN = "loss 0.5000 (val 0.5000)  accuracy 0.5000  precision 0.5000 (val 0.5000)  recall 0.5000  auc 0.5000"


class Clock:
    """A clock that goes on by `step` seconds each time an epoch is over, and at no other time."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        return self.now

    def tick(self, *_):
        self.now += self.step


def show(dictated, verbose, n, step=1.0, logs=None, batches=0, more=()):
    clock = Clock(step)
    # The time of an epoch passes before its end is shown.
    hand = LambdaCallback(on_epoch_begin=lambda epoch, logs: None, on_epoch_end=clock.tick)
    hand_of_batches = [LambdaCallback(on_train_batch_end=clock.tick)] if batches else []
    model = dictated.Model()
    model.run(
        [hand, *hand_of_batches, *more, ProgressBar(verbose, clock)],
        [dict(logs or {"loss": 0.4821, "accuracy": 0.776}) for _ in range(n)],
        batches=batches,
    )
    return model


@pytest.mark.parametrize("verbose", [1, 2, "auto", True])
def test_plain_lines_where_there_is_no_terminal(dictated, capsys, verbose):
    show(dictated, verbose, 3)
    out = capsys.readouterr().out
    assert out.splitlines() == [f"epoch {n}/3  loss 0.4821  accuracy 0.7760  1.00 s" for n in (1, 2, 3)]
    assert not set(out) & set("\x1b\r\b")


def test_validation_stands_beside_training_and_all_fits_80_columns(dictated, capsys):
    logs = {"loss": 0.4821, "accuracy": 0.776, "val_loss": 0.5012, "val_accuracy": 0.7532}
    show(dictated, 1, 150, step=0.0, logs=logs)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "epoch 150/150  loss 0.4821 (val 0.5012)  accuracy 0.7760 (val 0.7532)  0.00 s" and len(last) <= 80


def test_a_number_of_validation_alone_is_shown(dictated, capsys):
    show(dictated, 2, 1, logs={"loss": 0.5, "val_auc": 0.75})
    assert capsys.readouterr().out == "epoch 1/1  loss 0.5000  val_auc 0.7500  1.00 s\n"


@pytest.mark.parametrize("verbose", [0, False])
def test_silent(dictated, capsys, verbose):
    show(dictated, verbose, 3)
    assert capsys.readouterr().out == ""


def test_of_many_epochs_a_line_every_two_seconds(dictated, capsys):
    # 0.5 s an epoch: shown at 0.5 s (epoch 1), 2.5 s (5), 4.5 s (9), ... every fourth, and the last
    show(dictated, 2, 60, step=0.5)
    shown = [int(line.split()[1].split("/")[0]) for line in capsys.readouterr().out.splitlines()]
    assert shown == [*range(1, 60, 4), 60]


def test_ten_thousand_quick_epochs_are_two_lines(dictated, capsys):
    show(dictated, 1, 10_000, step=0.0)
    assert [line.split("  loss")[0] for line in capsys.readouterr().out.splitlines()] == [
        "epoch     1/10000",
        "epoch 10000/10000",
    ]


def test_an_early_end_shows_its_last_epoch_and_why(dictated, capsys):
    show(dictated, 2, 100, step=0.0, logs={"loss": 1.0}, more=[EarlyStopping("loss", patience=6)])
    assert [line[:16] for line in capsys.readouterr().out.splitlines()] == [
        "epoch   1/100  l",
        "epoch   7/100  l",
        "EarlyStopping: l",
    ]


def test_plain_lines_are_not_wrapped_outside_a_terminal(dictated, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    show(dictated, 2, 1, logs=LONG)
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("verbose", [1, 2])
def test_lines_in_a_terminal_break_between_numbers(dictated, terminal, verbose):
    stream = terminal()
    show(dictated, verbose, 1, logs=LONG)
    lines = ESCAPE.sub("", stream.getvalue().split("\r")[-1]).splitlines()
    assert all(len(line) <= 80 for line in lines) and len(lines) == 2
    assert lines[0].startswith("epoch 1/1  loss 0.5000") and lines[1].startswith("    ")
    assert "  ".join(line.strip() for line in lines) == f"epoch 1/1  {LONG_SHOWN}  1.00 s"


def frames(stream):
    """Return what each drawing of the live line shows."""
    return [ESCAPE.sub("", part) for part in stream.getvalue().split("\r") if ESCAPE.sub("", part).strip()]


def test_the_live_line(dictated, terminal):
    stream = terminal()
    # 10 epochs of 1 s. After the third: 3/10 done in 3 s, so 7 s are left; ⌊16 · 0.3⌋ = 4 marks of the bar are full.
    show(dictated, 1, 10)
    drawn = frames(stream)
    assert drawn[2] == "━" * 4 + "╌" * 12 + "  epoch  3/10  7.00 s left  loss 0.4821  accuracy 0.7760"
    assert drawn[-1] == "epoch 10/10  loss 0.4821  accuracy 0.7760  1.00 s\n"
    assert len(drawn) == 11 and stream.getvalue().count("\n") == 1
    assert COLOUR.search(stream.getvalue())


def test_the_live_line_never_fills_the_last_column(dictated, terminal):
    stream = terminal()
    show(dictated, 1, 3, logs=LONG)
    drawn = frames(stream)[:3]
    assert [len(frame) for frame in drawn] == [79, 79, 79] and all(frame.endswith("…") for frame in drawn)


def test_the_live_line_is_drawn_ten_times_a_second(dictated, terminal):
    stream = terminal()
    # 1,000 epochs of 1/64 s (exact in binary); 7/64 s is the first over 0.1 s. So epochs 1, 8, … 995 are drawn, 143 of
    # them, and the line that stays.
    show(dictated, 1, 1000, step=1 / 64)
    assert len(frames(stream)) == 143 + 1


def test_a_slow_epoch_is_watched_batch_by_batch(dictated, terminal):
    stream = terminal()
    # 2 epochs of 4 batches of 1 s, and 1 s more
    show(dictated, 1, 2, batches=4)
    drawn = frames(stream)
    assert drawn[1].split("  ")[1:5] == ["epoch 1/2", "6.00 s left", "batch 2/4", "loss 0.4821"]
    assert len(drawn) == 2 * (4 + 1) + 1


def test_batches_are_watched_only_while_epochs_are_slow(terminal):
    terminal()
    clock = Clock(0)
    bar = ProgressBar(1, clock)
    called = CallbackList([bar], params={"epochs": 3, "steps": 2})
    assert not called.needs_batches
    called.on_train_begin({})
    watched = []
    for epoch, seconds in enumerate((0.1, 2.0)):
        called.on_epoch_begin(epoch, {})
        watched.append(called.needs_batches)
        clock.now += seconds
        called.on_epoch_end(epoch, {"loss": 1.0})
    assert [*watched, called.needs_batches] == [True, False, True]
    called.on_train_end({})
    assert not called.needs_batches


def test_no_color(dictated, terminal, monkeypatch):
    stream = terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    show(dictated, 1, 3)
    assert len(frames(stream)) == 4 and not COLOUR.search(stream.getvalue())


def test_a_dumb_terminal_gets_plain_lines(dictated, terminal, monkeypatch):
    stream = terminal()
    monkeypatch.setenv("TERM", "dumb")
    show(dictated, 1, 2)
    assert not set(stream.getvalue()) & set("\x1b\r\b") and len(stream.getvalue().splitlines()) == 2


def test_a_terminal_without_unicode(dictated, terminal, monkeypatch):
    stream = terminal()
    monkeypatch.setattr(type(stream), "encoding", "ascii")
    show(dictated, 1, 2, logs=LONG)
    stream.getvalue().encode("ascii")
    assert frames(stream)[0].startswith("########--------  epoch 1/2")


def test_nothing_of_the_terminal_stays_switched_on(dictated, terminal):
    stream = terminal()

    def fail(epoch, logs):
        raise KeyError("user's own")

    with pytest.raises(KeyError):
        show(dictated, 1, 3, more=[LambdaCallback(on_epoch_end=fail)])
    assert sys.stdout is stream and "\x1b[?25l" not in stream.getvalue()


def test_other_callbacks_print_in_place_of_the_live_line(dictated, terminal):
    stream = terminal()
    show(dictated, 1, 2, more=[LearningRateScheduler(lambda epoch: 0.5, verbose=1)])
    # What a line of the terminal shows in the end is what was written behind its last carriage return.
    lines = [ESCAPE.sub("", line.split("\r")[-1]) for line in stream.getvalue().split("\n")]
    assert lines[:2] == ["epoch 1: learning rate 0.5", "epoch 2: learning rate 0.5"]


def test_writes_to_the_stream_of_the_moment(dictated, monkeypatch):
    bar, stream = ProgressBar(2, lambda: 0.0), io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    dictated.Model().run([bar], [{"loss": 1.0}])
    assert stream.getvalue() == "epoch 1/1  loss 1.0000  0.00 s\n"


def test_no_standard_output_at_all(dictated, monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    assert dictated.Model().run([ProgressBar(1, lambda: 0.0)], [{"loss": 1.0}]) == 1


def test_every_epoch_is_logged(dictated, caplog):
    caplog.set_level(logging.DEBUG, logger="chainrule")
    show(dictated, 0, 2, step=0.0)
    assert caplog.messages == [f"epoch {n}/2  loss 0.4821  accuracy 0.7760  0.00 s" for n in (1, 2)]


@pytest.mark.parametrize("verbose", [3, -1, "loud", 1.5, None])
def test_refused(verbose):
    with pytest.raises(
        ArgumentError, match=r"ProgressBar's verbose is 0 \(silent\), 1, 2 \(one line an epoch\) or 'auto'; received "
    ):
        ProgressBar(verbose)


def test_fit_shows_its_epochs(network, capsys):
    network.make().fit(network.X, network.Y, epochs=2, verbose=2)
    assert re.fullmatch(r"(epoch \d/2  loss \d\.\d{4}  accuracy \d\.\d{4}  \d+\.\d\d s\n){2}", capsys.readouterr().out)


def test_why_fit_ended_is_said_once(network, capsys):
    stopping = EarlyStopping("loss", min_delta=100, patience=1)
    history = network.make().fit(network.X, network.Y, epochs=9, verbose=1, callbacks=[stopping])
    out = capsys.readouterr().out
    assert out.count(history.stopped) == 1 and out.endswith(f"{history.stopped}\n")


def test_nothing_is_printed_on_import():
    done = subprocess.run([sys.executable, "-c", "import chainrule.callbacks"], capture_output=True, check=True)
    assert done.stdout == done.stderr == b""


def test_rich_is_imported_in_a_terminal_only():
    script = (
        "import sys, chainrule.callbacks as c; bar = c.ProgressBar(1); bar.on_train_begin(); bar.on_epoch_begin(0); "
        "bar.on_epoch_end(0, {'loss': 1.0}); bar.on_train_end(); print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
