from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import Shop, content_of, cost
from tests.foreign_databases import COST_LOGS, add_costs, cockpit, cost_row, dashboard, make
from tokencli.pricing.book import PriceBook
from tokencli.readers.agents import claimant
from tokencli.services.differences import price_differences
from tokencli.services.foreign_ledger import kinds_of, take_over
from tokencli.services.report import Question, report
from tokencli.store.foreign_file import ForeignDatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.domain.ingest import FileCounts
    from tokencli.domain.overview import PriceDifference
    from tokencli.domain.report import Report

NOW = datetime(2026, 11, 21, tzinfo=UTC)
# What the backend charged for a million tokens, input and output; all but gpt-4o-mini were wrong on 2025-10-10.
ITS_PRICES = {
    "gpt-4o": (5.0, 15.0),
    "gpt-4o-mini": (0.15, 0.60),
    "gemini-2.5-flash": (0.30, 0.70),
    "gemini-2.0-flash": (0.35, 0.70),
    "gemini-1.5-flash": (0.35, 0.70),
    "claude-3-5-haiku-20241022": (0.25, 1.25),
}


def took(shop: Shop, path: Path) -> FileCounts:
    (counts,) = take_over(shop.database, path, kinds_of(path), PriceBook())
    shop.check()
    return counts


def asked(shop: Shop, *by: str, **more: Any) -> Report:
    return report(shop.database, Question(**{"zone": "UTC", "group_by": by, **more}), now=NOW)


def test_a_backends_costs_are_taken_over_and_priced_by_the_list(shop: Shop, tmp_path: Path) -> None:
    counts = took(shop, cockpit(tmp_path / "emergence.db", cost_row(cost=0.027), cost_row(time="2025-10-10 12:00:01")))
    assert (counts.lines, counts.recorded, counts.format) == (2, 2, "cost-table")
    totals = asked(shop, "session", "agent", "provider").rows[0]
    assert totals.key == {"session": "s-1", "agent": "neo", "provider": "openai"}
    assert (str(totals.totals.list_cost), str(totals.totals.reported_cost)) == ("0.031", "0.0425")


