from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest

from tokencli.readers import agents
from tokencli.readers.agent_scan import Errand, tellings
from tokencli.services import file_pool
from tokencli.services.file_pool import FilePool, RefusedFileError
from tokencli.services.reader_process import ReaderStoppedError

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


def sizes_of(errands: list[Errand]) -> list[int]:
    return [Path(errand.path).stat().st_size for errand in errands]


@pytest.mark.parametrize("size", [1, 2])
def test_every_file_is_read_to_its_end_and_ends_once(tmp_path: Path, size: int) -> None:
    errands = errands_of(tmp_path, 11)
    steps = list(FilePool(size).begin(errands, sizes_of(errands)).steps())
    assert sorted(step.number for step in steps if step.telling is None) == list(range(11))
    for number, errand in enumerate(errands):
        expected = [call for telling in tellings(errand) for call in telling.calls]
        found = [call for step in steps if step.number == number and step.telling for call in step.telling.calls]
        assert found == expected


def test_a_file_that_cannot_be_read_keeps_no_other_out(tmp_path: Path) -> None:
    errands = errands_of(tmp_path, 4)
    errands[1] = errands[1]._replace(path=str(tmp_path / "none"))
    errors = {step.number: step.error for step in FilePool(2).begin(errands, [1] * 4).steps() if step.error}
    assert list(errors) == [1]
    assert isinstance(errors[1], RefusedFileError)


def test_whoever_leaves_early_stops_the_processes(tmp_path: Path) -> None:
    pool = FilePool(2)
    for _ in pool.begin(errands_of(tmp_path, 9), [1] * 9).steps():
        break
    gc.collect()
    assert all(lane.process.wait() is not None for lane in pool._lanes)


def test_a_process_that_dies_is_an_error(tmp_path: Path) -> None:
    pool = FilePool(1)
    steps = pool.begin(errands_of(tmp_path, 9), [1] * 9).steps()
    next(steps)
    os.kill(pool._lanes[0].process.pid, signal.SIGKILL)
    with pytest.raises(ReaderStoppedError, match="-9"):
        list(steps)


def test_files_are_handed_out_a_few_at_a_time_however_long_their_names_and_states(tmp_path: Path) -> None:
    errands = [errand._replace(state="7" * 9_000) for errand in errands_of(tmp_path, 40)]
    pool = FilePool(2)
    most = 0
    for step in pool.begin(errands, [1] * 40).steps():
        most = max(most, *(len(lane._weights) for lane in pool._lanes))
        assert step.error is None
    assert most == 2


def test_who_looks_meanwhile_fetches_what_has_come_and_loses_nothing(tmp_path: Path) -> None:
    errands = errands_of(tmp_path, 30)
    pool = FilePool(2)
    steps = pool.begin(errands, sizes_of(errands)).steps()
    found = [next(steps)]
    while any(lane._weights for lane in pool._lanes):
        pool.look()
    found += steps
    pool.look()
    assert sorted(step.number for step in found if step.telling is None) == list(range(30))
    assert sum(len(step.telling.keys) for step in found if step.telling) == sum(number * 3 for number in range(30))


def test_who_only_looks_fetches_no_more_than_a_bounded_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_pool, "_MOST_WAITING_BYTES", 20_000)
    errands = errands_of(tmp_path, 150)
    pool = FilePool(2)
    steps = pool.begin(errands, sizes_of(errands)).steps()
    found = [next(steps)]
    while (waiting := sum(len(data) for _, _, data in pool._frames)) < 20_000:
        pool._poll.poll()
        pool.look()
    # One look may fetch what two pipes hold.
    assert waiting < 20_000 + 2 * (1 << 20)
    for _ in range(9):
        pool._poll.poll()
        pool.look()
    assert sum(len(data) for _, _, data in pool._frames) == waiting
    found += steps
    assert sorted(step.number for step in found if step.telling is None) == list(range(150))


def test_large_files_are_handed_out_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = FilePool(2)
    before: list[list[int]] = []
    fetch = pool._fetch

    def noted(wait_ms: int | None) -> None:
        before.append([number for lane in pool._lanes for number in lane.numbers])
        fetch(wait_ms)

    monkeypatch.setattr(pool, "_fetch", noted)
    found = list(pool.begin(errands_of(tmp_path, 5), [200 << 20, 90 << 20, 80 << 20, 1, 1]).steps())
    assert before[0] == [0, 1]
    assert sorted(step.number for step in found if step.telling is None) == [0, 1, 2, 3, 4]


def test_a_file_may_be_written_out_while_others_are_read(tmp_path: Path) -> None:
    errands = errands_of(tmp_path, 9)
    pool = FilePool(2).begin(errands, sizes_of(errands))
    pool.write_out(tmp_path / "none")
    pool.write_out(tmp_path / "0.jsonl")
    assert sorted(step.number for step in pool.steps() if step.telling is None) == list(range(9))
    pool.write_out(tmp_path / "0.jsonl")
