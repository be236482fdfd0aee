from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import cost_logs
from tests.cost_logs import cost, stamp, twin
from tokencli.readers.batch import Batch, Kind, Notice, Twin
from tokencli.readers.scan import BAD_JSON, NO_TIME, UNREADABLE, Scanner

DAY = date(2025, 10, 10)
MIDNIGHT = datetime(2025, 10, 10, tzinfo=UTC)
AT = datetime(2025, 10, 10, 14, 32, 15, 123_000, tzinfo=UTC)


def us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def scan(data: bytes, *, zone: str = "UTC", day: date | None = None, start: int = 0) -> Batch:
    scanner = Scanner(zone, day)
    batch = scanner.empty_batch()
    scanner.scan(data, start, batch)
    assert batch.other >= 0
    return batch


def the_call(data: bytes, *, zone: str = "UTC", day: date | None = None) -> tuple[Kind, int, int, int, int]:
    """Return kind, time, tokens in and out and picodollars of the only call."""
    batch = scan(data, zone=zone, day=day)
    ((_, time, kind, into, out, reported),) = batch.calls
    assert not batch.broken
    return batch.kinds[kind], time, into, out, reported


def entry(text: str, **more: Any) -> bytes:
    return json.dumps({"textPayload": text, **more}).encode() + b"\n"


def test_full_line() -> None:
    kind = Kind("Gemini", "gemini-1.5-flash", 350_000, 700_000, is_timed=True)
    assert the_call(cost_logs.FULL) == (kind, us(AT), 200, 75, 123_000_000)


@pytest.mark.parametrize(
    ("line", "kind", "tokens"),
    [
        (cost_logs.BARE, Kind("Gemini", "gemini-1.5-flash", 350_000, 700_000, is_timed=False), (200, 75)),
        (cost_logs.SHORT, Kind("Gemini", "gemini-1.5-flash", 0, 1_000_000, is_timed=False), (200, 75)),
        (cost_logs.NAMELESS_LONG, Kind("Gemini", None, -1, -1, is_timed=False), (150, 50)),
        (cost_logs.NAMELESS_SHORT, Kind("Gemini", None, -1, -1, is_timed=False), (150, 50)),
    ],
)
def test_lines_without_time_need_a_day(line: bytes, kind: Kind, tokens: tuple[int, int]) -> None:
    assert the_call(line, day=DAY) == (kind, us(MIDNIGHT), *tokens, 123_000_000)
    told = scan(cost_logs.NOISE + line)
    assert (told.calls, told.broken, told.first_broken, told.reasons) == ([], 1, 2, {NO_TIME: 1})


def test_french_twins_of_the_reference() -> None:
    batch = scan(cost_logs.TWIN + cost_logs.LOSSY_TWIN)
    second = len(cost_logs.TWIN)
    first_at = us(datetime(2025, 10, 10, 2, 12, 28, 973_000, tzinfo=UTC))
    second_at = us(datetime(2025, 10, 2, 6, 12, 1, 91_000, tzinfo=UTC))
    assert batch.twins == [
        Twin(0, first_at, "nexus", "claude-3-5-haiku-20241022", 1_195_000_000),
        Twin(second, second_at, "neo", "gemini-2.5-flash", 0),
    ]
    assert (batch.lines, batch.broken, batch.other) == (2, 0, 0)


def test_twin_without_time_is_broken_unless_there_is_a_day() -> None:
    assert scan(twin(None)).reasons == {NO_TIME: 1}
    assert scan(twin(None), day=DAY).twins[0].occurred_at == us(MIDNIGHT)


TAIL = " Cost calculated: $0.000350 (model=alpha, input=200 tokens, output=75 tokens)"


@pytest.mark.parametrize(
    "prefix",
    [
        "2025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "2025-10-10 14:32:15,123 - app - INFO - [Gemini]",
        "INFO:2025-10-10 14:32:15,123:app:[Gemini]",
        "2025-10-10 14:32:15.123 | INFO     | app.chat:stream:42 - [Gemini]",
        "[2025-10-10 14:32:15,123] [Gemini]",
        "[2025-10-10 16:32:15.123 +0200] [7] [INFO] [Gemini]",
        "2025-10-10 16:32:15,123 +0200 INFO [app] [Gemini]",
        "2025-10-10 16:32:15,123+02:00 INFO [Gemini]",
        "2025-10-10T14:32:15.123Z INFO [Gemini]",
        "2025-10-10T14:32:15.123456789Z 2025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "2025-10-10T14:32:15.123456789Z stdout F 2025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "2025-10-10T14:32:15.1234Z stderr F [Gemini]",
        "backend-1  | 2025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "\0\0\0\x002025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "\ufeff2025-10-10 14:32:15,123 INFO [app] [Gemini]",
        "\x1b[32m2025-10-10 14:32:15,123\x1b[0m INFO [Gemini]",
    ],
)
def test_prefix_of_any_logger_tells_time_and_provider(prefix: str) -> None:
    kind, time, into, out, reported = the_call(f"{prefix}{TAIL}\n".encode())
    assert (kind.provider, kind.model, into, out, reported) == ("Gemini", "alpha", 200, 75, 350_000_000)
    assert time // 1000 == us(AT) // 1000


