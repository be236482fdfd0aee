"""The logs to measure with: right share of cost lines, times in order, the same bytes every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINES = 20_000


@pytest.mark.parametrize("write", [logs.write_mixed, logs.write_dense])
def test_same_size_gives_the_same_bytes(tmp_path: Path, write: Callable[[Path, int], None]) -> None:
    write(tmp_path / "one.log", LINES)
    write(tmp_path / "two.log", LINES)
    assert (tmp_path / "one.log").read_bytes() == (tmp_path / "two.log").read_bytes()


def test_exactly_a_tenth_of_the_mixed_log_are_cost_lines_of_a_usual_width(tmp_path: Path) -> None:
    logs.write_mixed(tmp_path / "mixed.log", LINES)
    content = (tmp_path / "mixed.log").read_bytes()
    assert content.count(b"\n") == LINES
    assert content.count(logs.NEEDLE) == LINES // 10
    assert 125 < len(content) / LINES < 155


def test_every_line_of_the_dense_log_is_a_cost_line(tmp_path: Path) -> None:
    logs.write_dense(tmp_path / "dense.log", LINES)
    content = (tmp_path / "dense.log").read_bytes()
    assert content.count(b"\n") == content.count(logs.NEEDLE) == LINES


def test_times_are_in_order_and_fill_the_month(tmp_path: Path) -> None:
    logs.write_mixed(tmp_path / "mixed.log", LINES)
    times = [line[:23] for line in (tmp_path / "mixed.log").read_bytes().split(b"\n")[:-1]]
    assert times == sorted(times)
    assert times[0] == b"2026-10-01 00:00:00,000"
    assert times[-1].startswith(b"2026-10-31 23:5")


def test_long_line_stands_between_two_cost_lines_and_has_the_size_asked_for(tmp_path: Path) -> None:
    logs.write_long_line(tmp_path / "long.log", 3 * logs.MIB)
    first, middle, last, rest = (tmp_path / "long.log").read_bytes().split(b"\n")
    assert logs.NEEDLE in first
    assert logs.NEEDLE in last
    assert middle.partition(b"] ")[2].count(logs.NEEDLE) == 1
    assert len(middle.partition(b"] ")[2]) == 3 * logs.MIB
    assert rest == b""


def test_broken_off_run_leaves_no_half_log_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: object) -> list[bytes]:
        raise KeyboardInterrupt

    monkeypatch.setattr(logs, "_mixed_block", lambda *_: stop)
    with pytest.raises(KeyboardInterrupt):
        logs.write_mixed(tmp_path / "mixed.log", LINES)
    assert not (tmp_path / "mixed.log").exists()
