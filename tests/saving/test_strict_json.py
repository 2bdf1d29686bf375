"""JSON from strangers."""

from __future__ import annotations

import json

import pytest

from chainrule.errors import ModelFileError
from chainrule.saving.limits import MAX_JSON_DEPTH, MAX_JSON_ENTRIES
from chainrule.saving.strict_json import check_depth, parse, write


def test_reads_what_it_writes():
    value = {"units": 12, "rate": 0.1, "name": "größe ✓", "seed": 2**64 - 1, "list": [None, True, -3, 1e-300]}
    assert parse(write(value, "it"), "it") == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "it has the key 'a' twice"),
        ('{"a": NaN}', "it holds NaN; only finite numbers are let in"),
        ('{"a": -Infinity}', "it holds -Infinity"),
        ('{"a": 1e999}', "it has the number 1e999, which is infinite"),
        ('{"a": 18446744073709551617}', "it has the number 18446744073709551617…, which is beyond 64 bits"),
        ("9" * 5000, "beyond 64 bits"),
        ("[" * 70 + "]" * 70, "it is nested more than 64 levels deep"),
        ("[" * 100_000, "it is nested more than 64 levels deep"),
        ("[1, 2", "it is damaged: not JSON"),
        ("", "it is damaged: not JSON"),
        ("[" + "0," * MAX_JSON_ENTRIES + "0]", "it has more than 200,000 entries"),
    ],
)
def test_refuses(text, said):
    with pytest.raises(ModelFileError) as caught:
        parse(text, "it")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200
    assert caught.value.__cause__ is None and (caught.value.__context__ is None or caught.value.__suppress_context__)


def test_depth_counts_levels():
    # 64 levels are [[…[]…]] with 64 opening brackets.
    deepest = json.loads("[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH)
    check_depth(deepest, "it")
    with pytest.raises(ModelFileError, match="nested"):
        check_depth([deepest], "it")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"f": print}, "can't be written as JSON"),
        ({"f": float("nan")}, "can't be written as JSON"),
        ({("a", 1): 2}, "can't be written as JSON"),
        ({"f": "\ud800"}, "half a surrogate pair"),
        ({"f": 2**65}, "beyond 64 bits"),
    ],
)
def test_writes_only_what_it_would_read(value, said):
    with pytest.raises(ModelFileError, match=said):
        write(value, "the data contract")
