"""Time and memory of whole processes: wall and CPU time of a command, and the peak of all its processes together.

CPU time is that of the command and all processes it waited for: it hardly changes on a busy machine.
Memory is the sum of PSS (each shared page divided among those that share it) over every process of the
command's session, sampled; the largest resident size of any one process stands beside it, as the kernel kept it
for that process up to the last sample: what it tells at a process's end counts the size of who started it too.
Memory is never sampled during a timed run.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SAMPLE_EVERY_S = 0.02
KIB = 1024


class CommandFailedError(Exception):
    """A measured command ended with another exit code than expected: its time would mean nothing."""

    def __init__(self, command: Sequence[str], code: int, stderr: str) -> None:
        """Show the command and the end of what it said."""
        super().__init__(f"{' '.join(command)} ended with {code}: {stderr[-500:]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The peak of one run: all processes together, and the largest one."""

    tree_bytes: int
    process_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The times of one run in seconds."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to measure; `prepare` runs before each time and is not measured."""

    args: tuple[str, ...]
    env: Mapping[str, str]
    prepare: Callable[[], None] | None = None


def timed(command: Command) -> Run:
    """Run the command once and return its times.

    Raises:
        CommandFailedError: it did not end with 0.
    """
    if command.prepare:
        command.prepare()
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = _started(command, said)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        _check(command, process, status, said)
    return Run(wall_s=elapsed, cpu_s=usage.ru_utime + usage.ru_stime)


def in_turns(commands: Sequence[Command], rounds: int) -> list[list[Run]]:
    """Run the commands one after the other, `rounds` times over, and return the runs of each."""
    runs: list[list[Run]] = [[] for _ in commands]
    for _ in range(rounds):
        for kept, command in zip(runs, commands, strict=True):
            kept.append(timed(command))
    return runs


def ratio(runs: Sequence[Run], reference: Sequence[Run]) -> float:
    """Return the median wall time of the runs over the median wall time of the reference's."""
    return median(run.wall_s for run in runs) / median(run.wall_s for run in reference)


def peak_memory(command: Command) -> Memory:
    """Run the command once and return its peak memory.

    Raises:
        CommandFailedError: it did not end with 0.
    """
    if command.prepare:
        command.prepare()
    peak, largest = 0, 0
    with tempfile.TemporaryFile() as said:
        process = _started(command, said)
        while True:
            ended, status = os.waitpid(process.pid, os.WNOHANG)
            if ended:
                break
            pids = session_pids(process.pid)
            peak = max(peak, sum(map(_pss, pids)))
            largest = max(largest, *map(_high_water, pids), 0)
            time.sleep(SAMPLE_EVERY_S)
        _check(command, process, status, said)
    return Memory(tree_bytes=peak, process_bytes=largest)


def session_pids(session: int) -> list[str]:
    """Return the ids of all living processes of a session."""
    pids = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _session_of(pid) == session]


def sizes_of(session: int) -> list[int]:
    """Return the PSS in bytes of each living process of a session."""
    return [_pss(pid) for pid in session_pids(session)]


def _started(command: Command, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a command that writes to a file: grep stops at its first hit when its output is /dev/null."""
    return subprocess.Popen(
        command.args,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        start_new_session=True,
    )


def _check(command: Command, process: subprocess.Popen[bytes], status: int, said: IO[bytes]) -> None:
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said.seek(0)
        raise CommandFailedError(command.args, process.returncode, said.read().decode(errors="replace"))


def _session_of(pid: str) -> int | None:
    """Return the session id of a process; None when it has just gone."""
    try:
        after_name = Path("/proc", pid, "stat").read_bytes().rpartition(b")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(after_name.split()[3])


def _pss(pid: str) -> int:
    return _size_in("smaps_rollup", b"Pss:", pid)


def _high_water(pid: str) -> int:
    """Return the largest resident size that a process has had since its program began."""
    return _size_in("status", b"VmHWM:", pid)


def _size_in(name: str, field: bytes, pid: str) -> int:
    """Return a size that the kernel tells of a process; 0 when it has just gone."""
    try:
        told = Path("/proc", pid, name).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in told.split(b"\n"):
        if line.startswith(field):
            return int(line.split()[1]) * KIB
    return 0