@pytest.mark.parametrize("name", ["OpenAI", "Anthropic", "managed:kimi-code", "Mistral AI", "x", "Zoé", "n" * 64])
def test_any_provider_is_taken_as_it_is_written(name: str) -> None:
    assert the_call(f"2025-10-10 14:32:15,123 INFO [a] [{name}]{TAIL}\n".encode())[0].provider == name


HEAD = "2025-10-10 14:32:15,123 [Gemini] Cost calculated:"


@pytest.mark.parametrize(
    "line",
    [
        f"2025-10-10 14:32:15,123 INFO{TAIL}",
        f"2025-10-10 14:32:15,123 INFO [{'n' * 65}]{TAIL}",
        f"{HEAD} lots",
        f"{HEAD} $0.000350 (model=a, input=2000000000000000 tokens, output=1 tokens)",
        f"{HEAD} $99999.000000 (model=a, input=2 tokens, output=1 tokens)",
        f"{HEAD} $0.000350 (model=a, input=2 tokens, output=1 tokens, what=7)",
        "2025-10-10 14:32:15,123 Coût de beaucoup pour 'neo' ('m') enregistré.",
    ],
)
def test_line_that_should_hold_a_call_and_cannot_be_read_is_broken(line: str) -> None:
    batch = scan(cost_logs.NOISE * 3 + line.encode() + b"\n" + cost_logs.FULL)
    assert (batch.lines, len(batch.calls), batch.broken, batch.first_broken) == (5, 1, 1, 4)
    assert batch.reasons == {UNREADABLE: 1}


@pytest.mark.parametrize("second", ["2025-10-10 14:32:75,123", "1969-10-10 14:32:15,123", "9999-12-31 23:59:59,999"])
def test_absurd_time_is_no_time(second: str) -> None:
    assert scan(f"{second} INFO [a] [Gemini]{TAIL}\n".encode()).reasons == {NO_TIME: 1}


def test_carriage_returns_belong_to_no_line() -> None:
    crlf = (cost_logs.FULL + cost_logs.TWIN).replace(b"\n", b"\r\n")
    plain = scan(cost_logs.FULL + cost_logs.TWIN)
    batch = scan(crlf)
    assert [call[1:] for call in batch.calls] == [call[1:] for call in plain.calls]
    assert [each[1:] for each in batch.twins] == [each[1:] for each in plain.twins]


def test_binary_junk_is_other_and_hides_nothing() -> None:
    junk = bytes(range(256)) * 40
    batch = scan(junk + b"\n" + cost_logs.FULL + junk)
    assert len(batch.calls) == 1
    assert batch.lines == batch.other + 1
    assert not batch.broken


def test_zone_is_that_of_times_without_offset() -> None:
    assert the_call(cost_logs.FULL, zone="Europe/Paris")[1] == us(AT) - 2 * 3_600_000_000


@pytest.mark.parametrize("key", ["textPayload", "message", "msg", "log", "event", "text"])
def test_json_lines_are_read_whatever_their_text_is_called(key: str) -> None:
    line = {key: cost_logs.FULL.decode(), "stream": "stdout", "time": "2025-10-10T14:32:15.200000000Z"}
    kind, time, *_ = the_call(json.dumps(line).encode() + b"\n")
    assert (kind.model, time) == ("gemini-1.5-flash", us(AT))


def test_text_inside_a_json_payload_is_read() -> None:
    line = {"jsonPayload": {"message": cost_logs.BARE.decode()}, "timestamp": "2025-10-10T14:32:15.123Z"}
    assert the_call(json.dumps(line).encode())[1] == us(AT)


def test_payloads_inside_payloads_without_end_are_no_crash() -> None:
    line = b'{"jsonPayload": ' * 900 + b'"Cost calculated"' + b"}" * 900
    assert scan(line).other == 1
    assert scan(b'{"a": ' * 100_000 + b'"Cost calculated"').reasons == {BAD_JSON: 1}


def test_entry_gives_its_time_to_a_line_without_one_and_its_id() -> None:
    batch = scan(entry(cost_logs.BARE.decode(), timestamp="2025-10-10T14:32:15.123456Z", insertId="abc"))
    assert batch.calls[0][1] == us(AT) + 456
    assert batch.record_ids == {0: "abc"}
    assert batch.kinds[0].is_timed


def test_entry_corrects_a_time_of_another_zone_and_leaves_one_that_agrees() -> None:
    text = cost_logs.FULL.decode()
    assert the_call(entry(text, timestamp="2025-10-10T12:32:15.5Z"))[1] == us(AT) - 7_200_000_000 + 377_000
    assert the_call(entry(text, timestamp="2025-10-10T14:32:16Z"))[1] == us(AT)


