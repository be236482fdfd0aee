"""A look at logs that have not changed loads no reader; what is said is held by `test_ingest` and `test_door`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

UNNEEDED = {"typer", "rich", "msgspec", "tomllib", "tokencli.readers.cost_log", "tokencli.pricing.card"}
LINE = (
    '{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s1","message":{"id":"a",'
    '"model":"claude-sonnet-4-5","usage":{"input_tokens":1000,"output_tokens":5}}}\n'
)


def test_unchanged_logs_are_passed_over_without_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    log = tmp_path / "claude" / "projects" / "p" / "s1.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(LINE, encoding="utf-8")
    command = [sys.executable, "-X", "importtime", "-m", "tokencli", "ingest", "--discover"]
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path) for _ in range(2)
    )
    assert "msgspec" in first.stderr
    assert "unchanged since last time" in second.stdout
    loaded = {line.rpartition("|")[2].strip() for line in second.stderr.split("\n")}
    assert loaded & UNNEEDED == set()
