"""`tokencli` and `python -m tokencli` are the same program."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tokencli import __version__
from tokencli.__main__ import main
from tokencli.cli.front import help_text


@pytest.mark.parametrize("name", ["-h", "--help"])
def test_help_shows_the_front_page(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokencli", name])
    assert main() == 0
    assert capsys.readouterr().out == f"{help_text()}\n"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "tokencli", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tokencli {__version__}\n", "")
