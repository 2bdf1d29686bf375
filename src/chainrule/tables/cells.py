"""What a column of text holds: numbers (and how they are written), dates, or text; and the SQL that reads it so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chainrule.tables.database import literal

#: What stands for a missing value, in lower case and without blanks around.
MISSING = ("", "?", "na", "n/a", "#n/a", "nan", "null", "none", "-", "<na>")
#: A column is of numbers (or dates) if so many of its values can be read so; the others count as missing.
SHARE = 0.9
#: A whole number of more digits is a code: float64 can't hold it.
MAX_DIGITS = 15
#: What SQL returns for a date that is missing (NumPy's NaT), and for a text that is no date.
NO_DATE, BAD_DATE = -(2**63), -(2**63) + 1

_EXPONENT = r"(?:[eE][+-]?\d+)?"


@dataclass(frozen=True)
class Format:
    """How a column is written: its kind, what notes call it, what its texts look like, how SQL reads the text {x}."""

    kind: str
    name: str
    pattern: str
    sql: str
    strptime: str = ""

    def matches(self, text: str) -> bool:
        """Tell a text that is written so."""
        if not re.fullmatch(self.pattern, text):
            return False
        if self.strptime:
            try:
                datetime.strptime(re.split(r"[ T]", text)[0], self.strptime)
            except ValueError:
                return False
        return True


def _strptime(form: str) -> str:
    forms = ", ".join(literal(form + time) for time in ("", " %H:%M", " %H:%M:%S"))
    return f"try_strptime({{x}}, [{forms}])"


TEXT = Format("text", "text", ".*", "{x}")
#: Infinity is let in here, to be counted as missing later, so that the column stays one of numbers.
PLAIN = Format("number", "number", rf"[+-]?(?:(?:\d+\.?\d*|\.\d+){_EXPONENT}|[iI]nf(?:inity)?)", "{x}")
DECIMAL_COMMA = Format(
    "number",
    "decimal comma",
    rf"[+-]?(?:\d+|\d*,\d+|\d+,|\d{{1,3}}(?:\.\d{{3}})+(?:,\d*)?){_EXPONENT}",
    "replace(replace({x}, '.', ''), ',', '.')",
)
THOUSANDS = Format(
    "number",
    "commas between thousands",
    rf"[+-]?(?:\d+\.?\d*|\.\d+|\d{{1,3}}(?:,\d{{3}})+(?:\.\d*)?){_EXPONENT}",
    "replace({x}, ',', '')",
)
SPACED = Format(
    "number",
    "blanks or apostrophes between thousands",
    r"[+-]?(?:\d+|\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+)(?:[.,]\d*)?",
    "replace(regexp_replace({x}, '[ ''’\u00a0\u202f]', '', 'g'), ',', '.')",
)
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_CLOCK = r"(?: \d{1,2}:\d{2}(?::\d{2})?)?"
ISO = Format("date", "year-month-day", r"\d{4}-\d{1,2}-\d{1,2}" + _TIME, "try_cast({x} AS TIMESTAMP)", "%Y-%m-%d")
DATES = (
    ISO,
    Format("date", "year/month/day", r"\d{4}/\d{1,2}/\d{1,2}" + _CLOCK, _strptime("%Y/%m/%d"), "%Y/%m/%d"),
    Format("date", "day.month.year", r"\d{1,2}\.\d{1,2}\.\d{4}" + _CLOCK, _strptime("%d.%m.%Y"), "%d.%m.%Y"),
    Format("date", "month/day/year", r"\d{1,2}/\d{1,2}/\d{4}" + _CLOCK, _strptime("%m/%d/%Y"), "%m/%d/%Y"),
    Format("date", "day/month/year", r"\d{1,2}/\d{1,2}/\d{4}" + _CLOCK, _strptime("%d/%m/%Y"), "%d/%m/%Y"),
    Format("date", "day-month-year", r"\d{1,2}-\d{1,2}-\d{4}" + _CLOCK, _strptime("%d-%m-%Y"), "%d-%m-%Y"),
)


def is_missing(text: str | None) -> bool:
    """Tell a text that stands for a missing value.

    Examples
    --------
    >>> is_missing(" N/A "), is_missing("0")
    (True, False)
    """
    return text is None or text.strip().lower() in MISSING


def format_of(texts: Sequence[str], delimiter: str = ",") -> Format:
    """Return how the texts of a column are written.

    Parameters
    ----------
    texts : sequence of str
        A sample; missing ones may be among them.
    delimiter : str
        Of the file: where it is no comma, "1,234" has a decimal comma; where it is, a comma between thousands.

    Examples
    --------
    >>> format_of(["1", "2.5", "?"]).name, format_of(["1,5", "2"], ";").name, format_of(["007", "012"]).name
    ('number', 'decimal comma', 'text')
    """
    values = [text.strip() for text in texts if not is_missing(text)]
    if any(map(_is_code, values)):
        return TEXT
    if all(map(PLAIN.matches, values)):
        return PLAIN
    commas = (THOUSANDS, DECIMAL_COMMA) if delimiter == "," else (DECIMAL_COMMA, THOUSANDS)
    ranked = [(sum(map(form.matches, values)), form) for form in (PLAIN, *commas, SPACED, *DATES)]
    best = max(count for count, _ in ranked)
    if best < SHARE * len(values):
        return TEXT
    return next(form for count, form in ranked if count == best)


def _is_code(value: str) -> bool:
    """Tell digits that are no number: 00123, and those with more digits than a float64 holds."""
    digits = value.lstrip("+-")
    return digits.isdecimal() and (len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"))


def select(column: str, form: Format) -> str:
    """Return the SQL that reads a column of text; infinity stands for what is no number, BAD_DATE for no date."""
    trimmed = f"trim({column}, ' \t')"
    missing = f"({column} IS NULL OR lower({trimmed}) IN ({', '.join(map(literal, MISSING))}))"
    if form.kind == "number":
        read = f"try_cast({form.sql.format(x=column)} AS DOUBLE)"
        return f"coalesce({read}, CASE WHEN {missing} THEN 'nan'::DOUBLE ELSE 'infinity'::DOUBLE END)"
    if form.kind == "date":
        read = f"CAST(floor(epoch({form.sql.format(x=trimmed)})) AS BIGINT)"
        return f"coalesce({read}, CASE WHEN {missing} THEN '{NO_DATE}'::BIGINT ELSE '{BAD_DATE}'::BIGINT END)"
    return f"CASE WHEN {missing} THEN NULL ELSE {trimmed} END"


def dtype_of(form: Format) -> str:
    """Return the dtype of the column that `select` reads."""
    return {"number": "f8", "date": "i8"}.get(form.kind, "O")
