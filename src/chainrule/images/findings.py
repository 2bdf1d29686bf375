"""What was found in files while they were read: left out, or read with something changed. Told once, by kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: So many files of each kind are named, the rest is counted.
N_NAMED = 3

#: What is said of one file, and of several, that are left out …
LEFT_OUT = {
    "other file": ("has no image's suffix", "have no image's suffix"),
    "loose": ("lies in no class's folder", "lie in no class's folder"),
    "empty": ("is empty", "are empty"),
    "no image": ("is no image", "are no images"),
    "damaged": ("is damaged or cut short", "are damaged or cut short"),
    "too large": ("has too many pixels", "have too many pixels"),
    "deep": ("has pixels of 32 bits", "have pixels of 32 bits"),
    "closed": ("can't be opened", "can't be opened"),
}
#: … or used, with something changed.
CHANGED = {
    "CMYK": ("is in CMYK, and was turned into RGB", "are in CMYK, and were turned into RGB"),
    "16-bit": (
        "has 16 bits a colour, of which the upper 8 were taken",
        "have 16 bits a colour, of which the upper 8 were taken",
    ),
    "palette": ("has a palette, which was turned into colours", "have a palette, which was turned into colours"),
    "animated": (
        "is animated or has pages, of which the first was taken",
        "are animated or have pages, of which the first was taken",
    ),
}


@dataclass(frozen=True, order=True)
class Finding:
    """Something to say about a file.

    Attributes
    ----------
    file : str
    kind : str
        A key of `LEFT_OUT` or `CHANGED`.
    reason : str
        What went wrong, in a sentence; empty where the kind says it all.
    """

    file: str
    kind: str
    reason: str = ""

    @property
    def left_out(self) -> bool:
        """Whether the file is not used."""
        return self.kind in LEFT_OUT


def sentences(findings: Iterable[Finding]) -> list[str]:
    """Return a sentence for each kind of finding, with the number of files and the first of them.

    Examples
    --------
    >>> sentences([Finding("a.png", "damaged"), Finding("b.txt", "other file"), Finding("c.png", "damaged")])
    ["1 file has no image's suffix and is left out: b.txt.",
     '2 files are damaged or cut short and are left out: a.png, c.png.']
    """
    files: dict[str, list[str]] = {}
    for finding in sorted(set(findings)):
        files.setdefault(finding.kind, []).append(finding.file)
    return [_sentence(kind, files[kind]) for kind in (*LEFT_OUT, *CHANGED) if kind in files]


def _sentence(kind: str, files: list[str]) -> str:
    one = len(files) == 1
    text = {**LEFT_OUT, **CHANGED}[kind][0 if one else 1]
    if kind in LEFT_OUT:
        text += f" and {'is' if one else 'are'} left out"
    more = f" and {len(files) - N_NAMED:,} more" if len(files) > N_NAMED else ""
    return f"{len(files):,} file{'' if one else 's'} {text}: {', '.join(files[:N_NAMED])}{more}."
