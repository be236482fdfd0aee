"""Measuring: failed commands are no measurements, and memory counts every process of a command."""

from __future__ import annotations

import os
import sys

import pytest

from bench.measure import Command, CommandFailedError, Run, in_turns, peak_memory, ratio, session_pids, timed

MIB = 1 << 20
HOLD = "held = bytearray(60 * 2**20); held[::4096] = b'x' * len(held[::4096]); import sys; sys.stdin.read(); "
TWO = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {HOLD!r}], stdin=subprocess.PIPE)
{HOLD}
time.sleep(0.6)
child.communicate()
"""


def runs(*walls: float) -> list[Run]:
    return [Run(wall_s=wall, cpu_s=wall / 2) for wall in walls]


def python(code: str) -> Command:
    return Command(args=(sys.executable, "-c", code), env=dict(os.environ))


def test_failed_command_is_not_a_measurement() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3: oh no"):
        timed(python("import sys; sys.stderr.write('oh no'); sys.exit(3)"))


def test_failed_command_has_no_peak() -> None:
    with pytest.raises(CommandFailedError, match="ended with 4"):
        peak_memory(python("import sys; sys.exit(4)"))


def test_preparation_runs_before_each_time_and_is_not_measured() -> None:
    prepared: list[int] = []
    command = Command(args=("true",), env=dict(os.environ), prepare=lambda: prepared.append(1))
    first, second = in_turns((command, Command(args=("true",), env={"PATH": os.environ["PATH"]})), 3)
    assert len(prepared) == len(first) == len(second) == 3


def test_output_is_no_null_device_which_lets_grep_stop_at_its_first_hit() -> None:
    check = "import os, sys; sys.exit(os.fstat(1).st_rdev == os.stat(os.devnull).st_rdev)"
    assert timed(python(check)).wall_s > 0


def test_ratio_is_of_medians() -> None:
    assert ratio(runs(2.0, 4.0, 90.0), runs(1.0, 2.0, 0.1)) == 4.0


def test_cpu_time_is_that_of_all_processes_of_the_command() -> None:
    burn = "import time; end = time.process_time() + 0.15\nwhile time.process_time() < end: pass"
    run = timed(python(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\n{burn}"))
    assert run.cpu_s >= 0.3
    assert run.wall_s >= 0.3


def test_peak_counts_every_process_of_the_command() -> None:
    memory = peak_memory(python(TWO))
    assert memory.tree_bytes > 120 * MIB
    assert 60 * MIB < memory.process_bytes < 110 * MIB


def test_the_size_of_who_measures_is_no_part_of_the_peak() -> None:
    ours = bytearray(150 * MIB)
    ours[::4096] = b"x" * len(ours[::4096])
    memory = peak_memory(python("import time; time.sleep(0.2)"))
    assert 0 < memory.process_bytes < 60 * MIB
    assert len(ours) == 150 * MIB


def test_a_session_that_is_not_there_has_no_processes() -> None:
    assert session_pids(-1) == []
