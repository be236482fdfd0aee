"""`tokencli check-db` as it is typed: the four diagnoses, exit codes, JSON, narrow consoles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.foreign_databases import cockpit, cost_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

    Type = Callable[..., Typed]

GPT = "[OpenAI] Cost calculated: $0.000600 (model=gpt-4o-mini, input=2000 tokens, output=500 tokens)"
GEMINI = "[Gemini] Cost calculated: $0.001850 (model=gemini-2.5-flash, input=2000 tokens, output=500 tokens)"
HAIKU = "[Anthropic] Cost calculated: {} (model=claude-3-5-haiku-20241022, input={} tokens, output={} tokens)"
NO_GEMINI = (
    "[Gemini] Failed to count input tokens: 'GenerativeModel' object has no attribute 'count'",
    "[Gemini] Cost calculated: $0.000000 (model=gemini-1.5-flash, input=0 tokens, output=0 tokens)",
)
NO_CLAUDE = "[Anthropic] No usage data in final response for model claude-3-5-haiku-20241022"
UNWELL = "Timeout AI request après 30.0s (provider=openai, model=gpt-4o-mini)"


@pytest.fixture
def ingested(typed: Type, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that takes lines into a ledger, one a minute, and returns the ledger."""

    def ingested(*lines: str) -> Path:
        log = tmp_path / "backend.log"
        stamped = (f"2025-10-10 14:{minute:02}:11,123 INFO [llm] {line}\n" for minute, line in enumerate(lines))
        log.write_text("".join(stamped), encoding="utf-8")
        typed("ingest", log, "--db", tmp_path / "ledger.db", "--tz", "UTC")
        return tmp_path / "ledger.db"

    return ingested


def checked(typed: Type, ledger: Path, *options: str) -> tuple[Typed, dict[str, Any]]:
    told = typed("check-db", "--db", ledger, "--tz", "UTC", "--json", *options)
    return told, json.loads(told.out)


def bad_codes(values: dict[str, Any]) -> set[str]:
    return {each["code"] for each in values["findings"] if each["severity"] != "success"}


def test_all_is_fine(typed: Type, ingested: Callable[..., Path]) -> None:
    ledger = ingested(GPT, GEMINI, HAIKU.format("$0.003600", 2000, 500))
    told = typed("check-db", "--db", ledger, "--tz", "UTC")
    assert told.code == 0
    assert told.out.endswith("Verdict: all is well.\n")
    assert "  gpt-4o-mini: 1 entries, $0.000600, 2000 in, 500 out\n" in told.out
    assert "openai: 1 call, 2,500 tokens, $0.000600: counted and priced." in told.out


def test_gemini_at_zero(typed: Type, ingested: Callable[..., Path]) -> None:
    ledger = ingested(GPT, *NO_GEMINI * 3)
    told = typed("check-db", "--db", ledger, "--tz", "UTC")
    assert told.code == 1
    assert "  gemini-1.5-flash: 3 entries, $0.000000, 0 in, 0 out\n" in told.out
    said = " ".join(told.out.split())
    assert "gemini-1.5-flash: 3 calls and not one token, so the sums show $0 for it" in said
    assert "3 lines of failure, most of calls that could not be counted on the way in" in said
    assert "usageMetadata" in said


def test_claude_at_zero(typed: Type, ingested: Callable[..., Path]) -> None:
    lines = [HAIKU.format("$0.000000", 0, 0), NO_CLAUDE] * 3
    told, values = checked(typed, ingested(GPT, *lines))
    assert (told.code, values["status"]) == (1, "problem")
    assert bad_codes(values) == {"no-tokens", "log-no-usage"}
    (one,) = [each for each in values["findings"] if each["code"] == "no-tokens"]
    assert (one["subject"], one["count"]) == ("claude-3-5-haiku-20241022", 3)
    assert "message_delta" in one["advice"]


