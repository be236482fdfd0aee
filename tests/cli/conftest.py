"""A log of a few lines, a clock that stands still, and the program as it is typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tokencli.cli import wiring
from tokencli.cli.errors import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2025, 10, 12, 12, tzinfo=UTC)
PREFIX = "2025-10-10 14:32:1{},123 INFO [backend.llm] "
LINES = (
    "2025-10-10 14:32:10,000 INFO [backend.app] started",
    PREFIX.format(1) + "[OpenAI] Cost calculated: $0.027000 (model=gpt-4o, input=3000 tokens, output=800 tokens, "
    "pricing_input=$0.00000500/token, pricing_output=$0.00001500/token)",
    PREFIX.format(1) + "Coût de 0.027000 pour 'nexus' ('gpt-4o') enregistré.",
    PREFIX.format(2) + "[OpenAI] Cost calculated: $0.000000 (model=gpt-4.1-atelier, input=10 tokens, output=5 tokens)",
    PREFIX.format(3) + "[Anthropic] No usage data in final response for model claude-3-5-haiku-20241022",
    PREFIX.format(4) + "[Gemini] Cost calculated: nothing at all",
)


class Typed(NamedTuple):
    """What a run said."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be noon of a day two days after the log's."""
    monkeypatch.setattr(wiring, "now", lambda: NOW)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log with one call and its twin, one without a price, one failure and one broken line."""
    path = tmp_path / "backend.log"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Typed]:
    """Return a function that runs tokencli with some arguments, in a directory of the test's own."""
    monkeypatch.chdir(tmp_path)

    def typed(*arguments: object) -> Typed:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Typed(code, said.out, said.err)

    return typed