def test_first_readable_time_of_an_entry_counts() -> None:
    line = entry(cost_logs.BARE.decode(), timestamp="soon", time=7, receiveTimestamp="2025-10-10T14:32:15.123Z")
    assert the_call(line)[1] == us(AT)


def test_escaped_accents_in_json_are_accents() -> None:
    line = entry(cost_logs.TWIN.decode())
    assert b"\\u00fb" in line
    assert scan(line).twins[0].agent == "nexus"


def test_last_entries_of_arrays_and_entries_with_commas_are_entries() -> None:
    line = entry(cost_logs.FULL.decode()).strip()
    assert len(scan(b"  " + line + b" ,\t\r\n\xef\xbb\xbf" + line + b"\n").calls) == 2


def test_line_of_a_pretty_printed_entry_is_read_as_text() -> None:
    line = json.dumps({"textPayload": cost_logs.FULL.decode().strip()}, indent=2).encode()
    assert the_call(line)[1] == us(AT)


def test_json_that_is_not_valid_is_broken() -> None:
    line = entry(cost_logs.FULL.decode())
    batch = scan(line[:-3] + b"\n" + line)
    assert (batch.reasons, len(batch.calls)) == ({BAD_JSON: 1}, 1)


def test_wrong_bytes_in_json_do_not_cost_the_line() -> None:
    line = entry(cost_logs.FULL.decode(), note="CAFE").replace(b"CAFE", b"Zo\xe9\0\t")
    assert len(scan(line).calls) == 1


def test_record_id_with_half_a_character_fits_the_ledger() -> None:
    batch = scan(entry(cost_logs.FULL.decode(), insertId="a\ud800"))
    assert batch.record_ids == {0: "a?"}


def test_entry_without_the_text_of_a_call_is_other() -> None:
    assert scan(entry("nothing", labels="[x] Cost calculated: $1")).other == 1


def test_failures_are_noticed_with_the_time_before_them() -> None:
    lines = (
        b"2025-10-10 14:32:15,123 WARNING [x] [Gemini] Failed to count input tokens: until 2025-10-11T00:00:00Z\n"
        b"[Anthropic] No usage data in final response for model claude-3-5-haiku-20241022\n"
    )
    batch = scan(lines)
    assert batch.notices == [
        Notice(0, us(AT), "count_input_failed", "Gemini", None),
        Notice(lines.index(b"[Anth"), -1, "no_usage", "Anthropic", "claude-3-5-haiku-20241022"),
    ]
    assert batch.other == 2


def test_sequence_of_a_call_is_its_offset_in_the_content() -> None:
    batch = scan(cost_logs.NOISE + cost_logs.FULL + b"\n\n" + cost_logs.TWIN, start=1000)
    assert batch.calls[0][0] == 1000 + len(cost_logs.NOISE)
    assert batch.twins[0].seq == 1000 + len(cost_logs.NOISE + cost_logs.FULL) + 2


def test_line_holds_one_call_and_the_first_counts() -> None:
    batch = scan(cost_logs.FULL.strip() + b" " + cost_logs.BARE)
    assert (len(batch.calls), batch.lines) == (1, 1)


@given(
    second=st.floats(0, 80_000),
    tokens=st.tuples(st.integers(0, 999_999_999), st.integers(0, 999_999_999)),
    micro=st.integers(0, 9_999_999_999),
    prices=st.sampled_from(["", ", pricing_input=$0.00000035/token, pricing_output=$0.00000070/token"]),
)
def test_common_line_is_read_as_its_rare_spellings_are(
    second: float, tokens: tuple[int, int], micro: int, prices: str
) -> None:
    dollars = f"{micro // 10**6}.{micro % 10**6:06d}"
    what = f"model=m, input={tokens[0]} tokens, output={tokens[1]} tokens{prices}"
    tail = f"Cost calculated: ${dollars} ({what})"
    quick = scan(f"{stamp(second)} INFO [a] [Gemini] {tail}\n".encode())
    slow = scan(f"> {stamp(second)} INFO [a] [Gemini] {tail}\n".encode())
    assert quick.calls == slow.calls
    assert quick.kinds == slow.kinds
    assert quick.calls[0][3:] == (*tokens, micro * 10**6)


def test_more_kinds_than_are_kept_are_all_told_apart() -> None:
    scanner = Scanner("UTC")
    for start in range(0, 3000, 100):
        batch = scanner.empty_batch()
        scanner.scan(b"".join(cost(number, f"model-{number}") for number in range(start, start + 100)), 0, batch)
        assert [batch.kinds[call[2]].model for call in batch.calls] == [f"model-{n}" for n in range(start, start + 100)]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_scanner(junk: bytes) -> None:
    for data in (junk, b"{" + junk + b"Cost calculated" + junk, cost_logs.FULL[:60] + junk + cost_logs.FULL[60:]):
        batch = scan(data)
        assert batch.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
