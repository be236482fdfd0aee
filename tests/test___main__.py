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


START = """
import atexit, os, sys, threading
from tokencli import __main__

class Kept:
    def __del__(self):
        os.write(1, b"tidied ")

def work():
    main_is_over.wait()
    os.write(1, b"thread ")

kept, main_is_over = Kept(), threading.Event()
if sys.argv[1] == "thread":
    threading.Thread(target=work).start()
    threading._register_atexit(main_is_over.set)
if sys.argv[1] == "closed":
    sys.stderr = None
atexit.register(os.write, 1, b"exit ")
__main__.main = lambda: print("printed", end=" ") or 3
__main__.start()
"""


@pytest.mark.parametrize(
    ("how", "said"),
    [("", "printed exit "), ("closed", "printed exit tidied "), ("thread", "printed thread exit tidied ")],
)
def test_a_program_that_is_done_ends_at_once_and_never_before(how: str, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", START, how], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, said, "")


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "tokencli", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tokencli {__version__}\n", "")
