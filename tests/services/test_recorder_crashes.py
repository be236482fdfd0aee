"""A process that is killed at any moment, or whose disk is full, loses no call that it had acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from tests.services.recorders import opened, rows

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 12
CALLS = """
import asyncio, os, sys
from pathlib import Path
from tests.services.recorders import INTENT, opened, settled
async def calls(recording):
    while True:
        event_id = await recording.open(INTENT)
        os.write(1, f"opened {event_id}\\n".encode())
        await recording.settle(settled(event_id))
        os.write(1, f"settled {event_id}\\n".encode())
async def main():
    recording = opened(Path(sys.argv[1]))
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(calls(recording))
asyncio.run(main())
"""
SPOOLED = """
import asyncio, fcntl, os, sys
from pathlib import Path
from tests.services.recorders import INTENT, opened, settled
async def main():
    recording = opened(Path(sys.argv[1]), settle_wait_s=0.01)
    ids = [await recording.open(INTENT) for _ in range(200)]
    os.write(1, "".join(f"opened {event_id}\\n" for event_id in ids).encode())
    foreign = os.open(sys.argv[1] + ".lock", os.O_RDWR)
    fcntl.flock(foreign, fcntl.LOCK_EX)
    for event_id in ids:
        await recording.settle(settled(event_id))
        os.write(1, f"settled {event_id}\\n".encode())
asyncio.run(main())
"""
FULL = """
import asyncio, os, resource, signal, sys
from pathlib import Path
from tests.services.recorders import INTENT, opened, settled
from tokencli.domain.errors import LedgerFullError
async def main():
    place = Path(sys.argv[1])
    recording = opened(place)
    ids = [await recording.open(INTENT) for _ in range(5)]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    room = place.with_name(place.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    for event_id in ids:
        await recording.settle(settled(event_id))
    print(recording.state.spooled, recording.state.unsaved)
    try:
        await recording.open(INTENT)
    except LedgerFullError as error:
        print(error)
    if sys.argv[2] == "mended":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        recording.close()
    sys.stdout.flush()
    os._exit(0)
asyncio.run(main())
"""
OUTCOMES = """\
SELECT o.key || '.' || (e.id & 0xffffffffff), f.finish, e.output_tokens FROM event AS e
JOIN facet AS f ON f.id = e.facet_id JOIN origin AS o ON o.id = e.id >> 40"""


def killed(code: str, place: Path, root: Path, *, after_lines: int) -> tuple[set[str], set[str]]:
    """Run a process, kill it after some lines, and return the calls that it said were opened and settled."""
    command = [sys.executable, "-c", code, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after_lines)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().split(b"\n")
    told = [line.decode().split() for line in lines if line.strip()]
    return {name for what, name in told if what == "opened"}, {name for what, name in told if what == "settled"}


def test_no_acknowledged_call_is_lost_when_the_process_is_killed(tmp_path: Path, root: Path) -> None:
    place = tmp_path / "ledger.db"
    dice = random.Random(20261121)  # noqa: S311 - moments, not secrets
    opens: set[str] = set()
    settles: set[str] = set()
    for _ in range(KILLS):
        some_opened, some_settled = killed(CALLS, place, root, after_lines=dice.randrange(1, 400))
        opens |= some_opened
        settles |= some_settled
    with closing(opened(place)):
        pass
    found = {name: (finish, output) for name, finish, output in rows(place, OUTCOMES)}
    assert len(opens) > KILLS
    assert opens <= found.keys()
    assert {name: found[name] for name in settles} == dict.fromkeys(settles, ("ok", 75))
    assert rows(place, "SELECT count(*) FROM intent") == [(0,)]
    assert sorted(path.name for path in tmp_path.glob("ledger.db.*/*")) == []


def test_no_settled_call_is_lost_when_the_process_is_killed_while_it_spools(tmp_path: Path, root: Path) -> None:
    place = tmp_path / "ledger.db"
    opens, settles = killed(SPOOLED, place, root, after_lines=220)
    assert len(settles) >= 20
    with closing(opened(place)) as recording:
        assert recording.recovered.spooled >= len(settles)
        assert recording.recovered.spooled + recording.recovered.unknown == len(opens) == 200
        assert recording.recovered.broken <= 1
    found = {name: (finish, output) for name, finish, output in rows(place, OUTCOMES)}
    assert {name: found[name] for name in settles} == dict.fromkeys(settles, ("ok", 75))


def run_with_full_disk(place: Path, root: Path, then: str) -> list[str]:
    command = [sys.executable, "-c", FULL, str(place), then]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    return done.stdout.strip().split("\n")


def test_full_disk_refuses_new_calls_and_still_takes_settled_ones(tmp_path: Path, root: Path) -> None:
    place = tmp_path / "ledger.db"
    said = run_with_full_disk(place, root, "killed")
    assert said[0] == "5 0"
    assert "no space left" in said[1]
    with closing(opened(place)) as recording:
        assert recording.recovered == (0, 5, 0)
    assert rows(place, "SELECT count(*), sum(output_tokens) FROM event") == [(5, 375)]


def test_what_a_full_disk_kept_out_goes_in_once_there_is_room(tmp_path: Path, root: Path) -> None:
    place = tmp_path / "ledger.db"
    run_with_full_disk(place, root, "mended")
    assert rows(place, "SELECT count(*), sum(output_tokens) FROM event") == [(5, 375)]
    assert sorted(path.name for path in tmp_path.glob("ledger.db.*/*")) == []
