"""Plain words skip the checks of the option parser, and come out as they were typed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import pytest
import typer
from typer.main import get_command

from tokencli.cli.plain_values import take_words_as_they_are

if TYPE_CHECKING:
    from pathlib import Path

SEEN: list[tuple[object, ...]] = []


def command() -> typer.core.TyperCommand:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command()
    def show(
        words: Annotated[list[str] | None, typer.Argument()] = None,
        name: Annotated[str | None, typer.Option("--name")] = None,
        tag: Annotated[list[str] | None, typer.Option("--tag")] = None,
        is_short: Annotated[bool, typer.Option("--short")] = False,  # noqa: FBT002 - a flag
        count: Annotated[int, typer.Option("--count")] = 1,
    ) -> None:
        SEEN.append((words or [], name, tag or [], is_short, count))

    del show
    take_words_as_they_are()
    return get_command(app)  # type: ignore[return-value]  # one command, no group


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], None, [], False, 1)),
        (["a", "b c"], (["a", "b c"], None, [], False, 1)),
        (["--name", "7", "--tag", "x", "--tag", "y"], ([], "7", ["x", "y"], False, 1)),
        (["--short", "--count", "3"], ([], None, [], True, 3)),
    ],
)
def test_words_come_out_as_they_were_typed(arguments: list[str], expected: tuple[object, ...]) -> None:
    command()(arguments, standalone_mode=False)
    assert SEEN.pop() == expected


def test_other_kinds_are_still_checked() -> None:
    with pytest.raises(typer.BadParameter, match="valid integer"):
        command()(["--count", "many"], standalone_mode=False)


def test_asking_twice_changes_nothing_more() -> None:
    take_words_as_they_are()
    first = vars(typer.core)["build_runtime_param"]
    take_words_as_they_are()
    assert vars(typer.core)["build_runtime_param"] is first


@pytest.mark.parametrize("arguments", [["ingest", "x.log"], ["report"], ["explain", "--last"]])
def test_no_command_pays_for_checks_it_does_not_need(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(
        "2025-10-10 14:32:15,123 INFO [a] [OpenAI] Cost calculated: $0.1 (1 in + 1 out tokens)\n"
    )
    base = [sys.executable, "-m", "tokencli", "--db", str(tmp_path / "ledger.db")]
    subprocess.run([*base, "ingest", "x.log"], cwd=tmp_path, check=True, capture_output=True)
    traced = [sys.executable, "-X", "importtime", *base[1:], *arguments]
    found = subprocess.run(traced, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "pydantic" not in found.stderr
    assert "sqlalchemy" not in found.stderr
