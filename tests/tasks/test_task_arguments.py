"""Arguments and results: carried exactly, or refused with their place; nothing hostile in a row does harm."""

from __future__ import annotations

import collections
import enum
import json
import math
import zipfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError, TaskError, TasksFileError
from chainrule.tasks import array_files
from chainrule.tasks.arguments import MOST_CHARACTERS, decode, decode_result, encode, encode_result

Point = collections.namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    RED = 1


def there_and_back(value):
    return decode_result(encode_result(value, ""), "")


def same(a, b):
    """Tell whether two values are equal, and of equal types all the way down; NaN equals NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return (math.isnan(a) and math.isnan(b)) or str(a) == str(b) if isinstance(a, float) else a == b


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2**80, -(2**5000), -0.0, 1e-320, 0.1, math.inf, -math.inf, math.nan, "", "é\0\ud800", b"",
        b"\0\xff", [], (), {}, [1, (2, [3])], (1,), {"a": (1, 2)}, {1: "a", (2, 3): None}, {"$": 1}, {"arrays": "x"},
        {"$": "tuple", "v": [1]}, Path("a/b.html"), date(2024, 2, 29), datetime(2024, 1, 2, 3, 4, 5, 6),
        datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))), timedelta(-3, 5, 7),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_was(value):
    assert same(there_and_back(value), value)
    args, kwargs = decode(encode((value, 1), {"key": value}, ""), "")
    assert same(args, (value, 1)) and same(kwargs, {"key": value})


def test_an_int_of_more_digits_than_python_writes_comes_back():
    for value in (10**6000, -(10**6000)):
        assert there_and_back([value]) == [value]


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
KEYS = st.text() | st.integers() | st.sampled_from(["$", "v", "arrays", "value"])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner), max_leaves=20
)


@given(VALUES)
def test_any_value_comes_back_as_it_was(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize("value", [np.float64(0.1), np.float32(0.1), np.int8(-3), np.bool_(True), np.complex64(1 + 2j),
                                   np.datetime64("2024-01-02", "D"), np.float64("nan")])  # fmt: skip
def test_numbers_of_numpy_come_back_as_they_were(value):
    back = there_and_back([value])[0]
    assert type(back) is type(value) and back.tobytes() == value.tobytes() and back.dtype == value.dtype


ARRAYS = [
    np.arange(6.0).reshape(2, 3), np.array(3), np.zeros((0, 4), np.float32), np.array([1, 2], ">i2"),
    np.asfortranarray(np.arange(6).reshape(2, 3)), np.array(["a", "bc"]), np.arange(10)[::3], np.array([b"x"]),
]  # fmt: skip


def test_arrays_come_back_as_they_were_from_one_file(tmp_path):
    folder = tmp_path / "tasks.db.arrays"
    text = encode((ARRAYS[0], {"deep": [ARRAYS[1]]}, 5), {"rest": ARRAYS[2:]}, folder)
    assert [file.name for file in folder.iterdir()] == [array_files.named_in(text)]
    (first, second, third), kwargs = decode(text, folder)
    assert third == 5
    for before, after in zip(ARRAYS, [first, second["deep"][0], *kwargs["rest"]], strict=True):
        assert after.dtype == before.dtype and after.shape == before.shape and np.array_equal(after, before)
    assert first.flags.writeable


def test_an_array_as_result(tmp_path):
    for value in (ARRAYS[0], {"value": ARRAYS[0]}):
        text = encode_result(value, tmp_path)
        back = decode_result(text, tmp_path)
        assert array_files.named_in(text)
        assert np.array_equal(back if value is ARRAYS[0] else back["value"], ARRAYS[0])


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def in_itself():
    value = {}
    value["me"] = value
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"x": {1, 2}},
            r"argument 2, key 'x', which is of type set; give sorted\(value\)\. It carries None, bool, int",
        ),
        ([0, object()], r"argument 2, item 1, which is of type object; give what it is made of"),
        (Point(1, 2), r"argument 2, which is of type Point; give tuple\(value\)"),
        (Colour.RED, r"argument 2, which is of type Colour; give int\(value\)"),
        (collections.OrderedDict(), r"which is of type OrderedDict; give dict\(value\)"),
        (len, r"which is of type builtin_function_or_method; give the name, and look it up in the task"),
        (1 + 2j, r"which is of type complex; give what it is made of"),
        (bytearray(b"x"), r"which is of type bytearray"),
        (np.array([None]), r"which is of type ndarray; give a plain array of numbers or text"),
        (np.ma.array([1]), r"which is of type MaskedArray; give a plain array"),
        (np.zeros(2, [("a", int)]), r"which is of type ndarray; give a plain array"),
        ({frozenset(): 1}, r"argument 2, a key, which is of type frozenset"),
        (
            datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC")),
            r"argument 2, a time with the time zone UTC; give value\.astime",
        ),
        (nested(200), r"it lies more than 100 deep \(in itself\?\)\."),
        (in_itself(), r"it lies more than 100 deep \(in itself\?\)\."),
    ],
)
def test_what_can_not_be_carried_is_refused_with_its_place(tmp_path, value, message):
    with pytest.raises(ArgumentError, match=f"A task can't carry argument 2.*{message.removeprefix('argument 2')}"):
        encode((ARRAYS[0], value), {}, tmp_path)
    with pytest.raises(ArgumentError, match="A task can't carry argument 'title'"):
        encode((), {"title": value}, tmp_path)
    with pytest.raises(ArgumentError, match="A task can't carry the result"):
        encode_result(value, tmp_path)
    assert list(tmp_path.iterdir()) == []  # the array of argument 1 was not left behind


def test_a_data_frame_is_refused_with_what_to_do():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(
        ArgumentError, match=r"argument 1, which is of type DataFrame; write it to a file, and give its"
    ):
        encode((pandas.DataFrame({"a": [1]}),), {}, "")


def test_too_much_is_refused(tmp_path, monkeypatch):
    with pytest.raises(
        ArgumentError, match=r"The arguments of a task may take 16,777,216 characters of JSON; this takes"
    ):
        encode(("x" * MOST_CHARACTERS,), {}, "")
    monkeypatch.setattr(array_files, "MOST_BYTES", 40)
    with pytest.raises(ArgumentError, match=r"The arrays of one task are 2 GiB at most; received"):
        encode((ARRAYS[0],), {}, tmp_path)


def test_arrays_that_can_not_be_written_are_no_task(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        TasksFileError, match=r"The arrays of a task can't be written into '.*file': .*; the task was not"
    ):
        encode((ARRAYS[0],), {}, tmp_path / "file")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"args":1,"kwargs":{}}', '{"args":[]}',
        '{"args":[{"$":"object","v":"os"}],"kwargs":{}}',
        '{"args":[{"$":"array","v":0}],"kwargs":{}}', '{"args":[{"$":"date","v":"x"}],"kwargs":{}}', "[" * 100_000,
        '{"args":[{"$":"number","v":["O","AAAA"]}],"kwargs":{}}', '{"args":[{"$":"tuple"}],"kwargs":{}}',
        '{"args":[{"$":"timedelta","v":[1e300]}],"kwargs":{}}', '{"args":[{"$":"int","v":"1z"}],"kwargs":{}}',
        '{"args":[{"$":"dict","v":[[[],1]]}],"kwargs":{}}', '{"args":[{"$":[],"v":1}],"kwargs":{}}',
    ],
)  # fmt: skip
def test_what_was_not_written_by_us_is_damaged(text):
    with pytest.raises(TaskError, match=r"The arguments .*of a task are damaged"):
        decode(text, "")


@pytest.mark.parametrize("name", ["../secret.npz", "/etc/passwd", "a" * 32, 5, None, f"{'0' * 32}.npz/../../x", ""])
def test_a_hostile_row_may_name_no_file_outside(tmp_path, name):
    np.savez(tmp_path / "secret.npz", np.ones(3))
    text = json.dumps({"arrays": name, "args": [{"$": "array", "v": 0}], "kwargs": {}}, separators=(",", ":"))
    with pytest.raises(TaskError, match="which is no file of ours; nothing was read"):
        decode(text, tmp_path / "tasks.db.arrays")
    assert array_files.named_in(text) is None


def test_a_pickle_in_an_array_file_is_not_opened(tmp_path):
    name = f"{'0' * 32}.npz"
    np.savez(tmp_path / name, np.array([print], dtype=object))
    text = f'{{"arrays":"{name}","args":[{{"$":"array","v":0}}],"kwargs":{{}}}}'
    with pytest.raises(TaskError, match=r"The arrays of a task can't be read .*pickle"):
        decode(text, tmp_path)
    with zipfile.ZipFile(tmp_path / name, "w") as file:
        file.writestr("other.npy", b"no array")
    with pytest.raises(TaskError, match="The arrays of a task can't be read"):
        decode(text, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TaskError, match="The arrays of a task can't be read"):
        decode(text, tmp_path)
