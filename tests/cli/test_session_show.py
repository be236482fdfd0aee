"""One session as data loads no option parser; what it shows is held by `test_session` and `test_door`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed


def test_data_is_told_without_the_parser_and_the_whole_configuration(
    typed: Callable[..., Typed], tmp_path: Path
) -> None:
    typed("session", "new", "--name", "work")
    command = [sys.executable, "-X", "importtime", "-m", "tokencli", "session", "show", "work", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.split("\n")}
    assert loaded & {"typer", "rich", "tomllib", "tokencli.config.settings"} == set()
    assert '"work"' in done.stdout
