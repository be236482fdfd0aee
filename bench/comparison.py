"""Rows of comparisons: times beside those of a reference, and peaks of memory."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.logs import MIB
from bench.measure import peak_memory, ratio
from bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Command, Run

MEMORY_AIM_MIB = 150


def compared(what: str, runs: Sequence[Sequence[Run]], reference: str, aim: float | None) -> Row:
    """Return how the first command's median wall time compares to the second's."""
    return Row(
        what=what,
        measured=span(runs[0]),
        reference=f"{reference}: {span(runs[1])}",
        value=ratio(runs[0], runs[1]),
        unit="x",
        aim=aim,
    )


def memory(what: str, command: Command) -> Row:
    """Run a command once more and return its peak memory."""
    peak = peak_memory(command)
    return Row(
        what=f"peak memory: {what}",
        measured=f"{peak.tree_bytes / MIB:.0f} MiB in all (PSS)",
        reference=f"largest process: {peak.process_bytes / MIB:.0f} MiB (RSS)",
        value=peak.tree_bytes / MIB,
        unit="MiB",
        aim=MEMORY_AIM_MIB,
    )


def span(runs: Sequence[Run]) -> str:
    """Return the median wall time, in brackets the fastest and the slowest, and the median CPU time."""
    walls = [run.wall_s for run in runs]
    digits = 3 if median(walls) < 1 else 2
    cpu = median(run.cpu_s for run in runs)
    return f"{median(walls):.{digits}f} s ({min(walls):.{digits}f}-{max(walls):.{digits}f}), {cpu:.{digits}f} s CPU"
