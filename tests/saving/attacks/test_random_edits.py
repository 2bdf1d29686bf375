"""Random damage: whatever it is, the file is loaded or refused, touches nothing else, and takes little memory."""

from __future__ import annotations

import json
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.errors import ModelFileError
from chainrule.saving import load_model, read_metadata

#: What may happen while a file is loaded: nothing that opens, runs, connects or imports.
FORBIDDEN = (
    "open",
    "import",
    "exec",
    "compile",
    "socket.",
    "subprocess.",
    "os.",
    "shutil.",
    "ctypes.",
    "pickle.",
    "marshal.",
)
ALLOWED_MULTIPLE, ALLOWED_BYTES = 10, 5_000_000

watched: dict = {"path": None, "events": []}


def _watch(event, arguments):
    if watched["path"] is None:
        return
    if event == "open" and str(arguments[0]) == watched["path"]:
        return
    if event.startswith(FORBIDDEN):
        watched["events"].append((event, str(arguments)[:200]))


sys.addaudithook(_watch)


def load_watched(path):
    """Load a file or see it refused, and return the model or None."""
    watched.update(path=str(path), events=[])
    tracemalloc.start()
    try:
        model = load_model(path)
        read_metadata(path)
    except ModelFileError as error:
        assert "\n" not in str(error)
        model = None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        watched["path"] = None
    assert watched["events"] == []
    assert peak < ALLOWED_MULTIPLE * path.stat().st_size + ALLOWED_BYTES
    return model


@pytest.fixture(scope="module")
def loaded_once(good_bytes, tmp_path_factory):
    """Load a good and a bad file once, so that everything needed is imported."""
    path = tmp_path_factory.mktemp("once") / "m.safetensors"
    path.write_bytes(good_bytes)
    load_model(path)
    path.write_bytes(good_bytes[:-1])
    with pytest.raises(ModelFileError):
        load_model(path)
    return path


quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_watcher_sees(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    watched.update(path="elsewhere", events=[])
    (tmp_path / "other").read_bytes()
    eval("1 + 1")
    watched["path"] = None
    seen = {event for event, _ in watched["events"]}
    assert {"open", "compile", "exec"} <= seen


def test_a_good_file(loaded_once, good_bytes):
    loaded_once.write_bytes(good_bytes)
    assert load_watched(loaded_once) is not None


@quick
@given(data=st.data())
def test_single_bytes(data, loaded_once, good_bytes):
    place = data.draw(st.integers(0, len(good_bytes) - 1))
    byte = data.draw(st.integers(0, 255))
    loaded_once.write_bytes(good_bytes[:place] + bytes([byte]) + good_bytes[place + 1 :])
    model = load_watched(loaded_once)
    if model is not None:  # a number changed, or a letter of a name
        assert model.predict(np.zeros((1, 3))).shape == (1, 1)


@quick
@given(data=st.data())
def test_cuts_and_insertions(data, loaded_once, good_bytes):
    begin = data.draw(st.integers(0, len(good_bytes)))
    end = data.draw(st.integers(begin, min(begin + 40, len(good_bytes))))
    loaded_once.write_bytes(good_bytes[:begin] + data.draw(st.binary(max_size=40)) + good_bytes[end:])
    load_watched(loaded_once)


def places(value, path=()):
    """Return the path to everything within a JSON value."""
    found = [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += places(one, (*path, key))
    return found


anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(
            ["Dense", "Model", "Adam", "relu", "mse", "../x", "os.system", "float64", 10**9, 10**18, -1, 1e308]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["class", "config", "name", "units", "layers", "x"]), inner, max_size=4),
    ),
    max_leaves=8,
)


@settings(quick, max_examples=300)
@given(data=st.data())
def test_texts(data, loaded_once, good_bytes):
    length = int.from_bytes(good_bytes[:8], "little")
    header = json.loads(good_bytes[8 : 8 + length])
    name = data.draw(st.sampled_from(sorted(header["__metadata__"])))
    whole = [json.loads(header["__metadata__"][name])]
    path = (0, *data.draw(st.sampled_from(places(whole[0]))))
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    action = data.draw(st.sampled_from(["replace", "delete", "add"]))
    if action == "replace" or len(path) == 1:
        holder[path[-1]] = data.draw(anything)
    elif action == "delete":
        del holder[path[-1]]
    elif isinstance(holder, dict):
        holder[data.draw(st.text(max_size=8))] = data.draw(anything)
    else:
        holder.append(data.draw(anything))
    header["__metadata__"][name] = json.dumps(whole[0])
    text = json.dumps(header).encode()
    loaded_once.write_bytes(len(text).to_bytes(8, "little") + text + good_bytes[8 + length :])
    load_watched(loaded_once)


@pytest.mark.parametrize(
    "text",
    [
        "[" + "{}," * 3_000_000 + "{}]",
        "[" + "1," * 3_000_000 + "1]",
        '["' + "a" * 9_000_000 + '"]',
        "[" * 9_000_000,
        '{"units": ' + "9" * 9_000_000 + "}",
    ],
    ids=["dicts", "numbers", "text", "brackets", "digits"],
)
def test_memory_for_swollen_texts(text, loaded_once, good_bytes):
    length = int.from_bytes(good_bytes[:8], "little")
    header = json.loads(good_bytes[8 : 8 + length])
    header["__metadata__"]["chainrule.model"] = text
    packed = json.dumps(header).encode()
    loaded_once.write_bytes(len(packed).to_bytes(8, "little") + packed + good_bytes[8 + length :])
    assert load_watched(loaded_once) is None


@pytest.mark.parametrize("units", [10**9, 10**18])
def test_memory_for_declared_sizes(units, loaded_once, good_bytes, forged):
    model = forged.text("model")
    model["config"]["layers"][0]["config"]["units"] = units
    forged.set_text("model", model)
    loaded_once.write_bytes(forged.data())
    assert load_watched(loaded_once) is None
