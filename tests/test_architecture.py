"""What linters do not see: sizes, twins, words, and what a start must not load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tokencli

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tokencli"
MODULES = sorted(SOURCE.rglob("*.py"))
CODE = [
    path
    for name in ("src", "tests", "tools", "bench", "examples")
    for path in sorted((ROOT / name).rglob("*.py"))
    if "data" not in path.relative_to(ROOT).parts[1:2]
]
LONGEST_MODULE = 400
CATCH_ALLS_ALLOWED = 1
HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "pandas",
    "numpy",
    "plotly",
    "genai_prices",
    "pydantic",
    "rich",
    "textual",
)
# Written with brackets so that this line does not find itself.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b|\bfor [n]ow\b|\b[s]tub(?:bed)?\b(?!')|place[h]older")


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def assert_none(found: list[str]) -> None:
    assert not found, "\n" + "\n".join(found)


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


def is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def test_no_module_reaches_400_lines() -> None:
    assert_none(named([path for path in CODE if path.read_text(encoding="utf-8").count("\n") >= LONGEST_MODULE]))


def test_every_module_has_its_twin_among_the_tests() -> None:
    missing = [
        path
        for path in MODULES
        if path.name != "__init__.py"
        and not is_migration(path)
        and not (ROOT / "tests" / path.relative_to(SOURCE).with_name(f"test_{path.name}")).exists()
    ]
    assert_none(named(missing))


def test_every_room_says_what_it_is_for() -> None:
    silent = [path for path, tree in trees() if not is_migration(path) and not ast.get_docstring(tree)]
    assert_none(named(silent))


def test_no_outside_text_is_split_at_what_unicode_calls_a_line_end() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
    ]
    assert_none(found)


def test_there_is_at_most_one_catch_all() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type)
    ]
    assert len(found) <= CATCH_ALLS_ALLOWED, found


def _catches_all(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"}) for name in names
    )


def test_nothing_waits_by_sleeping_but_for_the_lock_of_a_ledger() -> None:
    found = {
        str(path.relative_to(SOURCE))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    }
    assert found <= {"store/lock.py"}


def test_no_word_of_unfinished_work_is_left() -> None:
    texts = [*CODE, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in texts
        for match in UNFINISHED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert_none(found)


def test_a_start_loads_nothing_heavy() -> None:
    code = "import sys, tokencli.cli.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name in HEAVY] == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "tokencli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.split("\n")}
    assert loaded & set(HEAVY) == set()


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert tokencli.__version__ == project["version"]
    assert f"## [{project['version']}]" in changes
