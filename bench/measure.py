"""Time and memory of whole processes: wall time of a command, and the peak of all its processes together.

Memory is the sum of PSS (each shared page divided among those that share it) over every process of the
command's session, sampled; the largest resident size of any one process stands beside it, as the kernel
kept it. Memory is never sampled during a timed run.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

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
class Command:
    """A command to measure; `prepare` runs before each time and is not measured."""

    args: tuple[str, ...]
    env: Mapping[str, str]
    prepare: Callable[[], None] | None = None


def seconds(command: Command) -> float:
    """Run the command once and return its wall time in seconds.

    Raises:
        CommandFailedError: it did not end with 0.
    """
    if command.prepare:
        command.prepare()
    start = time.perf_counter()
    done = subprocess.run(
        command.args,
        env=command.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise CommandFailedError(command.args, done.returncode, done.stderr.decode(errors="replace"))
    return elapsed


def in_turns(commands: Sequence[Command], rounds: int) -> list[list[float]]:
    """Run the commands one after the other, `rounds` times over, and return the times of each in seconds."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(rounds):
        for kept, command in zip(times, commands, strict=True):
            kept.append(seconds(command))
    return times


def ratio(times: Sequence[float], reference: Sequence[float]) -> float:
    """Return the median of the times over the median of the reference's times."""
    return median(times) / median(reference)


def peak_memory(command: Command) -> Memory:
    """Run the command once and return its peak memory.

    Raises:
        CommandFailedError: it did not end with 0.
    """
    if command.prepare:
        command.prepare()
    process = subprocess.Popen(
        command.args,
        env=command.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    peak = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        peak = max(peak, session_pss(process.pid))
        time.sleep(SAMPLE_EVERY_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailedError(command.args, process.returncode, "(run it by hand to see why)")
    return Memory(tree_bytes=peak, process_bytes=usage.ru_maxrss * KIB)


def session_pss(session: int) -> int:
    """Return the PSS in bytes of all living processes of a session."""
    pids = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sum(_pss(pid) for pid in pids if _session_of(pid) == session)


def _session_of(pid: str) -> int | None:
    """Return the session id of a process; None when it has just gone."""
    try:
        after_name = Path("/proc", pid, "stat").read_bytes().rpartition(b")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(after_name.split()[3])


def _pss(pid: str) -> int:
    try:
        rollup = Path("/proc", pid, "smaps_rollup").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in rollup.split(b"\n"):
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * KIB
    return 0
