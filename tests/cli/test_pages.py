"""The pages on the command line are true: each `console` block is run, and prints what the page shows.

A block is `$ command` lines with what they print below them (standard output, then standard error). Where a `...`
stands, anything may stand. On the page on tables numbers with a fraction may differ: networks differ in the last digits
from one machine to the next.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CHECKER = doctest.OutputChecker()


def steps_of(page: Path):
    """Yield ("python", code, "") and ("console", command, what it prints) in the page's order."""
    for kind, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            yield kind, content, ""
            continue
        for step in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
            command, _, printed = step.partition("\n")
            yield kind, command, printed


#: What may differ from one machine to the next: fractions, counts of what training did, rows of counts.
DIFFERS = re.compile(
    r"-?\d+\.\d+(e[-+]\d+)?|(?<=epoch )\d+|\b[\d,]+(?= (%|epochs|bytes|parameters|gradients))|(?<=\w)(\s+\d+){2,}$",
    re.MULTILINE,
)


def masked(text: str) -> str:
    """Return a text with `#` for what may differ between machines."""
    return DIFFERS.sub("#", text)


def test_only_what_may_differ_is_masked():
    assert masked("accuracy 94.9 % on 98 rows") == "accuracy # % on 98 rows"
    assert masked("network 1 of 10: 15 epochs, best at epoch 5") == "network 1 of 10: # epochs, best at epoch #"
    assert masked("benign    58   2\nmalignant  3  35") == "benign#\nmalignant#"


def run_step(call, command: str) -> str:
    """Run a command of a page and return what it prints."""
    words = shlex.split(command)
    if words[0] == "head":
        return "".join(Path(words[-1]).read_text(encoding="utf-8").splitlines(keepends=True)[: int(words[2])])
    assert words[0] == "chainrule"
    target = None
    if ">" in words:
        target = words[words.index(">") + 1]
        words = words[: words.index(">")]
    called = call(*words[1:])
    if target is not None:
        Path(target).write_text(called.out, encoding="utf-8")
    return (called.out if target is None else "") + called.err


@pytest.mark.parametrize("page", ["command_line.md", "tables.md"])
def test_the_commands_of_a_page_print_what_it_shows(call, page):
    steps = list(steps_of(DOCS / page))
    assert any(kind == "console" for kind, _, _ in steps)
    for kind, what, shown in steps:
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(what, page, "exec"), {"__name__": "example"})
            continue
        printed = run_step(call, what)
        if page == "command_line.md":
            assert printed.rstrip() == shown.rstrip(), what
        else:
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            assert CHECKER.check_output(masked(shown), masked(printed), flags), f"{what} prints\n{printed}"


def test_every_command_has_its_help_on_the_page():
    from chainrule.cli.app import SHORT

    shown = {command for kind, command, _ in steps_of(DOCS / "command_line.md") if kind == "console"}
    assert {f"chainrule {command.__name__} --help" for command in SHORT} <= shown


def test_the_help_of_every_command_has_an_example_and_fits_80_columns(call):
    from chainrule.cli.app import SHORT

    for command in SHORT:
        out = call(command.__name__, "--help").out
        assert f"\n  chainrule {command.__name__}" in out
        assert max(len(line) for line in out.splitlines()) <= 80
        assert "\x1b" not in out
