"""The page of commands says what the program says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.cli.front import COMMANDS
from tools import cli_docs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.docs
def test_the_page_of_commands_is_the_one_that_the_program_writes(root: Path) -> None:
    written = (root / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert written == cli_docs.page(), "the commands have changed: run 'make fix'"


@pytest.mark.docs
def test_every_command_has_its_section() -> None:
    page = cli_docs.page()
    for name in ("", *COMMANDS):
        assert f"\n## tokencli {name}".rstrip() + "\n" in page


@pytest.mark.docs
def test_the_page_does_not_depend_on_who_writes_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = cli_docs.page()
    monkeypatch.setenv("COLUMNS", "200")
    assert cli_docs.page() == narrow
    assert str(home) not in narrow


def test_writing_it_makes_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_docs, "PAGE", tmp_path / "docs" / "cli.md")
    monkeypatch.setattr(cli_docs, "page", lambda: "# Commands\n")
    assert cli_docs.main() == 0
    assert (tmp_path / "docs" / "cli.md").read_text() == "# Commands\n"
