"""The examples run, on the example log."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str, root: Path) -> str:
    """Run Python with these words in the repository and return what it prints; it must end well."""
    return subprocess.run([sys.executable, *words], cwd=root, capture_output=True, text=True, check=True).stdout


def test_cost_by_day_prints_one_column_a_model(root: Path) -> None:
    run("-m", "tokencli", "ingest", "examples/backend.log", "--tz", "Europe/Paris", root=root)
    printed = run("examples/cost_by_day.py", "2025-10", root=root)
    assert printed.split() == [
        *("model", "claude-3-5-haiku-20241022", "gemini-1.5-flash", "gpt-4o", "nexus-1"),
        *("day", "2025-10-10", "0.003824", "0.0000375", "0.019", "None"),
    ]
