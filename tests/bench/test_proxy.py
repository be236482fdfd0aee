"""The rows of the proxy: what they compare, what they take away, and that a ledger is counted after a load."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bench import proxy as room
from bench.proxy import PROXY_SECTIONS, MiscountError, _added, _beside, _load_rows, counted
from bench.proxy_load import Load, Sample
from bench.proxy_peers import Origin, Running

if TYPE_CHECKING:
    from pathlib import Path

KIND = room._KINDS[0]
ORIGIN = Origin(port=1, plain_port=1)


def load(cpu_us: float) -> Load:
    return Load(answered=100, begun=100, wall_s=1, cpu_s=cpu_us / 1e4)


def test_sections_are_the_promises_of_serve() -> None:
    names = ["load", "load-tls", "latency", "latency-tls", "memory", "stages"]
    assert list(PROXY_SECTIONS) == [f"serve-{name}" for name in names]


def test_load_is_compared_by_cpu_time_and_not_by_the_clock() -> None:
    loads = {"tokencli": load(200), "nginx": load(10), "LiteLLM": load(6_000)}
    beside, alone = _load_rows(KIND, loads, ORIGIN)
    assert (round(beside.value, 6), beside.verdict) == (30, "PASS")
    assert (round(alone.value, 6), alone.verdict, alone.reference) == (200, "ABOVE", "20 x nginx")
    assert "LiteLLM 100/s, 6,000 us CPU" in beside.reference
    assert "Portkey: could not" in beside.reference


def test_load_without_litellm_still_tells_the_cost() -> None:
    (row,) = _load_rows(KIND, {"tokencli": load(170), "nginx": load(10)}, ORIGIN)
    assert (row.verdict, _beside({"tokencli": "x", "nginx": "y"})) == (
        "PASS",
        "nginx y; LiteLLM: could not; Portkey: could not",
    )


def test_added_time_is_what_lies_above_direct_calls() -> None:
    direct = [Sample(first_s=0.001, whole_s=0.002)] * 10
    taken = [Sample(first_s=0.0015, whole_s=0.003)] * 10
    assert _added(taken, direct, lambda one: one.whole_s) == pytest.approx((1, 1))
    assert _added(taken, direct, lambda one: one.first_s) == pytest.approx((0.5, 0.5))


def test_ledger_that_misses_a_call_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = tmp_path / "ledger.db"
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript("CREATE TABLE event(id); CREATE TABLE intent(id);")
    proxy = Running(name="tokencli", url="", session=0, ledger=ledger)
    calls = [0]
    monkeypatch.setattr(Origin, "calls", lambda *_: calls[0])
    monkeypatch.setattr(room, "_SETTLE_S", 0)
    with counted(proxy, ORIGIN), closing(sqlite3.connect(ledger)) as connection:
        connection.execute("INSERT INTO event VALUES (1)")
        connection.commit()
        calls[0] = 1
    with pytest.raises(MiscountError, match="holds 0 settled calls, and the provider had 1"), counted(proxy, ORIGIN):
        calls[0] = 2
