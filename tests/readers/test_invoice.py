"""Files of every kind are known by their content; what cannot be read is one sentence."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz.checks import check_invoice
from tests.readers.changed import changed
from tokencli.domain.errors import InputError
from tokencli.readers.invoice import read_invoice, together
from tokencli.readers.invoice_fields import BrokenInvoiceError, OtherCurrencyError

if TYPE_CHECKING:
    from tokencli.domain.invoice import Invoice

DAY = date(2026, 11, 20)
START = 1_795_132_800  # 2026-11-20 00:00 UTC


def read(content: object, zone: str = "UTC") -> Invoice:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_invoice("file", data, zone=zone)


def bucket(*results: dict[str, Any], **told: Any) -> dict[str, Any]:
    return {"object": "bucket", "start_time": START, "end_time": START + 86400, "results": list(results), **told}


OPENAI_USAGE = {
    "object": "organization.usage.completions.result",
    "input_tokens": 1000,
    "input_cached_tokens": 800,
    "output_tokens": 50,
    "num_model_requests": 3,
    "model": "gpt-4o-2024-08-06",
    "batch": True,
    "project_id": None,
}
OPENROUTER = """\
date,model,model_permaslug,usage,requests,prompt_tokens,completion_tokens
2026-11-20,openai/gpt-4.1,openai/gpt-4.1-2025-04-14,0.015,5,50,125
"""
OPENAI_COST = {
    "object": "organization.costs.result",
    "amount": {"value": 0.06, "currency": "usd"},
    "line_item": "gpt-4o-2024-08-06, input",
}
ANTHROPIC_RESULT = {
    "uncached_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
    "cache_read_input_tokens": 1000,
    "output_tokens": 7,
    "server_tool_use": {"web_search_requests": 2},
    "model": "claude-sonnet-4-5-20250929",
    "service_tier": "priority",
}
ANTHROPIC_USAGE = {
    "data": [{"starting_at": "2026-11-20T00:00:00Z", "results": [ANTHROPIC_RESULT]}],
    "has_more": False,
}


def test_openai_usage_includes_what_was_cached() -> None:
    found = read({"object": "page", "data": [bucket(OPENAI_USAGE)], "has_more": False})
    (line,) = found.lines
    assert (found.format, found.zone, line.day, line.requests) == ("openai-usage", "UTC", DAY, 3)
    assert line.usage is not None
    assert (line.usage.input_tokens, line.usage.cache_read_tokens, line.usage.output_tokens) == (1000, 800, 50)
    assert (line.model, line.service_tier, line.cost) == ("gpt-4o-2024-08-06", "batch", None)


def test_openai_costs_are_exact_and_name_their_model() -> None:
    other = {**OPENAI_COST, "line_item": "Web search tool calls", "amount": {"value": 1.1, "currency": "usd"}}
    page = b'{"object": "page", "data": [%b]}' % json.dumps(bucket(OPENAI_COST, other)).encode()
    first, second = read(page).lines
    assert (first.model, first.cost) == ("gpt-4o-2024-08-06", Decimal("0.06"))
    assert (second.model, second.item, second.cost) == (None, "Web search tool calls", Decimal("1.1"))


def test_anthropic_usage_adds_up_to_the_whole_prompt() -> None:
    (line,) = read(ANTHROPIC_USAGE).lines
    assert line.usage is not None
    assert (line.usage.input_tokens, line.usage.cache_write_1h_tokens) == (1150, 30)
    assert (line.usage.web_search_requests, line.service_tier) == (2, "priority")


def test_anthropic_costs_are_cents() -> None:
    result = {
        "amount": "123.45",
        "currency": "USD",
        "description": "Claude Sonnet 4 Usage - Input Tokens",
        "model": None,
    }
    found = read({"data": [{"starting_at": "2026-11-20T00:00:00Z", "results": [result]}], "has_more": False})
    assert (found.format, found.lines[0].cost) == ("anthropic-costs", Decimal("1.2345"))


@pytest.mark.parametrize(
    ("table", "kind", "expected"),
    [
        ("date,model,tokens,cost\n2026-11-20,gpt-4o,1500,$1.25\n", "table", ("gpt-4o", 1500, "1.25")),
        ("Day;Model;Total tokens;Cost (USD)\n2026-11-20;gpt-4o;1.500;1,25\n", "table", None),
        ('\ufeffDate,Model,Cost\r\n11/20/2026,gpt-4o,"1,234.50"\r\n', "table", ("gpt-4o", None, "1234.50")),
        (
            OPENROUTER,
            "openrouter-activity",
            ("openai/gpt-4.1", None, "0.015"),
        ),
        (
            "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n2026-11-20,claude-x-1,10,5\n",
            "anthropic-csv",
            ("claude-x-1", None, None),
        ),
    ],
)
def test_tables_are_known_by_their_columns(table: str, kind: str, expected: tuple[Any, ...] | None) -> None:
    found = read(table.encode())
    (line,) = found.lines
    assert (found.format, line.day) == (kind, DAY)
    if expected is not None:
        cost = None if expected[2] is None else Decimal(expected[2])
        assert (line.model, line.total_tokens, line.cost) == (expected[0], expected[1], cost)


def test_utf_16_and_json_lines_are_read() -> None:
    table = "date\tmodel\tcost\n2026-11-20\tgpt-4o\t2\n".encode("utf-16")
    assert read(table).lines[0].cost == 2
    rows = [{"startTime": "2026-11-20T23:30:00Z", "model": "gpt-4o", "prompt_tokens": 5, "spend": 0.25}] * 2
    found = read(b"\n".join(json.dumps(row).encode() for row in rows))
    assert (found.format, len(found.lines), found.lines[1].cost) == ("litellm-spend-logs", 2, Decimal("0.25"))


def test_times_are_seen_in_the_zone_of_the_file() -> None:
    row = b"time,model,cost\n2026-11-20T23:30:00Z,gpt-4o,1\n"
    assert read(row, "Asia/Tokyo").lines[0].day == date(2026, 11, 21)
    assert read(row).lines[0].day == DAY


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no invoice"),
        (b"hello", "is no invoice"),
        (b"\xff\x00\x01", "no text"),
        (b'{"data": [', "is no JSON"),
        (b"date,model,cost\n2026-11-20,gpt-4o,much\n", "entry 2 has 'much'"),
        (b"date,model,cost\nyesterday,gpt-4o,1\n", "entry 2 has 'yesterday'"),
        (b"date,model,tokens\n2026-11-20,gpt-4o,-5\n", "entry 2 has '-5'"),
        (b'date,model,cost\n2026-11-20,"gpt', "broken CSV"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"date": "2026-11-20", "cost": 1e18446744073709551616}', "entry 1 has 'NaN'"),
    ],
)
def test_what_is_no_invoice_is_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BrokenInvoiceError, match=words):
        read(data)


def test_another_currency_is_refused() -> None:
    with pytest.raises(OtherCurrencyError, match="EUR"):
        read(b"date,model,cost,currency\n2026-11-20,gpt-4o,1,EUR\n")


def test_several_files_of_one_kind_are_one_invoice() -> None:
    first, second = (read(b"date,model,cost\n2026-11-2%d,gpt-4o,1\n" % day) for day in (0, 1))
    assert [line.day.day for line in together([first, second]).lines] == [20, 21]
    with pytest.raises(BrokenInvoiceError, match="one kind at a time"):
        together([first, read({"data": [bucket(OPENAI_COST)], "object": "page"})])


def check_read(data: bytes) -> None:
    """Read a file, which may be refused in a sentence; hold what it tells to what is true of every invoice."""
    refused = ""
    try:
        check_invoice(read(data))
    except InputError as error:
        refused = str(error)
    assert "\n" not in refused


def test_no_bytes_lead_to_more_than_a_sentence() -> None:
    for data in changed(OPENROUTER.encode(), b"date,model,cost,currency\n2026-11-20,gpt-4o,1,USD\n"):
        check_read(data)


def test_no_json_leads_to_more_than_a_sentence() -> None:
    pages = ({"object": "page", "data": [bucket(each)]} for each in (OPENAI_USAGE, OPENAI_COST))
    for data in changed(*pages, ANTHROPIC_USAGE):
        check_read(data)