def test_the_same_file_again_adds_nothing_and_a_grown_one_the_new(shop: Shop, tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", cost_row(), cost_row(), cost_row(time="2025-10-11T00:00:00"))
    assert took(shop, path).recorded == 3
    copy = tmp_path / "elsewhere.db"
    copy.write_bytes(path.read_bytes())
    before = content_of(shop.connection)[-1:]
    counts = took(shop, copy)
    assert (counts.recorded, counts.duplicate) == (0, 3)
    assert content_of(shop.connection)[-1:] == before
    add_costs(path, [cost_row(time="2025-10-12T00:00:00")])
    counts = took(shop, path)
    assert (counts.recorded, counts.duplicate) == (1, 3)
    assert asked(shop).totals.requests == 4


def test_wrong_prices_of_the_backend_are_shown_by_their_factor(shop: Shop, tmp_path: Path) -> None:
    rows = [
        cost_row(model=model, into=into, out=out, cost=(into * prices[0] + out * prices[1]) / 1e6)
        for model, prices in ITS_PRICES.items()
        for into, out in ((100_000, 0), (0, 100_000))
    ]
    for number, row in enumerate(rows):
        rows[number] = (f"2025-10-10T12:{number:02d}:00", *row[1:])
    took(shop, cockpit(tmp_path / "a.db", *rows))
    period = asked(shop).period
    found = price_differences(shop.database, period, Question(zone="UTC").where)
    by_model: dict[str | None, PriceDifference] = {one.model: one for one in found}
    assert by_model["gpt-4o-mini"].factor == 1
    wrong = {model for model, one in by_model.items() if one.factor != 1}
    assert wrong == set(ITS_PRICES) - {"gpt-4o-mini"}
    ratios: dict[str, list[float]] = {}
    for call in shop.calls():
        ratios.setdefault(call["model"], []).append(round(call["reported"] / call["listed"], 2))
    assert ratios["gpt-4o"] == [2.0, 1.5]
    assert ratios["gemini-2.5-flash"] == [1.0, 0.28]
    assert ratios["gemini-2.0-flash"] == [3.5, 1.75]
    assert ratios["gemini-1.5-flash"] == [4.67, 2.33]
    assert ratios["claude-3-5-haiku-20241022"] == [0.31, 0.31]


def test_an_unknown_model_is_unpriced_and_not_free(shop: Shop, tmp_path: Path) -> None:
    took(shop, cockpit(tmp_path / "a.db", cost_row(model="gpt-9-unheard-of", cost=0.0)))
    totals = asked(shop).totals
    assert (totals.unpriced_requests, totals.list_cost, str(totals.reported_cost)) == (1, None, "0")


def test_a_day_is_counted_in_the_zone_of_the_report(shop: Shop, tmp_path: Path) -> None:
    took(shop, cockpit(tmp_path / "a.db", cost_row(time="2025-10-10T22:30:00")))
    in_paris = asked(shop, "day", zone="Europe/Paris", period="2025-10-11")
    assert in_paris.totals.requests == 1
    assert asked(shop, "day", period="2025-10-11").totals.requests == 0


def test_dollars_kept_as_binary_fractions_add_up_exactly(shop: Shop, tmp_path: Path) -> None:
    rows = [cost_row(time=f"2025-10-10T12:00:{second:02d}", cost=0.1 if second % 2 else 0.2) for second in range(30)]
    took(shop, cockpit(tmp_path / "a.db", *rows))
    assert str(asked(shop).totals.reported_cost) == "4.5"
    assert sum([0.1, 0.2] * 15) != 4.5


def test_the_older_table_is_read_too(shop: Shop, tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db",
        COST_LOGS,
        "INSERT INTO cost_logs VALUES (1, '2025-10-10 12:00:00', 'models/gemini-2.5-flash', 0.5)",
    )
    assert took(shop, path).recorded == 1
    (row,) = asked(shop, "provider", "basis").rows
    assert row.key == {"provider": "gemini", "basis": "missing"}
    assert (row.totals.unpriced_requests, str(row.totals.reported_cost)) == (1, "0.5")


def test_rows_that_cannot_be_true_are_counted_as_broken(shop: Shop, tmp_path: Path) -> None:
    path = cockpit(
        tmp_path / "a.db",
        cost_row(),
        cost_row(into=-5),
        cost_row(cost="much"),
        cost_row(time="soon"),
        cost_row(cost=-1.0),
    )
    counts = took(shop, path)
    assert (counts.lines, counts.recorded, counts.broken) == (5, 1, 4)
    assert "its cost is no amount of dollars" in (counts.broken_reason or "")


def test_real_and_estimated_figures_stay_apart(shop: Shop, tmp_path: Path) -> None:
    path = dashboard(
        tmp_path / "sessions.db",
        (1, "2026-02-01 10:00:00", 900, 0, 1000, 50),
        (1, "2026-02-01 10:01:00", 1200, 1, None, None),
        (2, "2026-02-01 10:02:00", 5, 1, 0, 0),
    )
    assert took(shop, path).recorded == 3
    rows = {(row.key["session"], row.key["basis"]): row.totals for row in asked(shop, "session", "basis").rows}
    assert rows["first (1)", "reported"].input_tokens == 1000
    assert rows["first (1)", "estimated"].input_tokens == 1200
    assert rows["second (2)", "estimated"].estimated_requests == 1
    models = [(row.key["provider"], row.key["model"]) for row in asked(shop, "provider", "model").rows]
    assert models == [("mistral", "mistral-large-2411"), ("managed:kimi-code", "kimi-for-coding")]


def test_an_estimate_that_became_real_is_improved_and_not_added(shop: Shop, tmp_path: Path) -> None:
    path = dashboard(tmp_path / "sessions.db", (1, "2026-02-01 10:00:00", 900, 1, None, None))
    took(shop, path)
    make(path, "UPDATE metrics SET is_estimated = 0, prompt_tokens = 1000, completion_tokens = 50")
    took(shop, path)
    (row,) = asked(shop, "basis").rows
    assert (row.key["basis"], row.totals.requests, row.totals.input_tokens) == ("reported", 1, 1000)


def test_other_names_of_columns_are_understood(shop: Shop, tmp_path: Path) -> None:
    path = make(
        tmp_path / "b.db",
        "CREATE TABLE metrics (created_at REAL, tokens_total INTEGER, type TEXT, model TEXT)",
        "INSERT INTO metrics VALUES (1769940000.5, 70, 'estimated', 'gpt-4o')",
        "INSERT INTO metrics VALUES (1769940060, 80, 'real', 'gpt-4o')",
    )
    assert took(shop, path).recorded == 2
    assert sorted(call["basis"] for call in shop.calls()) == ["estimated", "reported"]


def test_no_prompt_comes_into_the_ledger(shop: Shop, tmp_path: Path) -> None:
    took(shop, dashboard(tmp_path / "sessions.db", (1, "2026-02-01 10:00:00", 900, 1, None, None)))
    assert "a secret prompt" not in "\n".join(content_of(shop.connection))


def test_what_is_no_foreign_ledger_is_none(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("SQLite is nice")
    other = make(tmp_path / "other.db", "CREATE TABLE notes (body TEXT)")
    assert [kinds_of(path) for path in (tmp_path / "text", tmp_path / "none", other, shop.database.path)] == [()] * 4


def test_a_broken_file_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(cockpit(tmp_path / "a.db", cost_row()).read_bytes()[:100] + b"\xff" * 5000)
    with pytest.raises(ForeignDatabaseError, match="cannot be read"):
        kinds_of(path)


def test_a_log_and_a_table_of_the_same_backend_tell_each_call_once(shop: Shop, tmp_path: Path) -> None:
    shop.take(shop.write("backend.log", cost(0, "alpha"), cost(60, "alpha")))
    rows = [cost_row(time="2025-10-10T12:00:00.100", model="alpha", into=200, out=75, cost=0.00035)]
    counts = took(shop, cockpit(tmp_path / "a.db", *rows))
    assert (counts.recorded, counts.merged) == (0, 1)
    assert asked(shop).totals.requests == 2


def test_a_registered_format_takes_the_same_files_in(tmp_path: Path) -> None:
    found = [
        cockpit(tmp_path / "a.db", cost_row()),
        dashboard(tmp_path / "b.db", (1, "2026-02-01 10:00:00", 9, 1, 0, 0)),
    ]
    formats = [claimant(str(path), path.read_bytes()[:65536]) for path in found]
    assert [agent and agent.name for agent in formats] == ["cost-table", "metrics-table"]
    assert {kind.name for path in found for kind in kinds_of(path)} == {"cost-table", "metrics-table"}
