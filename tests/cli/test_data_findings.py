"""What `doctor` finds in tables that have it, and that it finds nothing in one that has not."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.cli.data_findings import data_findings
from chainrule.tables import read_table

N = 200
TURN = np.arange(N)
#: Without a pattern: the remainders of a walk in steps of a prime.
X1, X2 = (TURN * 7919) % 199 / 10.0, (TURN * 104729) % 197 / 7.0
CLASSES = np.where((TURN * 15485863) % 101 > 50, "yes", "no").astype(object)


def found(columns, target=None):
    return {(one["about"], one["kind"]): one["text"] for one in data_findings(read_table(columns), target)[1]}


def test_a_table_without_fault_has_no_finding():
    assert found({"x1": X1, "x2": X2, "ill": CLASSES}, "ill") == {}


def test_few_rows():
    assert found({"x": [1.0, 2.0, 4.0]})["rows", "few rows"] == "There are 3 rows; scores of so few are very uncertain."


def test_rows_that_are_there_twice():
    x = X1.copy()
    x2 = X2.copy()
    x[10], x2[10] = x[3], x2[3]  # row 11 is row 4 again
    x[50], x2[50] = x[3], x2[3]
    assert found({"x1": x, "x2": x2}) == {
        (
            "rows",
            "duplicates",
        ): "2 rows are there twice or more, the first of them row 11; copies can fall on both sides of the test."
    }


def test_missing_values_count_as_equal_in_copies():
    x = np.where(TURN < 2, np.nan, X1)
    x2 = np.where(TURN < 2, 1.0, X2 + 100)
    assert ("rows", "duplicates") in found({"x1": x, "x2": x2})


def test_a_column_that_is_mostly_missing():
    x = np.where(TURN % 4 == 0, X2, np.nan)
    assert found({"x1": X1, "x2": x})["x2", "missing"] == "75% of 'x2' is missing."


def test_zeros_that_mean_missing():
    pressure = np.where(TURN % 10 == 0, 0.0, 60 + X1 * 2)
    assert "0" in found({"x1": X1, "pressure": pressure})["pressure", "zeros"]


def test_columns_that_say_the_same_in_other_words():
    sex = np.where(CLASSES == "yes", "m", "f").astype(object)
    columns = {"x1": X1, "x2": X2, "sex": sex, "code": np.where(sex == "m", 1.0, 2.0)}
    assert found(columns) == {
        ("code", "same column"): "'code' says the same in every row as 'sex'; one of them is enough."
    }


def test_a_rare_class_and_one_that_is_too_rare():
    rare = np.where(TURN % 14 == 0, "rare", "usual").astype(object)  # 15 of 200
    text = "Class 'rare' is 7.5% of the rows: accuracy says little of it; look at the confusion matrix."
    assert found({"x1": X1, "x2": X2, "y": rare}, "y") == {("y", "imbalance"): text}
    rarer = np.where(TURN < 3, "rare", "usual").astype(object)
    text = "Class 'rare' has 3 rows: too few to be learnt or tested."
    assert found({"x1": X1, "x2": X2, "y": rarer}, "y")["y", "imbalance"] == text


@pytest.mark.parametrize(
    "leak", [np.where(CLASSES == "yes", 7.0, 3.0) + X1 / 100, np.where(CLASSES == "yes", "A", "B")]
)
def test_a_column_that_gives_the_class_away(leak):
    findings = found({"x1": X1, "x2": X2, "leak": leak, "ill": CLASSES}, "ill")
    assert findings["leak", "leak"] == "'leak' alone says 'ill' in 100.0% of the rows: is it known before 'ill' is?"


def test_a_column_that_gives_the_number_away():
    findings = found({"x1": X1, "x2": X2, "net": X1 * 3 + 0.001 * X2, "price": X1}, "price")
    text = "'net' alone says 'price' (correlation 1.000): is it known before 'price' is?"
    assert findings["net", "leak"] == text
    assert ("x2", "leak") not in findings


def test_rows_without_a_target_and_a_target_that_never_changes():
    some = CLASSES.copy()
    some[:5] = None
    findings = found({"x1": X1, "x2": X2, "ill": some}, "ill")
    assert findings["ill", "target missing"] == "5 rows have no 'ill'; training leaves them out."
    findings = found({"x1": X1, "x2": X2, "ill": ["no"] * N}, "ill")
    assert findings["ill", "target constant"] == "'ill' has no two different values, so there is nothing to learn."


def test_dates_are_looked_at_too():
    days = np.datetime64("2024-01-01", "s") + TURN.astype("timedelta64[D]")
    late = np.where(TURN >= 100, "late", "early").astype(object)  # what the day says is said by the day
    assert ("day", "leak") in found({"x1": X1, "day": days, "y": late}, "y")
