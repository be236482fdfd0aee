"""One log in: every line accounted for, every figure as it is printed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests import cost_logs
from tests.cost_logs import PACKERS, content_of, cost, twin
from tokencli.readers import cost_log, lines
from tokencli.services import ingest
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cost_logs import Shop
    from tokencli.readers.batch import Batch
    from tokencli.readers.cost_log import Stretch

DAY = "2025-10-10"


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


GEMINI = {"provider": "gemini", "model": "gemini-1.5-flash", "agent": None, "basis": "reported", "status": "priced"}
FIGURES = {"input": 200, "output": 75, "listed": 200 * 75_000 + 75 * 300_000, "reported": 123_000_000}
NAMELESS = {**GEMINI, "model": None, "status": "unpriced", "input": 150, "output": 50, "listed": None}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (cost_logs.FULL, {**GEMINI, **FIGURES, "input_pico": 350_000, "output_pico": 700_000}),
        (cost_logs.BARE, {**GEMINI, **FIGURES, "input_pico": 350_000, "output_pico": 700_000}),
        (cost_logs.SHORT, {**GEMINI, **FIGURES, "input_pico": 0, "output_pico": 1_000_000}),
        (cost_logs.NAMELESS_LONG, {**NAMELESS, "reported": 123_000_000, "input_pico": None, "output_pico": None}),
        (cost_logs.NAMELESS_SHORT, {**NAMELESS, "reported": 123_000_000, "input_pico": None, "output_pico": None}),
    ],
)
def test_cost_lines_of_the_reference_give_their_figures(shop: Shop, line: bytes, expected: dict[str, Any]) -> None:
    counts = shop.take(shop.write("a.log", line), day=DAY)
    (call,) = shop.calls()
    assert call.pop("occurred_at") == us("2025-10-10 14:32:15.123" if line == cost_logs.FULL else DAY)
    assert call == expected
    assert (counts.lines, counts.recorded, counts.bytes) == (1, 1, len(line))


@pytest.mark.parametrize(
    ("line", "at", "names", "reported"),
    [
        (cost_logs.TWIN, "2025-10-10 02:12:28.973", "nexus claude-3-5-haiku-20241022 anthropic", 1_195_000_000),
        (cost_logs.LOSSY_TWIN, "2025-10-02 06:12:01.091", "neo gemini-2.5-flash gemini", 0),
    ],
)
def test_twin_alone_is_a_call_whose_tokens_are_missing(
    shop: Shop, line: bytes, at: str, names: str, reported: int
) -> None:
    agent, model, provider = names.split()
    assert shop.take(shop.write("a.log", line)).recorded == 1
    assert shop.calls() == [
        {
            "occurred_at": us(at),
            "provider": provider,
            "model": model,
            "agent": agent,
            "basis": "missing",
            "status": "unpriced",
            "input": None,
            "output": None,
            "listed": None,
            "reported": reported,
            "input_pico": None,
            "output_pico": None,
        }
    ]


def test_every_line_is_accounted_for(shop: Shop) -> None:
    log = [
        cost_logs.NOISE,
        cost(1),
        twin(1.1),
        twin(100),
        cost(None),
        b"[OpenAI] Cost calculated: a lot\n",
        b"2025-10-10 12:00:00,000 [Gemini] Failed to count input tokens: x\n",
        cost(1),
    ]
    counts = shop.take(shop.write("a.log", *log))
    assert (counts.lines, counts.recorded, counts.merged, counts.duplicate) == (8, 3, 1, 0)
    assert (counts.other, counts.broken, counts.notices, counts.first_broken_line) == (2, 2, 1, 5)
    assert counts.broken_reason is not None
    assert "give --date DAY" in counts.broken_reason
    assert counts.bytes == len(b"".join(log))


def test_lines_that_cost_something_else_than_the_list_says_are_counted(shop: Shop) -> None:
    exact, rounded, wrong = "0.000350", "0.000351", "0.000352"
    log = [cost(second, dollars=dollars) for second, dollars in enumerate((exact, rounded, wrong, exact))]
    assert shop.take(shop.write("a.log", *log)).price_differences == 2
    unpriced = cost(9, model="nobody-knows-it", dollars="0.700000")
    assert shop.take(shop.write("b.log", unpriced)).price_differences == 0


def test_two_identical_lines_in_one_file_are_two_calls(shop: Shop) -> None:
    assert shop.take(shop.write("a.log", cost(), cost(), twin(), twin())).recorded == 2
    assert shop.totals() == (2, 400, 150, 2 * 350_000_000, 2 * 350_000_000, 2)


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_logs_are_as_good_as_plain_ones(shop: Shop, packing: str) -> None:
    log = b"".join(cost(second) + twin(second + 0.05) for second in range(50))
    counts = shop.take(shop.write("a.log", PACKERS[packing](log)))
    assert (counts.recorded, counts.merged, counts.bytes) == (50, 50, len(log))


def test_lines_of_windows_and_binary_junk_change_nothing(shop: Shop) -> None:
    junk = bytes(range(256)) * 400
    log = (cost() + twin()).replace(b"\n", b"\r\n")
    counts = shop.take(shop.write("a.log", junk, b"\n", log, junk))
    assert (counts.recorded, counts.merged, counts.broken) == (1, 1, 0)


def test_zone_of_the_log_is_told(shop: Shop) -> None:
    paris = [b"2025-10-26 02:30:00,000 INFO [a] " + cost(None), b"2025-03-30 02:30:00,000 INFO [a] " + cost(None)]
    shop.take(shop.write("a.log", *paris), zone="Europe/Paris")
    assert [call["occurred_at"] for call in shop.calls()] == [us("2025-03-30 01:30:00"), us("2025-10-26 00:30:00")]


def test_agent_of_the_command_line_is_for_calls_that_name_none(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0), cost(60), twin(60.1, "nexus"), cost(120)), agent="batch")
    assert [call["agent"] for call in shop.calls()] == ["batch", "nexus", "batch"]


def test_large_log_is_read_by_several_processes_as_by_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SMALL_BYTES", 1 << 12)
    monkeypatch.setattr(ingest, "STRETCH_BYTES", 1 << 13)
    monkeypatch.setattr(ingest, "_ROWS_A_COMMIT", 100)
    log = b"".join(cost_logs.NOISE + cost(second) + twin(second + 0.05) for second in range(600))
    counts = shop.take(shop.write("a.log", log))
    assert (counts.lines, counts.recorded, counts.merged, counts.bytes) == (1800, 600, 600, len(log))
    packed = shop.take(shop.write("b.log", PACKERS["xz"](log + cost(700))))
    assert (packed.recorded, packed.bytes) == (1, len(cost(700)))


def test_progress_tells_every_byte_of_the_files_once(shop: Shop) -> None:
    paths = [
        shop.write("a.log", cost(0) * 500),
        shop.write("a.log.gz", PACKERS["gz"](cost(1) * 500)),
        shop.write("half.log", cost(2) + cost(3)[:50]),
        shop.write("empty.log"),
    ]
    shop.take(*paths)
    assert shop.advanced == sum(path.stat().st_size for path in paths)
    shop.take(*paths)
    assert shop.advanced == 2 * sum(path.stat().st_size for path in paths)


def test_prices_are_not_looked_up_when_nothing_changed(shop: Shop) -> None:
    path = shop.write("a.log", cost())
    shop.take(path)
    shop.book = None  # type: ignore[assignment]  # whoever asks it for a price fails
    assert shop.take(path).note == "unchanged"


ENTRIES = [
    {
        "textPayload": cost(number, provider="Gemini").decode().strip(),
        "insertId": f"id-{number}",
        "timestamp": f"2025-10-10T12:00:{number:02d}.001Z",
        "resource": {"labels": {"service_name": "backend"}},
    }
    for number in range(20)
]


@pytest.mark.parametrize("indent", [None, 2])
def test_cloud_logging_array_is_read_and_known_by_its_ids(shop: Shop, indent: int | None) -> None:
    path = shop.write("export.json", json.dumps([*ENTRIES, ENTRIES[0]], indent=indent).encode())
    counts = shop.take(path)
    assert (counts.lines, counts.recorded, counts.duplicate, counts.bytes) == (21, 20, 1, path.stat().st_size)
    one_a_line = shop.write("export.jsonl", *(json.dumps(entry).encode() + b"\n" for entry in ENTRIES))
    assert shop.take(one_a_line).duplicate == 20
    plain = shop.write("plain.log", *(cost(number, provider="Gemini") for number in range(21)))
    counts = shop.take(plain)
    assert (counts.recorded, counts.duplicate) == (1, 20)


def test_entries_with_different_ids_are_different_calls_however_equal(shop: Shop) -> None:
    def entry(name: str) -> bytes:
        return json.dumps({**ENTRIES[0], "insertId": name}).encode() + b"\n"

    assert shop.take(shop.write("a.jsonl", entry("a"), entry("b"), entry("a"))).recorded == 2
    assert shop.take(shop.write("b.jsonl", entry("b"), entry("c"), entry("c"))).recorded == 1
    assert shop.take(shop.write("c.jsonl", entry("c"), entry("a"))).recorded == 0
    assert shop.totals()[0] == 3


def test_entry_without_its_own_time_in_the_text_takes_that_of_the_export(shop: Shop) -> None:
    line = json.dumps({**ENTRIES[0], "textPayload": cost_logs.BARE.decode()}).encode()
    shop.take(shop.write("a.jsonl", line))
    assert shop.calls()[0]["occurred_at"] == us("2025-10-10 12:00:00.001")


def test_escaped_twin_in_an_export_names_the_agent(shop: Shop) -> None:
    line = json.dumps({"textPayload": twin(0.3).decode(), "timestamp": "2025-10-10T12:00:00.3Z", "insertId": "t"})
    assert "\\u00fb" in line
    counts = shop.take(shop.write("a.jsonl", json.dumps(ENTRIES[0]).encode() + b"\n", line.encode() + b"\n"))
    assert (counts.recorded, counts.merged, shop.calls()[0]["agent"]) == (1, 1, "neo")


def test_dry_run_tells_everything_and_keeps_nothing(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0), twin(0.1), cost(60)))
    paths = [
        shop.write("a.log", cost(0), twin(0.1), cost(60), twin(60.1), cost(120)),
        shop.write("b.log", cost(60), cost(180)),
        shop.folder / "none.log",
    ]
    before = content_of(shop.connection)
    told = shop.run(*paths, is_dry_run=True)
    assert content_of(shop.connection) == before
    assert len(cost_logs.errors_of(told)) == 1
    assert told[:2] == shop.run(*paths)[:2]


def test_provider_is_known_by_any_of_its_names(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, provider="Managed:Kimi-Code"), cost(1, provider="google")))
    assert [call["provider"] for call in shop.calls()] == ["managed:kimi-code", "gemini"]


def test_standard_input_is_taken_in_and_adds_nothing_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.write("a.log", PACKERS["gz"](cost(0) + twin(0.1) + cost(60)))
    for recorded in (2, 0):
        with path.open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            counts = shop.take("-")
        assert (counts.path, counts.lines, counts.recorded) == ("-", 3, recorded)
    assert shop.take(path).recorded == 0


def test_standard_input_is_committed_batch_by_batch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", 1 << 10)
    monkeypatch.setattr(lines, "BLOCK", 1 << 10)
    path = shop.write("a.log", *(cost(second) for second in range(100)))
    seen: list[int] = []
    whole = cost_log.batches

    def watched(stretch: Stretch) -> Iterator[Batch]:
        for batch in whole(stretch):
            with open_ledger(shop.database.path, write=False) as reader:
                seen.append(reader.connection.execute("SELECT count(*) FROM event").fetchone()[0])
            yield batch

    monkeypatch.setattr(ingest, "batches", watched)
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        shop.take("-")
    assert seen[0] == 0
    assert seen == sorted(set(seen)), "each batch should have found the one before in the ledger"
