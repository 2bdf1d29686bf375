"""What is printed is recorded, printed all the same, and the streams are put back."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from chainrule.runs import Recorder, Run
from chainrule.runs import recorder as recorder_module
from chainrule.runs.console import Capture, Lines
from chainrule.runs.output_rows import OutputRows

LIMIT = 60.0


def test_both_streams_are_recorded_and_printed(tmp_path, capsys):
    before = sys.stdout, sys.stderr
    with Recorder(tmp_path) as recorder:
        print("to standard output")
        print("to standard error", file=sys.stderr)
        sys.stdout.writelines(["one\n", "two"])
        assert sys.stdout.encoding == before[0].encoding and sys.stdout.isatty() == before[0].isatty()
    assert (sys.stdout, sys.stderr) == before
    assert Run(recorder.path).output == "to standard output\nto standard error\none\ntwo"
    assert capsys.readouterr() == ("to standard output\none\ntwo", "to standard error\n")


def test_without_capture_streams_are_left_alone(tmp_path):
    before = sys.stdout
    with Recorder(tmp_path, capture_output=False) as recorder:
        assert sys.stdout is before
        print("not recorded")
    assert Run(recorder.path).output == ""


def test_a_line_without_an_end_is_there_before_it_ends(tmp_path):
    with Recorder(tmp_path) as recorder:
        print("epoch 1 …", end="")
        assert recorder.flush(LIMIT) and Run(recorder.path).output == "epoch 1 …"
        print("\repoch 1 is done")
        assert recorder.flush(LIMIT) and Run(recorder.path).output == "epoch 1 is done\n"


@pytest.mark.parametrize(
    ("parts", "ended", "unfinished"),
    [
        (["1%\r", "2%\r", "3%\n"], "3%\n", ""),
        (["1%", "\r2%", "\r"], "", "2%"),
        (["\r\x1b[2K1%", "\r\x1b[2Kdone\n"], "done\n", ""),
        (["a\r\nb\r", "\nc"], "a\nb\n", "c"),
        (["\x1b[1;31mred\x1b[0m\n"], "red\n", ""),
        (["", "\n", ""], "\n", ""),
    ],
)
def test_a_line_drawn_again_is_kept_as_it_was_last(parts, ended, unfinished):
    lines = Lines()
    assert "".join(lines.feed(part) for part in parts) == ended
    assert lines.unfinished == unfinished


def test_recorders_within_each_other_leave_nothing_behind_in_any_order(tmp_path):
    before = sys.stdout
    for order in ((0, 1), (1, 0)):
        pair = [Recorder(tmp_path), Recorder(tmp_path)]
        for index in order:
            print(f"before the end of {index}")
            pair[index].finish()
        assert sys.stdout is before
        first, second = (Run(pair[index].path).output for index in order)
        assert f"before the end of {order[1]}" in second and f"before the end of {order[0]}" in first


def test_a_stream_that_another_has_put_there_stays(tmp_path):
    before = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()) as other:
        with Recorder(tmp_path):
            within = io.StringIO()
            kept, sys.stdout = sys.stdout, within
        assert sys.stdout is within  # not ours to take away
        sys.stdout = kept
        print("through a recorder that has ended")
        assert other.getvalue() == "through a recorder that has ended\n"
    assert sys.stdout is before


def test_errors_of_the_stream_itself_are_the_streams(tmp_path, monkeypatch):
    class Closed:
        def write(self, text):
            raise BrokenPipeError("nobody reads")

    monkeypatch.setattr(sys, "stdout", Closed())
    with Recorder(tmp_path), pytest.raises(BrokenPipeError, match="nobody reads"):
        sys.stdout.write("text")


def test_a_program_without_a_console_can_be_recorded(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    capture = Capture(lambda stream, text: None)
    assert sys.stdout is None
    capture.stop()
    assert sys.stdout is None


def text_of(statements, rows: dict[int, str]) -> str:
    for sql, values in statements:
        if sql.startswith("INSERT"):
            rows[values[0][0]] = values[0][3]
        else:
            del rows[values[0][0]]
    return "".join(rows.values())


def test_of_much_output_the_first_and_the_last_is_kept():
    output, rows, text = OutputRows(head=50, tail=50), {}, ""
    for number in range(1000):
        text = text_of(output.take([("stdout", f"line {number}\n")], 0.0), rows)
    assert text.startswith("line 0\nline 1\n") and text.endswith("line 998\nline 999\n") and len(text) <= 100
    assert output.left_out + len(text) == sum(len(f"line {number}\n") for number in range(1000))


def test_a_gigabyte_in_one_go_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "MOST_CHARACTERS", 1000)
    with contextlib.redirect_stdout(io.StringIO()), Recorder(tmp_path) as recorder:
        with recorder.writer.in_use:
            for _ in range(1000):
                print("x" * 99)
        print("y" * 10_000)
    assert len(Run(recorder.path).output) < 5000


def test_text_that_utf8_has_no_place_for_is_recorded(tmp_path):
    with contextlib.redirect_stdout(io.StringIO()), Recorder(tmp_path) as recorder:
        print("\udcff")
    assert Run(recorder.path).output == "\\udcff\n"
