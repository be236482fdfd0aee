"""`tokencli session`, as it is typed."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.main import get_command

from tests.cost_logs import prices
from tests.services.session_calls import call, keep
from tokencli.cli import session as command
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

LARGE = "mistral/mistral-large-2411"


@pytest.fixture
def begun(typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Typed]:
    """Return the program over a ledger with a session of Mistral Large that has made one call."""
    monkeypatch.setenv("TOKENCLI_DB", str(tmp_path / "ledger.db"))
    typed("session", "new", "--model", LARGE)
    session = json.loads(typed("session", "show", "--json").out)
    with open_ledger(tmp_path / "ledger.db", write=True) as database:
        keep(database, prices(), call(session["id"], 1, (67_000, 62)))
    return typed


def shown(typed: Callable[..., Typed], *name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(typed("session", "show", *name, "--json").out)
    return found


def test_a_new_session_is_active_and_names_its_base_urls(typed: Callable[..., Typed]) -> None:
    said = typed("session", "new", "--model", LARGE)
    assert (said.code, said.err) == (0, "")
    assert "mistral-large-2411 is active" in said.out
    assert "context 131,072 tokens" in said.out
    assert "http://127.0.0.1:8000/s/mistral-large-2411/v1\n" in said.out
    assert "http://127.0.0.1:8000/s/mistral-large-2411\n" in said.out


def test_new_prints_the_session_object(typed: Callable[..., Typed]) -> None:
    session = json.loads(typed("session", "new", "--model", LARGE, "--name", "search", "--json", "--tz", "UTC").out)
    assert (session["name"], session["model"], session["context_limit_tokens"]) == ("search", LARGE, 131_072)
    assert (session["is_active"], session["created_at"]) == (True, "2025-10-12T12:00:00+00:00")


@pytest.mark.parametrize(
    ("arguments", "limit"), [([], 262_144), (["--provider", "mistral"], 32_768), (["--model", "gpt-4o"], 128_000)]
)
def test_the_limit_is_the_models_else_the_smallest_of_the_providers(
    typed: Callable[..., Typed], arguments: list[str], limit: int
) -> None:
    assert json.loads(typed("session", "new", *arguments, "--json").out)["context_limit_tokens"] == limit


def test_a_session_shows_what_was_used(begun: Callable[..., Typed]) -> None:
    session = shown(begun)
    assert (session["input_tokens"], session["total_tokens"], session["context_used_tokens"]) == (
        67_000,
        67_062,
        67_062,
    )
    assert session["context_used_ratio"] == 0.511642
    assert "67,062 of 131,072 tokens" in begun("session", "show", "mistral-large-2411").out


def test_lists_hide_what_has_ended_unless_asked(begun: Callable[..., Typed]) -> None:
    begun("session", "new", "--name", "second")
    assert begun("session", "end", "mistral-large-2411").out == (
        "session mistral-large-2411 has ended; session second stays active.\n"
    )
    names = [one["name"] for one in json.loads(begun("session", "list", "--json").out)["sessions"]]
    assert names == ["second"]
    everything = json.loads(begun("session", "list", "--all", "--json").out)["sessions"]
    assert sorted(one["name"] for one in everything) == ["mistral-large-2411", "second"]
    assert "mistral-large" not in begun("session", "list").out
    assert "mistral-large" in begun("session", "list", "--all").out


def test_switch_rename_and_end_change_the_active_session(begun: Callable[..., Typed]) -> None:
    begun("session", "new", "--name", "second")
    assert "mistral-large-2411 is active" in begun("session", "switch", "mistral-large-2411").out
    assert "now called night" in begun("session", "rename", "mistral-large-2411", "night").out
    assert (shown(begun)["name"], shown(begun)["requests"]) == ("night", 1)
    assert "no session is active now" in begun("session", "end").out
    said = begun("session", "show")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert json.loads(begun("session", "switch", "second", "--json").out)["is_active"] is True


def test_an_export_goes_to_stdout_or_to_a_file(begun: Callable[..., Typed], tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(begun("session", "export").out)))
    assert [(row["Tokens Total"], row["Percentage"], row["Preview"], row["Type"]) for row in rows] == [
        ("67062", "51.16", "", "real")
    ]
    said = begun("session", "export", "mistral-large-2411", "--format", "json", "-o", tmp_path / "out.json")
    assert (said.code, said.out) == (0, "")
    document = json.loads((tmp_path / "out.json").read_text())
    assert [one["usage"]["input_tokens"] for one in document["calls"]] == [67_000]
    assert json.loads(begun("session", "export", "--json").out) == document


def test_reports_take_and_show_the_name_of_a_session(begun: Callable[..., Typed]) -> None:
    asked = ("report", "--period", "2026-11", "--by", "session")
    assert "mistral-large-2411" in begun(*asked, "--session", "MISTRAL*").out
    assert "mistral-large-2411" in begun(*asked, "--markdown").out
    session_id = shown(begun)["id"]
    rows = json.loads(begun(*asked, "--session", "mistral-large-2411", "--json").out)["rows"]
    assert [row["key"]["session"] for row in rows] == [session_id]
    assert begun(*asked, "--session", session_id, "--json").code == 0
    assert begun(*asked, "--session", "another").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["new", "--model", "mistral/mistral-large-2412"], 3, "did you mean 'mistral/mistral-large-2411'?"),
        (["new", "--model", "mistral-large-2412"], 3, "did you mean 'mistral-large-2411'?"),
        (["new", "--provider", "mistrl"], 3, "did you mean 'mistral'?"),
        (["new", "--name", "a/b"], 2, "use 1 to 64 letters"),
        (["new", "--name", "-x"], 2, "use 1 to 64 letters"),
        (["new", "--name", "mistral-large-2411"], 3, "already"),
        (["show", "mistral-large"], 1, "did you mean 'mistral-large-2411'?"),
        (["switch", "zzz"], 1, "tokencli session list --all"),
        (["export", "--format", "xml"], 2, "--format csv"),
        (["export", "-o", "/proc/none/x.csv"], 3, "cannot write"),
    ],
)
def test_bad_input_gets_one_sentence_and_its_exit_code(
    begun: Callable[..., Typed], arguments: list[str], code: int, sentence: str
) -> None:
    said = begun("session", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (code, "", 1)
    assert sentence in said.err


def test_only_new_makes_a_ledger(typed: Callable[..., Typed], tmp_path: Path) -> None:
    for arguments in (["list"], ["show"], ["switch", "x"], ["end"], ["export"]):
        assert typed("session", *arguments, "--db", tmp_path / "none.db").code == 4
        assert not (tmp_path / "none.db").exists()


def test_a_wrong_word_makes_no_ledger(typed: Callable[..., Typed], tmp_path: Path) -> None:
    for arguments in (["--model", "zzz"], ["--name", "a/b"]):
        assert typed("session", "new", *arguments, "--db", tmp_path / "none.db").code in {2, 3}
        assert not (tmp_path / "none.db").exists()


def test_words_are_completed_from_the_ledger_and_the_configuration(
    begun: Callable[..., Typed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun("session", "new", "--name", "mine")
    begun("session", "end", "mine")
    ctx = typer.Context(get_command(command.app))
    assert command.complete_session(ctx, "m") == ["mistral-large-2411"]
    assert command.complete_model(ctx, "mistral/mistral") == [LARGE]
    assert command.complete_provider(ctx, "mis") == ["mistral"]
    monkeypatch.setenv("TOKENCLI_DB", str(tmp_path / "none.db"))
    monkeypatch.setenv("TOKENCLI_CONFIG", str(tmp_path / "none.toml"))
    assert command.complete_session(ctx, "") == command.complete_model(ctx, "") == []
