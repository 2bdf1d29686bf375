"""The native core is found, the best one is taken, and where there is none a sentence says so."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from chainrule.engines import core
from chainrule.errors import ArgumentError, NotReadyError

BUILT = core.available()


@pytest.fixture
def modules(monkeypatch):
    """Stand in for the modules that were built, on a processor that can run the first two."""
    monkeypatch.delenv("CHAINRULE_ISA", raising=False)
    made = {name: SimpleNamespace(isa=name, supported=lambda: ["baseline", "avx2"]) for name in core.INSTRUCTION_SETS}
    monkeypatch.setattr(core, "_imported", lambda name: (made.get(name), ""))
    monkeypatch.setattr(core, "_is_built", lambda name: name in made)
    return made


def test_the_best_that_the_processor_runs_is_taken(modules):
    assert core.available() == ["baseline", "avx2"]
    assert core.describe() == core.load().isa == "avx2"
    assert core.why_missing() is None


def test_what_was_not_built_is_not_taken(modules):
    del modules["avx2"]
    assert core.describe() == "baseline"


def test_a_lower_one_can_be_forced(modules, monkeypatch):
    monkeypatch.setenv("CHAINRULE_ISA", "baseline")
    assert core.describe() == "baseline"


def test_one_that_the_processor_lacks_is_refused(modules, monkeypatch):
    monkeypatch.setenv("CHAINRULE_ISA", "avx512")
    with pytest.raises(NotReadyError, match=r"^CHAINRULE_ISA=avx512 can't be run here: take one of baseline, avx2, or"):
        core.load()


@pytest.mark.parametrize("there", [True, False])
def test_an_unknown_one_is_refused_with_a_core_and_without(modules, monkeypatch, there):
    if not there:
        modules.clear()
    monkeypatch.setenv("CHAINRULE_ISA", "avx")
    with pytest.raises(ArgumentError, match=r"no CHAINRULE_ISA named 'avx'.*Known: avx2, avx512, baseline\.$"):
        core.load()


def test_without_a_core_a_sentence_says_how_to_get_one(modules):
    modules.clear()
    assert core.load() is core.describe() is None
    assert core.available() == []
    assert core.why_missing().startswith("The native core was not built") and "compiler" in core.why_missing()


def test_a_core_that_cannot_be_loaded_is_told_apart(modules, monkeypatch):
    monkeypatch.setattr(core, "_imported", lambda name: (None, "libstdc++.so.6: version not found"))
    assert core.load() is None
    assert "can't be loaded (libstdc++.so.6: version not found)" in core.why_missing()


def test_threads_are_the_cores_or_what_is_asked_for(monkeypatch):
    monkeypatch.delenv("CHAINRULE_NUM_THREADS", raising=False)
    assert core.thread_count() == core.core_count() >= 1
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", "3")
    assert core.thread_count() == 3


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "²"])
def test_a_count_of_threads_that_is_none_is_refused(monkeypatch, given):
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", given)
    with pytest.raises(
        ArgumentError, match=f"^CHAINRULE_NUM_THREADS must be a whole number of at least 1, not '{given}'"
    ):
        core.thread_count()


def test_an_import_of_chainrule_does_not_load_the_core():
    code = "import chainrule.models, sys; print([name for name in sys.modules if '_native' in name])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


if BUILT:

    @pytest.mark.parametrize("name", BUILT)
    def test_each_that_was_built_loads_beside_the_others(name, monkeypatch):
        monkeypatch.setenv("CHAINRULE_ISA", name)
        assert core.load().isa == core.describe() == name
        assert [other for other in core.load().supported() if other in BUILT] == BUILT
