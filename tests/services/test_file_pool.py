from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tokencli.readers import agents
from tokencli.readers.agent_scan import Errand, tellings
from tokencli.services.file_pool import FilePool, RefusedFileError
from tokencli.services.scan_pool import ReaderStoppedError

if TYPE_CHECKING:
    from pathlib import Path

CLAUDE = [agent.name for agent in agents.AGENTS].index("claude-code")


def errands_of(folder: Path, count: int) -> list[Errand]:
    found: list[Errand] = []
    for number in range(count):
        path = folder / f"{number}.jsonl"
        path.write_text(
            "".join(
                '{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s","message":{"id":"msg_'
                f'{number}_{place}","model":"claude-sonnet-4-5","usage":{{"input_tokens":10,"output_tokens":5}}}}}}\n'
                for place in range(number * 3)
            )
        )
        found.append(Errand(str(path), CLAUDE))
    return found


@pytest.mark.parametrize("size", [1, 2])
def test_every_file_is_read_to_its_end_and_ends_once(tmp_path: Path, size: int) -> None:
    errands = errands_of(tmp_path, 11)
    steps = list(FilePool(size).steps(errands))
    assert sorted(step.number for step in steps if step.telling is None) == list(range(11))
    for number, errand in enumerate(errands):
        expected = [call for telling in tellings(errand) for call in telling.calls]
        found = [call for step in steps if step.number == number and step.telling for call in step.telling.calls]
        assert found == expected


def test_a_file_that_cannot_be_read_keeps_no_other_out(tmp_path: Path) -> None:
    errands = errands_of(tmp_path, 4)
    errands[1] = errands[1]._replace(path=str(tmp_path / "none"))
    errors = {step.number: step.error for step in FilePool(2).steps(errands) if step.error}
    assert list(errors) == [1]
    assert isinstance(errors[1], RefusedFileError)


def test_whoever_leaves_early_stops_the_processes(tmp_path: Path) -> None:
    pool = FilePool(2)
    for _ in pool.steps(errands_of(tmp_path, 9)):
        break
    gc.collect()
    assert all(lane.process.wait() is not None for lane in pool._lanes)


def test_a_process_that_dies_is_an_error(tmp_path: Path) -> None:
    pool = FilePool(1)
    steps = pool.steps(errands_of(tmp_path, 9))
    next(steps)
    os.kill(pool._lanes[0].process.pid, signal.SIGKILL)
    with pytest.raises(ReaderStoppedError, match="-9"):
        list(steps)
