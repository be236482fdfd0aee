"""How things stand, over HTTP; the socket itself is tested against a running proxy (tests/e2e/test_live.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.rooms import asking, values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def test_everything_that_a_page_needs_first_is_one_answer(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await client.post("/api/sessions", json={"name": "work", "provider": "mistral"})
        told = values(await client.get("/api/live"))
        assert (told["type"], told["number"], told["version"], told["time_zone"]) == (
            "init",
            "abc123.0",
            "1.2.3",
            "UTC",
        )
        assert [(each["name"], each["is_active"]) for each in told["sessions"]] == [("work", True)]
        assert told["rate_limits"][0]["provider_name"] == "mistral"
        assert (told["calls"], told["open_calls"], told["totals"]["day"]["requests"]) == ([], [], 0)

    asking(tmp_path, talk)
