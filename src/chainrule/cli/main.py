"""`run`: the command `chainrule`. Whatever goes wrong becomes one sentence on standard error and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator, Sequence

from chainrule.cli.pipes import quiet_pipes
from chainrule.cli.wording import WrongUse, sentence_of, wrong_use
from chainrule.errors import ArgumentError

#: Exit codes: the command did what was asked; it failed; it was asked wrongly; it was stopped by Ctrl-C.
DONE, FAILED, WRONG_USE, STOPPED = 0, 1, 2, 130
#: Set to anything but nothing, it shows Python's traceback in place of the sentence.
DEBUG = "CHAINRULE_DEBUG"


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands behind `chainrule`; by default what this process was given.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C before there was anything to keep.

    Examples
    --------
    >>> run(["doctor", "--help"])  # doctest: +ELLIPSIS
    Usage: chainrule doctor ...
    0
    """
    with quiet_pipes(), _plain_warnings():
        try:
            code = _run(list(sys.argv[1:] if arguments is None else arguments))
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where a full disk still gets its sentence and its exit code
            return code
        except KeyboardInterrupt:
            _tell("Stopped by Ctrl-C; nothing was written.")
            return STOPPED
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            _tell(sentence_of(error))
            return WRONG_USE if isinstance(error, (ArgumentError, WrongUse)) else FAILED


def _run(arguments: list[str]) -> int:
    try:
        import typer
        from typer.main import get_command
    except ImportError:
        _tell('The command line needs typer: pip install "chainrule[tables]"')
        return FAILED
    from chainrule.cli.app import app

    try:
        code = get_command(app).main(arguments or ["--help"], prog_name="chainrule", standalone_mode=False)
    except typer.TyperException as error:
        _tell(wrong_use(error, arguments))
        return WRONG_USE
    if code == STOPPED:  # what typer makes of Ctrl-C
        raise KeyboardInterrupt
    return code if isinstance(code, int) else DONE


def _tell(sentence: str) -> None:
    print(f"chainrule: {sentence}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show a warning as a line of text, without the file and the line of code it came from."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *rest, **more: print(f"Note: {message}", file=sys.stderr)
        yield
