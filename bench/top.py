"""The live view in the terminal: what share of a core it takes while nothing happens, and at fifty calls a second."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.row import Row
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.services.record import record
from tokencli.store.database import open_ledger
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bench.workshop import Workshop

IDLE_AIM, BUSY_AIM = 2, 15
CALLS_A_SECOND = 50
_TRANSACTIONS = 10
_ROOM = struct.pack("HHHH", 24, 80, 0, 0)
_RUN = "0123456789ab"


@dataclass
class Seen:
    """The far end of a terminal: how many bytes were drawn."""

    drawn: int = 0

    def wait(self, longest_s: float = 60.0) -> None:
        """Wait until something was drawn and nothing more is, as after a start."""
        until, before = time.monotonic() + longest_s, -1
        while time.monotonic() < until and (not self.drawn or self.drawn != before):
            before = self.drawn
            time.sleep(1)


def live_view(shop: Workshop) -> list[Row]:
    """`tokencli top` in a terminal of 80 by 24 over a ledger of many calls: idle, then with calls that come in."""
    ledger = shop.home / "top.db"
    shutil.copy(shop.ledger_of(shop.dense_log()), ledger)
    what = f"tokencli top, {shop.sizes.dense_lines:,} calls"
    seconds = max(shop.sizes.load_s * 5, 1)
    with _watched(shop, ledger) as (process, seen):
        seen.wait()
        idle = _share(process.pid, lambda: time.sleep(seconds))
        before = seen.drawn
        busy = _share(process.pid, lambda: _feed(ledger, seconds))
        drawn = (seen.drawn - before) / seconds / 1000
        memory = _memory(process.pid)
    return [
        _row(f"{what}, nothing happens", idle, "", IDLE_AIM),
        _row(f"{what}, {CALLS_A_SECOND} calls a second", busy, f", {drawn:.0f} kB/s to the terminal", BUSY_AIM),
        Row(what=f"{what}, memory", measured=f"{memory:.0f} MiB", reference="", value=memory, unit="MiB"),
    ]


TOP_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {"top-1m": live_view}


@contextmanager
def _watched(shop: Workshop, ledger: Path) -> Generator[tuple[subprocess.Popen[bytes], Seen]]:
    far_end, near_end = pty.openpty()
    fcntl.ioctl(near_end, termios.TIOCSWINSZ, _ROOM)
    command = (sys.executable, "-m", "tokencli", "top", "--db", str(ledger))
    env = {"PATH": os.environ["PATH"], "HOME": str(shop.home), "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm"}
    with subprocess.Popen(command, env=env, stdin=near_end, stdout=near_end, stderr=near_end) as process:
        os.close(near_end)
        seen = Seen()
        threading.Thread(target=_read, args=(far_end, seen), daemon=True).start()
        try:
            yield process, seen
        finally:
            process.terminate()
            process.wait()
            os.close(far_end)


def _read(far_end: int, seen: Seen) -> None:
    while True:
        try:
            seen.drawn += len(os.read(far_end, 65536))
        except OSError:  # the terminal was closed
            return


def _feed(ledger: Path, seconds: float) -> None:
    """Write calls as another process does, evenly."""
    book, begun, number = PriceBook(), time.monotonic(), 0
    with open_ledger(ledger, write=True) as database:
        while (elapsed := time.monotonic() - begun) < seconds:
            if number < elapsed * CALLS_A_SECOND:
                with database.transaction() as connection:
                    door = Ledger(connection)
                    for _ in range(CALLS_A_SECOND // _TRANSACTIONS):
                        number += 1
                        record(door, book, _call(number))
            time.sleep(0.02)


def _call(number: int) -> UsageEvent:
    return UsageEvent(
        event_id=EventId(f"{_RUN}.{number}"),
        occurred_at=datetime.now(tz=UTC),
        source="proxy",
        basis=Basis.REPORTED,
        provider_name="openai",
        request_model=("gpt-4o", "gpt-4o-mini")[number % 2],
        usage=TokenUsage(input_tokens=1000 + number, output_tokens=100),
    )


def _share(pid: int, work: Callable[[], None]) -> float:
    """Return what share of a core a process takes while something else is done, in percent."""
    begun, used = time.monotonic(), _cpu_s(pid)
    work()
    return (_cpu_s(pid) - used) / (time.monotonic() - begun) * 100


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _row(what: str, share: float, more: str, aim: float) -> Row:
    return Row(what=what, measured=f"{share:.1f} % of a core{more}", reference="", value=share, unit="%", aim=aim)
