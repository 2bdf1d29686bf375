"""Functions by name: which have one, and which may run."""

from __future__ import annotations

import functools
import shutil
import sys

import pytest

from chainrule.errors import ArgumentError, TaskError
from chainrule.tasks.naming import name_of, resolve

MODULE = """
import functools
from os import remove
from shutil import copy as copied

def plot(path="loss.html"):
    return path

@functools.lru_cache
def cached():
    return 1

def twice(function):
    def inner():
        return 2 * function()
    return inner

@twice
def bare():
    return 1

class Plotter:
    def plot(self): pass
    @classmethod
    def make(cls): pass
    def __call__(self): pass

def _replaced():
    return 1
kept = _replaced
def _replaced():
    return 2
alias = plot
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "named_tasks.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken_tasks.py").write_text("def f(:\n", encoding="utf-8")
    (tmp_path / "leaving_tasks.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    folder = tmp_path / "named_pack"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "inner.py").write_text("def run():\n    return 5\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    import named_tasks  # pyright: ignore[reportMissingImports]

    yield named_tasks
    for name in set(sys.modules) - before:
        if name.startswith(("named_", "broken_", "leaving_")):
            del sys.modules[name]


def test_functions_of_modules_have_names(module):
    assert name_of(module.plot) == name_of(module.alias) == "named_tasks:plot"
    assert name_of(module.cached) == "named_tasks:cached"
    assert name_of(shutil.copy) == "shutil:copy"
    for name in ("named_tasks:plot", "named_tasks:cached"):
        assert name_of(resolve(name, ["named_tasks"])) == name


def local():
    def inner():
        pass

    return inner


def in_script():
    pass


in_script.__module__ = "__main__"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda m: lambda: 1, r"a lambda has no name; write it with `def` at the top of a module, such as mytasks\.py"),
        (lambda m: local(), r"find .*local\.<locals>\.inner: it is defined within another function; write it"),
        (lambda m: in_script, r"it is defined in the script that runs, whose name a worker doesn't know; write it"),
        (lambda m: m.Plotter().plot, "it is a method, bound to an object that can't travel; write it"),
        (lambda m: m.Plotter.make, "it is a method, bound to an object that can't travel"),
        (lambda m: m.Plotter.plot, "it belongs to a class"),
        (lambda m: m.Plotter, "it is no function"),
        (lambda m: m.Plotter(), "it has no name of its own"),
        (lambda m: functools.partial(m.plot, "x"), r"it has no name of its own \(a functools\.partial\?"),
        (lambda m: [].append, "it is a method"),
        (lambda m: "named_tasks:plot", "it is no function"),
        (lambda m: m.bare, "defined within another function"),
        (lambda m: m.kept, r"named_tasks\._replaced is something else by now \(a decorator\? a second definition\?\)"),
    ],
)
def test_what_a_worker_could_not_find_is_refused_with_what_to_do(module, make, why):
    with pytest.raises(ArgumentError, match=why) as caught:
        name_of(make(module))
    assert str(caught.value).startswith("A worker can't find ")


def test_only_allowed_modules_and_what_they_define(module):
    assert resolve("named_tasks:plot", ["other", "named_tasks"])() == "loss.html"
    assert resolve("named_pack.inner:run", ["named_pack"])() == 5
    for allow in ([], ["named"], ["named_tasks.plot"], ["named_pack"]):
        with pytest.raises(TaskError, match=r"named_tasks:plot is not allowed here; .* --allow named_tasks\."):
            resolve("named_tasks:plot", allow)
    assert "named_pack.inner" in sys.modules and "broken_tasks" not in sys.modules


def test_a_module_that_is_not_allowed_is_not_even_imported(module):
    with pytest.raises(TaskError, match="is not allowed here"):
        resolve("leaving_tasks:f", ["named_tasks"])
    assert "leaving_tasks" not in sys.modules


@pytest.mark.parametrize("name", ["remove", "copied", "alias", "functools", "Plotter", "__builtins__", "kept"])
def test_what_a_module_merely_holds_may_not_run(module, name):
    with pytest.raises(TaskError, match=f"named_tasks:{name} is no function that named_tasks itself defines"):
        resolve(f"named_tasks:{name}", ["named_tasks"])


@pytest.mark.parametrize("name", ["", "plot", "named_tasks:", ":plot", "named_tasks:Plotter.plot", "../x:y", "a b:c"])
def test_what_is_no_name_is_refused(module, name):
    with pytest.raises(TaskError, match="names no function; a name reads module:function"):
        resolve(name, ["named_tasks"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("broken_tasks:f", "broken_tasks can't be imported here: SyntaxError: "),
        ("leaving_tasks:f", "leaving_tasks can't be imported here: SystemExit: 3"),
        ("named_absent:f", "named_absent can't be imported here: ModuleNotFoundError: No module named 'named_absent'"),
        ("named_tasks:plott", "named_tasks has no function plott; was it renamed since the task was added"),
    ],
)
def test_what_can_not_be_found_says_why(module, name, why):
    with pytest.raises(TaskError, match=why):
        resolve(name, ["broken_tasks", "leaving_tasks", "named_absent", "named_tasks"])
