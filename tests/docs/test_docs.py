"""The pages are true: their examples run and print what the page shows, and the code that they include is there."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib.util
import io
import re
from pathlib import Path

import pytest

from chainrule.ops.registry import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "chainrule"
GUIDE, MATHEMATICS = sorted(DOCS.glob("guide/*.md")), sorted(DOCS.glob("mathematics/*.md"))
PAGES = [ROOT / "README.md", DOCS / "getting_started.md", DOCS / "architecture.md", *GUIDE, *MATHEMATICS]
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INCLUDE = re.compile(r"^```\{literalinclude\} (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CHECKER = doctest.OutputChecker()
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def examples_of(page: Path) -> list[tuple[str, str | None]]:
    """Return each python block with the text block that follows it before the next python block, or None."""
    examples: list[tuple[str, str | None]] = []
    for kind, content in BLOCK.findall(text_of(page)):
        if kind == "python":
            examples.append((content, None))
        elif examples and examples[-1][1] is None:
            examples[-1] = (examples[-1][0], content)
    return examples


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if examples_of(page)], ids=name_of)
def test_examples_of_a_page_run_and_print_what_it_shows(page, tmp_path, monkeypatch, request):
    if 'load("pima")' in text_of(page):
        request.getfixturevalue("data_folder")
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "example"}
    shows_output = page in GUIDE
    for number, (code, expected) in enumerate(examples_of(page), start=1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"{page.name}, example {number}", "exec"), namespace)
        if shows_output and expected is not None:
            same = CHECKER.check_output(expected, printed.getvalue(), FLAGS)
            assert same, f"{page.name}, example {number} prints\n{printed.getvalue()}and the page shows\n{expected}"


def test_a_wrong_output_would_be_found():
    assert not CHECKER.check_output("loss 0.5\n", "loss 0.6\n", FLAGS)


def includes():
    return [(page, path, options) for page in MATHEMATICS for path, options in INCLUDE.findall(text_of(page))]


@pytest.mark.parametrize(("page", "path", "options"), includes(), ids=lambda value: getattr(value, "name", None))
def test_included_code_is_there(page, path, options):
    source = (page.parent / path).resolve().read_text(encoding="utf-8")
    for end in re.findall(r":end-before: (.+)", options):
        assert source.count(end) == 1
    for dotted in re.findall(r":pyobject: (.+)", options):
        node: ast.AST = ast.parse(source)
        for part in dotted.split("."):
            named = [child for child in ast.iter_child_nodes(node) if getattr(child, "name", None) == part]
            assert named, f"{path} defines no {dotted}"
            node = named[0]


def test_every_operation_is_on_a_page_of_the_mathematics():
    shown = {(page.parent / path).resolve() for page, path, _ in includes()}
    activations = set((PACKAGE / "ops" / "activations").glob("*.py"))  # the generated page has them all
    files = set((PACKAGE / "ops").rglob("*.py")) - activations
    missing = {file.name for file in files - shown if file.name not in ("__init__.py", "registry.py")}
    assert missing == set()


def generator():
    spec = importlib.util.spec_from_file_location("generate_ops", DOCS / "_generate_ops.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_hold_every_operation(tmp_path):
    made = generator()
    made.main(tmp_path / "ops")
    listed, code = (text_of(tmp_path / "ops" / name) for name in ("operations.md", "activations_code.md"))
    for name, operation in OPERATIONS.items():
        assert f"### {name.replace('_', ' ')}\n" in listed
        assert f"$${operation.gradient}$$" in listed
        if operation.family == "activation":
            path = made.source_of(operation)
            assert f"src/chainrule/{path.as_posix()}\n:end-before: def {name}_samples\n" in code
            assert f"\ndef {name}_samples(" in text_of(PACKAGE / path)


def test_architecture_names_every_room():
    text = text_of(DOCS / "architecture.md")
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    modules = {path.name for path in PACKAGE.glob("[a-z]*.py")}
    assert {f"{room}/" for room in rooms if f"{room}/" not in text} == set()
    assert {module for module in modules if module not in text} == set()


def imports_of(file: Path) -> set[str]:
    """Return the rooms that a file imports when it is imported itself."""
    found, waiting = set(), list(ast.parse(text_of(file)).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ClassDef):
            waiting += node.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chainrule"):
            modules = [node.module] if node.module != "chainrule" else [f"chainrule.{a.name}" for a in node.names]
            found |= {module.split(".")[1] for module in modules}
    return found


def test_arrows_between_rooms_point_the_way_that_the_page_says():
    block = next(text for _, text in BLOCK.findall(text_of(DOCS / "architecture.md")) if text.startswith("cli\n"))
    level = {room: number for number, line in enumerate(block.splitlines()) for room in line.split()}
    assert {"ops", "layers", "engines", "models"} <= set(level)
    wrong = []
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in level and file.name != "eager.py":
            outward = (other for other in imports_of(file) - {room} if level.get(other, len(level)) <= level[room])
            wrong += [f"{file.relative_to(PACKAGE).as_posix()} imports {other}" for other in outward]
    assert wrong == []
