"""Write the output under every `$ tokencli ...` of the docs by running it: what a page shows is what a reader gets.

A page's commands run in order, in an empty home and an empty folder of the page's own. A block of `log` or `toml` with
a title is a file of that name there, one of `sql` a SQLite file that these statements make. `make fix` runs this; a
test holds the committed pages to it.
"""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"^```(?P<kind>console|log|toml|sql) *(?:title=\"(?P<title>[\w./-]+)\")?\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PROMPT = "$ "
# Commands whose answer may be "no", told by exit code 1.
MAY_SAY_NO = {"check-db"}
COLUMNS = "96"
# What differs from run to run: how long it took, and the ledger's name for a log.
VARYING = (
    (re.compile(r"\b[0-9a-f]{12}(?=\.\d)"), "4f1c09ab23de"),
    (re.compile(r"\b\d+(?:\.\d+)? m?s\b"), "0.5 s"),
    (re.compile(r"\b[\d,.]+ ?[kM]?(?= lines/s)"), "30,000"),
)


class CommandFailedError(Exception):
    """A command that a page shows did not end well."""

    def __init__(self, line: str, output: str) -> None:
        """Show the command and what it said."""
        super().__init__(f"{line!r} failed: {output}")


def pages() -> Iterator[Path]:
    """Yield every page that shows the output of a command."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if re.search(r"^```console$", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield path


def render(text: str) -> str:
    """Return the page with the output of its commands written anew; raise CommandFailedError when one fails."""
    with tempfile.TemporaryDirectory(prefix="tokencli-docs-") as folder:
        place = Path(folder)
        (place / "work").mkdir()
        return BLOCK.sub(lambda block: _rendered(block, place), text)


def _rendered(block: re.Match[str], place: Path) -> str:
    if block["kind"] != "console":
        if block["title"]:
            _make(place / "work" / block["title"], block["kind"], block["body"])
        return block[0]
    shown = [line for line in block["body"].split("\n") if line.startswith(PROMPT)]
    return "```console\n" + "\n".join(f"{line}\n{_output(line, place)}" for line in shown) + "```"


def _make(path: Path, kind: str, body: str) -> None:
    if kind != "sql":
        path.write_text(body, encoding="utf-8")
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(body)


def _output(line: str, place: Path) -> str:
    """Return what a reader sees who types the line: both streams, without what differs from run to run."""
    words = shlex.split(line.removeprefix(PROMPT))
    if words[0] != "tokencli":
        raise CommandFailedError(line, "only tokencli is run here")
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=place / "work",
        env=_environment(place),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in ((0, 1) if words[1] in MAY_SAY_NO else (0,)):
        raise CommandFailedError(line, done.stdout)
    output = done.stdout.replace(str(place / "work"), ".").replace(str(place), "~")
    for pattern, instead in VARYING:
        output = pattern.sub(instead, output)
    lines = (shown.rstrip() for shown in output.strip("\n").split("\n"))
    return "\n".join(lines) + "\n"


def _environment(place: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    ours = {"HOME": str(place), "TZ": "Europe/Paris", "COLUMNS": COLUMNS, "NO_COLOR": "1", "PYTHONUTF8": "1"}
    return {**kept, **ours}


def main() -> int:
    """Write the outputs into the pages; return the exit code."""
    for path in pages():
        before = path.read_text(encoding="utf-8")
        after = render(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