def test_claude_with_tokens_and_no_cost(typed: Type, ingested: Callable[..., Path]) -> None:
    _, values = checked(typed, ingested(GPT, *[HAIKU.format("$0.000000", 2000, 500)] * 3))
    assert bad_codes(values) == {"tokens-no-cost"}


def test_no_cost_row_at_all(typed: Type, ingested: Callable[..., Path]) -> None:
    told, values = checked(typed, ingested(UNWELL, NO_CLAUDE))
    assert (told.code, values["status"]) == (1, "problem")
    (one,) = [each for each in values["findings"] if each["severity"] == "problem"]
    assert one["code"] == "no-calls"
    assert "while the logs hold 2 lines of failure" in one["message"]
    assert "tokencli serve" in one["advice"]


def test_without_a_ledger_the_next_step_is_told(typed: Type, tmp_path: Path) -> None:
    told = typed("check-db", "--db", tmp_path / "none.db")
    assert (told.code, told.out) == (4, "")
    assert "tokencli ingest" in told.err


def test_warnings_fail_a_strict_check_only(typed: Type, ingested: Callable[..., Path]) -> None:
    ledger = ingested(GPT, UNWELL)
    assert typed("check-db", "--db", ledger, "--tz", "UTC").code == 0
    assert typed("check-db", "--db", ledger, "--tz", "UTC", "--strict").code == 1


def test_the_period_limits_what_is_checked(typed: Type, ingested: Callable[..., Path]) -> None:
    _, values = checked(typed, ingested(GPT), "--period", "today")
    assert bad_codes(values) == {"no-calls-in-period"}
    assert (values["counts"]["calls"], values["totals"]["requests"]) == (1, 0)


def test_a_deep_check_derives_the_rows(typed: Type, ingested: Callable[..., Path]) -> None:
    told, values = checked(typed, ingested(GPT, GEMINI), "--deep")
    assert told.code == 0
    assert "rows-agree" in {each["code"] for each in values["findings"]}


def test_the_json_has_the_keys_of_the_interface(typed: Type, ingested: Callable[..., Path]) -> None:
    _, values = checked(typed, ingested(GPT))
    assert {"status", "counts", "by_model", "findings", "ledger"} <= set(values)
    assert values["by_model"] == [
        {
            "model": "gpt-4o-mini",
            "requests": 1,
            "list_cost": "0.0006",
            "reported_cost": "0.0006",
            "input_tokens": 2000,
            "output_tokens": 500,
        }
    ]
    assert all(
        list(each) == ["code", "severity", "subject", "count", "message", "advice"] for each in values["findings"]
    )
    assert {"url", "schema", "sqlite", "synchronous", "bytes"} <= set(values["ledger"])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_console_can_print_it(ingested: Callable[..., Path], encoding: str) -> None:
    strange = GPT.replace("gpt-4o-mini", "modèle-\N{ROCKET}-\x1b[31m-\N{IDEOGRAPHIC SPACE}")
    ledger = ingested(GPT, *NO_GEMINI * 3, strange)
    command = [sys.executable, "-m", "tokencli", "check-db", "--db", str(ledger), "--tz", "UTC"]
    environ = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environ, check=False, timeout=60)
    assert done.returncode == 1, done.stderr
    assert done.stderr == b""
    said = done.stdout.decode(encoding)
    assert "Verdict: 1 problem and 2 warnings." in said
    assert "\x1b" not in said
    assert said.isascii() or encoding != "ascii"


def test_another_programs_ledger_is_checked_and_not_changed(typed: Type, tmp_path: Path) -> None:
    path = cockpit(tmp_path / "emergence.db", cost_row(model="gemini-1.5-flash", into=0, out=0, cost=0.0))
    before = path.read_bytes()
    for arguments in ((path,), ("--db", path)):
        told = typed("check-db", *arguments, "--tz", "UTC", "--json")
        assert told.code == 1
        values = json.loads(told.out)
        assert "no-tokens" in bad_codes(values)
        assert values["counts"]["calls"] == 1
    assert path.read_bytes() == before
    assert typed("check-db", tmp_path / "none.db").code == 4
