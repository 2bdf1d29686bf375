"""The core's own parts, tested in C++: each program beside this file is compiled for each instruction set, and run.

A program has a plain `main()` that returns 0 when all is right; a line `// links: core/threads.cpp …` names sources of
the core that it needs. Where there is no compiler there are no such tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chainrule.engines import core

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCES = ROOT / "src" / "native"
PROGRAMS = sorted(HERE.glob("*.cpp"))
LINKS = re.compile(r"^// links: (.+)$", re.MULTILINE)


def _find_compiler() -> str | None:
    """Return the first C++ compiler that answers; `CXX` names another, or, where it names none that works, none."""
    named = os.environ.get("CXX")
    for name in [named] if named else ["c++", "g++", "clang++"]:
        found = shutil.which(name)
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return found
    return None


def _flags(name: str) -> list[str]:
    """Return the flags that CMakeLists.txt has under a name: FLAGS, FLAGS_avx2 …"""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf'^set\({name} (?:""|(.+))\)$', text, re.MULTILINE)
    assert found is not None, f"CMakeLists.txt has no set({name} …)"
    return (found[1] or "").split()


def _run(command: list[object]) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


COMPILER = _find_compiler() if SOURCES.is_dir() else None

if COMPILER is not None and not os.environ.get("CHAINRULE_NO_CORE"):

    def test_the_core_is_there_where_there_is_a_compiler():
        assert core.load() is not None, core.why_missing()


if COMPILER is not None and PROGRAMS:

    @pytest.mark.parametrize("isa", core.available() or ["baseline"])
    @pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
    def test_program(program, isa, tmp_path):
        linked = LINKS.findall(program.read_text(encoding="utf-8"))
        sources = [program, *(SOURCES / name for line in linked for name in line.split())]
        flags = [*_flags("FLAGS"), *_flags(f"FLAGS_{isa}"), *_flags("WARNINGS"), "-Werror"]
        built = tmp_path / program.stem
        _run([COMPILER, "-std=c++20", "-O2", *flags, "-pthread", f"-I{SOURCES}", *sources, "-o", built])
        _run([built])
