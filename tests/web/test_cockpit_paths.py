"""The cockpit's paths over HTTP; what they hold is tested with the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.rooms import asking, values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def test_the_summary_has_the_keys_that_the_cockpit_reads(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await client.post("/api/sessions", json={"name": "work", "provider": "mistral"})
        for path in ("/api/dashboard/costs/summary", "/api/dashboard/costs/summary/session/work"):
            told = values(await client.get(path))
            assert {key: list(part) for key, part in told.items()} == {
                "costs": ["total_cost", "today_cost", "current_week_cost", "current_month_cost"],
                "monitoring": ["total_documents", "total_sessions"],
                "thresholds": ["daily_threshold", "weekly_threshold", "monthly_threshold"],
                "messages": ["total", "today", "week", "month"],
                "tokens": ["total", "input", "output", "avgPerMessage"],
                "raw_data": ["documents", "sessions"],
            }
            assert told["monitoring"]["total_sessions"] == 1
        other = values(await client.get("/api/dashboard/costs/summary/session/nobody"))
        assert (other["monitoring"]["total_sessions"], other["messages"]["total"]) == (0, 0)

    asking(tmp_path, talk)


def test_timelines_have_a_row_for_each_day(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for kind, keys in (("activity", ["messages", "threads"]), ("costs", ["cost"]), ("tokens", ["input", "output"])):
            answer = await client.get(f"/api/dashboard/timeline/{kind}?period=7d")
            rows = answer.json()
            assert [row["date"] for row in rows] == [f"2026-11-{day}" for day in range(14, 21)]
            assert all(list(row) == ["date", *keys] for row in rows)
        assert len((await client.get("/api/dashboard/timeline/costs")).json()) == 30
        error = values(await client.get("/api/dashboard/timeline/costs?period=ever"), 400)["error"]
        assert "7d, 30d, 90d, 1y" in error["message"]
        assert (await client.get("/api/dashboard/timeline/moods")).status_code == 404

    asking(tmp_path, talk)


def test_distributions_and_agents_are_lists(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for kind in ("messages", "threads", "tokens", "costs"):
            assert (await client.get(f"/api/dashboard/distribution/{kind}?period=1y")).json() == []
        assert (await client.get("/api/dashboard/costs/by-agent")).json() == []

    asking(tmp_path, talk)
