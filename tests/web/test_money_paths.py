"""Scrapes and thresholds over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.web.rooms import asking, values
from tokencli.store.database import open_ledger
from tokencli.store.meta import meta_value

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def test_a_scrape_is_answered_at_both_paths_and_what_it_told_is_kept(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for answer in await asyncio.gather(*(client.get(path) for path in ("/metrics", "/api/metrics"))):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert answer.text.startswith("Bins(")

    asking(tmp_path, talk)
    with open_ledger(tmp_path / "ledger.db", write=False) as database:
        assert meta_value(database.connection, "metrics_marks") == "{}"


def test_thresholds_are_those_of_the_environment(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        (week,) = values(await client.get("/api/thresholds"))["thresholds"]
        assert (week["name"], week["limit"], week["spent"], week["level"]) == ("week", "12.5", "0", "ok")
        assert week["time_zone"] == "UTC"

    asking(tmp_path, talk, COST_WEEKLY_LIMIT="12.50")


def test_a_limit_that_is_no_amount_is_one_sentence(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for path in ("/api/thresholds", "/metrics"):
            error = values(await client.get(path), 400)["error"]
            assert "COST_DAILY_LIMIT is 'lots'" in error["message"]

    asking(tmp_path, talk, COST_DAILY_LIMIT="lots")
