"""The plain way loads nothing slow."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"typing", "re", "json", "decimal", "dataclasses", "enum", "pathlib", "tomllib", "inspect", "typer", "pydantic"}


def test_a_status_line_loads_nothing_slow(tmp_path: Path) -> None:
    env = {"TOKENCLI_HOME": str(tmp_path), "TZ": "UTC"}
    new = [sys.executable, "-m", "tokencli", "session", "new", "--name", "work", "--model", "mistral/codestral-2501"]
    subprocess.run(new, env=env, cwd=tmp_path, capture_output=True, check=True)
    code = (
        "import sys, os; before = set(sys.modules); from tokencli.cli.brief import show_brief;"
        " code = show_brief(['status']); print(*set(sys.modules) - before, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("today $0.00 of $3.00, ")
    assert set(done.stderr.split()) & SLOW == set()
