from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.tiny_agent import AGENT, DOCUMENT, line
from tokencli.readers import agents
from tokencli.services.discover import below, discover, files_of

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = AGENT._replace(name="hidden", roots=lambda _, home: [home / "h"])


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT, HIDDEN))


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(line("a"))
    return path


def test_each_client_is_looked_for_in_its_own_place(tmp_path: Path) -> None:
    first, second = put(tmp_path / ".tiny/a/b/s.tiny.jsonl"), put(tmp_path / ".tiny/d.tiny.json")
    places = discover({}, tmp_path)
    assert [(place.format, len(place.files), place.skipped) for place in places] == [
        ("tiny", 1, None),
        ("tiny-doc", 1, None),
        ("hidden", 0, "there is no such directory"),
    ]
    assert [(file.path, file.format.name) for file in files_of(places)] == [(first, "tiny"), (second, "tiny-doc")]


def test_the_environment_moves_a_place(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    places = discover({"TINY_HOME": str(tmp_path / "elsewhere")}, tmp_path)
    assert [place.root for place in places] == [tmp_path / "elsewhere", tmp_path / "elsewhere", tmp_path / "h"]
    assert places[-1].skipped == "it holds no logs"


def test_two_kinds_of_files_of_one_client_are_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT._replace(name="tiny")))
    put(tmp_path / ".tiny/s.tiny.jsonl")
    (place,) = discover({}, tmp_path)
    assert (len(place.files), place.skipped) == (1, None)
    put(tmp_path / ".tiny/d.tiny.json")
    (place,) = discover({}, tmp_path)
    assert [file.agent for file in place.files] == [0, 1]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**/*.jsonl", ["a.jsonl", "p/b.jsonl", "p/q/c.jsonl"]),
        ("*.jsonl", ["a.jsonl"]),
        ("p/**/*.jsonl", ["p/b.jsonl", "p/q/c.jsonl"]),
        ("*/*.jsonl", ["p/b.jsonl"]),
        ("p/q/c.jsonl", ["p/q/c.jsonl"]),
        ("p/*/c.json[lx]", ["p/q/c.jsonl"]),
        ("none/*.jsonl", []),
    ],
)
def test_patterns_are_those_of_the_shell(tmp_path: Path, pattern: str, found: list[str]) -> None:
    for name in ("a.jsonl", "p/b.jsonl", "p/q/c.jsonl", "p/other.txt"):
        put(tmp_path / name)
    paths = below(str(tmp_path), tuple(pattern.split("/")))
    assert sorted(os.path.relpath(path, tmp_path) for path in paths) == found


def test_a_link_that_leads_in_circles_ends(tmp_path: Path) -> None:
    put(tmp_path / "p/a.jsonl")
    (tmp_path / "p/loop").symlink_to(tmp_path)
    assert len(list(below(str(tmp_path), ("**", "*.jsonl")))) == 1
