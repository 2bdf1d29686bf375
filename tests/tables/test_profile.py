"""What each column is taken for, and why."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.tables import profile, read_table

N = 100
RNG = np.random.default_rng(0)


def decide(values, name="c"):
    (decision,) = profile(read_table({name: values}))
    return decision


def texts(n):
    return [f"t{i}" for i in range(n)]


CASES = {
    "number": (RNG.normal(size=N), "c", "number", True, "100 different numbers from "),
    "two numbers": ([0.0, 1.0] * 50, "c", "boolean", True, "Two numbers, 0 and 1."),
    "one number or none": ([1.0, None] * 50, "c", "boolean", True, "1 or missing; 50 missing."),
    "empty": ([None] * N, "c", "empty", False, "Every value is missing."),
    "constant": ([3.0] * N, "c", "constant", False, "Every row has the same value, 3."),
    "constant text": (["x"] * N, "c", "constant", False, "Every row has the same value, 'x'."),
    "row numbers": (np.arange(N), "c", "identifier", False, "Every row has its own whole number"),
    "row numbers, mixed": (RNG.permutation(N) + 1, "c", "identifier", False, "Every row has its own whole number"),
    "named number": (RNG.permutation(N) * 7, "patient_id", "identifier", False, "Every row has its own whole number"),
    "camel case": (RNG.permutation(N) * 7, "PassengerId", "identifier", False, "Every row has its own whole number"),
    "prices": (RNG.permutation(N) * 7, "price", "number", True, "100 different numbers from 0 to 693."),
    "yes and no": (["yes", "no"] * 50, "c", "boolean", True, "'no' or 'yes'."),
    "booleans": ([True, None] * 50, "c", "boolean", True, "'true'; 50 missing."),
    "categories": (["a", "b", "c", None] * 25, "c", "category", True, "3 categories, the first 'a'; 25 missing."),
    "rare categories": (["a"] * 90 + texts(10), "c", "category", True, "11 categories, the first 'a'; the 10 rarest"),
    "10,000 categories": (texts(5000) * 2, "c", "text", False, "5,000 different texts, too many to be categories"),
    "text keys": (texts(N), "c", "identifier", False, "Nearly every row has its own text (100 different)"),
    "sentences": ([f"the {i} th of them" for i in range(N)], "c", "text", False, "100 different texts, too many"),
    "often missing": ([*texts(50), *[None] * 50], "c", "category", True, "Nearly every row has its own text (50"),
}


@pytest.mark.parametrize("case", CASES)
def test_kinds(case):
    values, name, kind, use, why = CASES[case]
    decision = decide(values, name)
    assert (decision.kind, decision.use) == (kind, use)
    assert decision.why.startswith(why)
    assert decision.why.endswith(".")


def test_dates():
    decision = decide(np.array(["2024-01-01", "NaT", "2024-03-01"], dtype="datetime64[s]"))
    assert (decision.kind, decision.missing, decision.distinct) == ("date", 1, 2)
    assert decision.why.startswith("Dates from 2024-01-01 to 2024-03-01: ")


def test_counts_of_missing_and_distinct():
    decision = decide([1.0, 2.0, 2.0, 3.0, None])
    assert (decision.missing, decision.distinct) == (1, 3)
    assert decision.to_dict()["kind"] == "number"


def test_the_target_is_left_out():
    table = read_table({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    assert [one.name for one in profile(table, "last")] == ["a"]
    with pytest.raises(DataError, match=r"has no column 'c'\."):
        profile(table, "c")


def test_pimas_zeros_are_hinted(data_folder):
    hinted = {one.name: one.hint for one in profile(read_table("example:pima"), "target") if one.hint}
    assert set(hinted) == {"glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"}  # as its description says
    assert hinted["insulin"] == (
        "374 values of insulin are 0 and the next is 14: if 0 means missing, leave those cells blank."
    )


def test_honest_zeros_are_not_hinted():
    assert decide(RNG.poisson(2.0, size=500)).hint == ""
    assert decide(np.maximum(RNG.normal(size=500), 0)).hint == ""


def test_titanic(data_folder):
    found = {one.name: (one.kind, one.use) for one in profile(read_table("example:titanic"), "Survived")}
    assert found["PassengerId"] == ("identifier", False)
    assert found["Name"] == ("text", False)
    assert found["Sex"] == ("category", True)
    assert found["Cabin"] == ("category", True)  # whether there is one


def test_a_large_column_is_sampled_and_says_so():
    decision = decide(RNG.normal(size=150_000))
    assert decision.why.startswith("At least 100,0")
    assert decide(np.arange(150_000)).kind == "identifier"
    assert decide(np.zeros(150_000)).kind == "constant"
