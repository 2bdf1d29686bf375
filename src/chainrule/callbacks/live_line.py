"""One line of a terminal that is drawn again and again, through rich.

Nothing stays switched on between two drawings (no hidden cursor, no replaced stream): training that ends in an error
leaves the terminal as it was.
"""

from __future__ import annotations

import os
import sys

#: How many characters the bar takes.
BAR = 16
#: Terminals that can't go back to the beginning of a line.
DUMB = ("dumb", "unknown")


def in_terminal() -> bool:
    """Tell whether standard output is a terminal that can draw a line anew."""
    isatty = getattr(sys.stdout, "isatty", None)
    return isatty is not None and isatty() and os.environ.get("TERM", "").lower() not in DUMB


def columns() -> int | None:
    """Return the width of the terminal, or None where standard output is none."""
    if not in_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns


class LiveLine:
    """Draws a bar and what belongs to it in one line.

    `NO_COLOR` takes the colours away; the stream is the standard output of the moment.
    """

    def __init__(self):
        from rich.console import Console
        from rich.control import Control
        from rich.segment import ControlType

        self._console = Console(force_terminal=True, force_jupyter=False, highlight=False, markup=False, emoji=False)
        self._wipe = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
        self._utf8 = self._console.encoding.lower().startswith("utf")
        self._drawn = False

    def draw(self, done: float, text: str) -> None:
        """Draw the bar, filled by the fraction that is done, and the text, cut at the edge of the terminal."""
        from rich.text import Text

        full, empty = ("━", "╌") if self._utf8 else ("#", "-")
        filled = min(max(int(BAR * done), 0), BAR)
        line = Text.assemble((full * filled, "green"), (empty * (BAR - filled), "bright_black"), "  ", text)
        # One column stays free: a character in the last one makes some terminals begin a new line.
        line.truncate(self._console.width - 1, overflow="ellipsis" if self._utf8 else "crop")
        self._console.control(self._wipe)
        self._console.print(line, end="", no_wrap=True, crop=False, overflow="ignore")
        self._drawn = True

    def clear(self) -> None:
        """Wipe the line, so that something else can be printed in its place."""
        if self._drawn:
            self._console.control(self._wipe)
            self._drawn = False
