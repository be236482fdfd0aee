"""Scores the price book on a corpus of recorded costs; what differs must be what the docs explain, id by id."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.book import PriceBook

EXPLANATIONS = Path("docs", "reference", "prices.md")
WHEN_THE_LISTS_WERE_COMPARED = datetime(2026, 11, 1, tzinfo=UTC)
EQUAL = Decimal("1e-9")
FIELDS = {
    "input_total": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_5m": "cache_write_5m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "output_total": "output_tokens",
    "reasoning": "reasoning_tokens",
    "audio_input": "audio_input_tokens",
    "audio_output": "audio_output_tokens",
    "image_input": "image_input_tokens",
    "image_output": "image_output_tokens",
    "video_input": "video_input_tokens",
    "web_search_requests": "web_search_requests",
    "x_cache_audio_read_tokens": "audio_cache_read_tokens",
    "x_cache_image_read_tokens": "image_cache_read_tokens",
    "x_output_citation_tokens": "citation_tokens",
}


@pytest.fixture(scope="module")
def cases(corpus: Path) -> list[dict[str, Any]]:
    with (corpus / "price_cases.jsonl").open(encoding="utf-8") as lines:
        return [case for case in map(json.loads, lines) if case["expected_usd"] is not None]


@pytest.fixture(scope="module")
def explanations(root: Path) -> str:
    return (root / EXPLANATIONS).read_text(encoding="utf-8")


def usage_of(case: dict[str, Any]) -> TokenUsage:
    counts: dict[str, Any] = {FIELDS[key]: count for key, count in case["usage"].items() if key in FIELDS and count}
    size = (case.get("tool_usage") or {}).get("search_context_size")
    try:
        return TokenUsage(**counts, search_context_size=size)
    except ImpossibleValueError:
        return TokenUsage(**counts, search_context_size=size, inconsistent=True)


def cost_of(book: PriceBook, case: dict[str, Any]) -> Decimal | None:
    stamp = case["timestamp"]
    at = datetime.fromisoformat(stamp).astimezone(UTC) if stamp else WHEN_THE_LISTS_WERE_COMPARED
    return book.charge(usage_of(case), case["provider"], case["model"], at).list_cost


def is_right(book: PriceBook, case: dict[str, Any]) -> bool:
    cost = cost_of(book, case)
    return cost is not None and abs(cost - Decimal(case["expected_usd"])) <= EQUAL


def test_what_differs_is_what_the_docs_explain(cases: list[dict[str, Any]], explanations: str) -> None:
    book = PriceBook()
    wrong = {case["id"] for case in cases if not is_right(book, case)}
    assert set(re.findall(r"\bp-[0-9a-f]{12}\b", explanations)) == wrong


def test_the_score_in_the_docs_is_the_score(cases: list[dict[str, Any]], explanations: str) -> None:
    book = PriceBook()
    total = Counter(case["source"] for case in cases)
    right = Counter(case["source"] for case in cases if is_right(book, case))
    for source, count in total.items():
        assert f"| {source} | {right[source]} | {count} |" in explanations


def test_no_case_is_negative(cases: list[dict[str, Any]]) -> None:
    book = PriceBook()
    assert all((cost_of(book, case) or 0) >= 0 for case in cases)
