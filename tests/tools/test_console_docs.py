"""What the pages show under a command is what the command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli import __version__
from tools import console_docs
from tools.console_docs import CommandFailedError, render

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.docs

PAGES = list(console_docs.pages())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_output_shown_is_the_output_there_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert render(text) == text, "the output has changed: run 'make fix' and look at the difference"


def test_pages_with_output_are_found() -> None:
    assert "README.md" in [page.name for page in PAGES]


def test_an_old_output_is_written_anew() -> None:
    text = "Words.\n\n```console\n$ tokencli --version\ntokencli 0.0.0\n```\n"
    assert render(text) == f"Words.\n\n```console\n$ tokencli --version\ntokencli {__version__}\n```\n"


def test_a_command_that_fails_is_not_shown() -> None:
    with pytest.raises(CommandFailedError, match="no command 'reprot'"):
        render("```console\n$ tokencli reprot\n```\n")


def test_only_the_program_itself_is_run() -> None:
    with pytest.raises(CommandFailedError, match="only tokencli"):
        render("```console\n$ rm -r .\n```\n")


def test_other_blocks_stay_as_they_are() -> None:
    text = '```log title="a.log"\nline\n```\n\n```sh\n$ tokencli nonsense\n```\n'
    assert render(text) == text


def test_a_titled_block_is_a_file_of_the_kind_it_shows() -> None:
    page = (
        '```toml title="config.toml"\n[report]\ntime_zone = "UTC"\n```\n'
        '```sql title="a.db"\nCREATE TABLE costs (timestamp, model, total_cost);\n'
        "INSERT INTO costs VALUES ('2025-10-10T12:00:00', 'gpt-4o', 0.5);\n```\n"
        "```console\n$ tokencli ingest a.db\n$ tokencli report --period 2025-10 --by model\n```\n"
    )
    shown = render(page)
    assert "cost-table" in shown
    assert "UTC, weeks start" in shown
