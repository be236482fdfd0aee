"""Calls that nobody has told yet come into the ledger the same whether by many rows at once or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from tests.cost_logs import check_sums
from tests.tellers import Hearing, told
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services import tell
from tokencli.services.told_rows import differs

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.readers.told import Told

COLUMNS = "e.*, f.key, d.usage, d.raw_usage, d.response_id, d.conversation_id, d.duration_us, d.time_to_first_token_us"
MANY = TokenUsage(
    input_tokens=90, cache_write_tokens=20, cache_write_1h_tokens=5, output_tokens=9, service_tier="batch"
)
CALLS: tuple[Told, ...] = (
    told("k:1"),
    told("k:2", 3, cached=40, response_id="2", raw_usage='{"a": 1}', duration_us=7, conversation_id="c"),
    told("k:3", 86_400, reported_cost_pico=100 * 1_000_000 + 50 * 2_000_000),
    told("k:4", 1_000, reported_cost_pico=7_000_000_000),
    told("k:5", request_model="nobody-knows"),
    told("k:6", operation_name="embeddings"),
    structs.replace(told("k:7"), usage=None, basis=Basis.MISSING),
    structs.replace(told("k:8"), usage=None, basis=Basis.MISSING, error_type="timeout"),
    structs.replace(told("k:9"), usage=MANY),
    structs.replace(told("k:10"), usage=TokenUsage(input_tokens=5, audio_input_tokens=3, output_tokens=1)),
)


def never(_: object) -> bool:
    return False


def kept(shop: Shop, hearing: Hearing) -> list[tuple[object, ...]]:
    outcome = hearing.hear("tiny", *CALLS)
    check_sums(shop.connection)
    names = shop.connection.execute("SELECT key, event_id FROM identity ORDER BY key").fetchall()
    details = shop.connection.execute("SELECT event_id FROM event_detail ORDER BY 1").fetchall()
    return [outcome, *hearing.rows(COLUMNS), *names, *details]


def test_many_rows_at_once_are_those_of_one_call_after_the_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = kept(shop, Hearing(shop.database, shop.book))
    with shop.database.transaction():
        for table in ("event", "rollup", "event_detail", "identity", "facet", "price", "origin"):
            shop.connection.execute(f"DELETE FROM {table}")
    monkeypatch.setattr(tell, "_are_known_by_name", never)
    one_by_one = kept(shop, Hearing(shop.database, shop.book))
    assert at_once == one_by_one


def test_a_source_that_says_nothing_but_zero_dollars_differs_from_the_list(shop: Shop) -> None:
    hearing = Hearing(shop.database, shop.book)
    outcome = hearing.hear("tiny", told("k:1", reported_cost_pico=0), told("k:2", 3, reported_cost_pico=0))
    assert (outcome.recorded, outcome.price_differences) == (2, 2)


@pytest.mark.parametrize(
    ("listed", "reported", "is_different"),
    [(None, 5, False), (5, None, False), (5, 500_005, False), (5, 500_006, True)],
)
def test_a_difference_beyond_rounding_counts(*, listed: int | None, reported: int | None, is_different: bool) -> None:
    assert differs(listed, reported) is is_different
