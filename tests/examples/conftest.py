"""The examples as modules: their names begin with a number, so `import` can't take them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def examples() -> Path:
    """Return the folder of the examples."""
    return EXAMPLES


@pytest.fixture(scope="session")
def example():
    """Return a function that loads an example by the name of its file, without `.py`."""
    loaded = {}

    def load(name):
        if name not in loaded:
            spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
            module = importlib.util.module_from_spec(spec)
            # inspect.getsource(module), which the demo uses, looks modules up by name.
            import sys

            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            loaded[name] = module
        return loaded[name]

    return load


@pytest.fixture
def narrow(capsys):
    """Return a function that gives what was printed, and fails if a line is wider than a terminal of 80 columns."""

    def read():
        text = capsys.readouterr().out
        wide = [line for line in text.splitlines() if len(line) > 80]
        assert not wide, wide
        return text

    return read
