"""Where measuring happens: the sizes, the logs (made once and kept), the ledgers, and the commands to run."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench import agent_logs, logs
from bench.measure import Command, timed

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parent / "data"
REFERENCE = Path(__file__).parent / "reference.py"
READ_BYTES = 1 << 22
RECIPE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured, and how often: `rounds` for long commands, `short_rounds` for those of a second or so.

    A proxy is loaded `load_rounds` times for `load_s` seconds, called `calls` times at one connection, and given
    `streams` streams at once.
    """

    mixed_lines: int
    dense_lines: int
    long_line_bytes: int
    many_events: int
    rounds: int
    short_rounds: int
    agent_bytes: int = 500_000_000
    load_rounds: int = 3
    load_s: int = 4
    calls: int = 2_000
    streams: int = 1_000


FULL = Sizes(
    mixed_lines=10_000_000,
    dense_lines=1_000_000,
    long_line_bytes=1 << 30,
    many_events=10_000_000,
    rounds=3,
    short_rounds=15,
)
QUICK = Sizes(
    mixed_lines=100_000,
    dense_lines=100_000,
    long_line_bytes=1 << 26,
    many_events=100_000,
    rounds=2,
    short_rounds=5,
    agent_bytes=20_000_000,
    load_rounds=1,
    load_s=2,
    calls=200,
    streams=100,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes what a section needs. Logs are kept between runs; ledgers only with `reuse`."""

    sizes: Sizes
    home: Path
    data: Path = DATA
    reuse: bool = False

    def mixed_log(self) -> Path:
        """Return the log of which every tenth line is a cost line, made if need be and read into memory."""
        return self._log("mixed", self.sizes.mixed_lines, logs.write_mixed)

    def dense_log(self) -> Path:
        """Return the log of cost lines only."""
        return self._log("dense", self.sizes.dense_lines, logs.write_dense)

    def many_log(self) -> Path:
        """Return the log of cost lines only that fills the large ledger."""
        return self._log("dense", self.sizes.many_events, logs.write_dense)

    def long_line_log(self) -> Path:
        """Return the log with one very long line."""
        return self._log("long-line", self.sizes.long_line_bytes, logs.write_long_line)

    def agent_home(self) -> Path:
        """Return the home of Claude Code with its sessions, made if need be and read into memory."""
        home = self.data / f"claude-{self.sizes.agent_bytes}-r{RECIPE}"
        if not home.exists():
            self.data.mkdir(exist_ok=True)
            print(f"writing {home.name} ...", file=sys.stderr)
            shutil.rmtree(home.with_suffix(".part"), ignore_errors=True)
            agent_logs.write_home(home, self.sizes.agent_bytes)
        for file in agent_logs.files_of(home):
            read_into_memory(file)
        return home

    def tokencli(self, *args: str, prepare: Callable[[], None] | None = None) -> Command:
        """Return a tokencli command of this environment, with an own empty home."""
        return self.command(str(Path(sys.executable).with_name("tokencli")), *args, prepare=prepare)

    def python(self, *args: str, prepare: Callable[[], None] | None = None) -> Command:
        """Return a command of the Python that runs tokencli."""
        return self.command(sys.executable, *args, prepare=prepare)

    def command(self, *args: str, prepare: Callable[[], None] | None = None) -> Command:
        """Return any command in the environment that all are measured in."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return Command(args=args, env=env, prepare=prepare)

    def cold_ingest(self, log: Path) -> Command:
        """Return the command that takes the log into a ledger that is not there yet."""
        ledger = self.home / "cold.db"
        return self.ingest(log, ledger, prepare=partial(remove_ledger, ledger))

    def ingest(self, log: Path, ledger: Path, prepare: Callable[[], None] | None = None) -> Command:
        """Return the command that takes the log into the ledger."""
        return self.tokencli("--db", str(ledger), "ingest", str(log), "--tz", "UTC", prepare=prepare)

    def ledger_of(self, log: Path) -> Path:
        """Return the ledger that holds the log's calls, made if need be."""
        ledger = self.data / f"{log.stem}.db"
        if not (self.reuse and ledger.exists()):
            remove_ledger(ledger)
            timed(self.ingest(log, ledger))
        return ledger

    def _log(self, kind: str, size: int, write: Callable[[Path, int], None]) -> Path:
        path = self.data / f"{kind}-{size}-r{RECIPE}.log"
        if not path.exists():
            self.data.mkdir(exist_ok=True)
            print(f"writing {path.name} ...", file=sys.stderr)
            write(path, size)
        read_into_memory(path)
        return path


def read_into_memory(path: Path) -> None:
    """Read a file once from end to end, so that no measured command waits for the disk."""
    with path.open("rb", buffering=0) as content:
        while content.read(READ_BYTES):
            pass


def remove_ledger(ledger: Path) -> None:
    """Remove a ledger and the files SQLite and tokencli keep beside it."""
    for path in ledger.parent.glob(f"{ledger.name}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
