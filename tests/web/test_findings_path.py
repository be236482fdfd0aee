"""The findings of check-db over HTTP, checked once a minute at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.rooms import asking, values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tokencli.store.database import Database
    from tokencli.web.room import Room


def test_findings_have_their_code_their_weight_and_the_next_step(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        told = values(await client.get("/api/findings"))
        assert told["status"] in {"ok", "warning", "problem"}
        assert told["findings"]
        for each in told["findings"]:
            assert list(each) == ["code", "severity", "message", "subject", "count", "advice"]
            assert each["severity"] == "success" or each["advice"]

    asking(tmp_path, talk)


def test_the_ledger_is_not_checked_again_within_a_minute(tmp_path: Path) -> None:
    rooms: list[Room] = []

    async def talk(client: httpx.AsyncClient) -> None:
        first = values(await client.get("/api/findings"))
        (room,) = rooms

        def add_failure(database: Database) -> None:
            database.connection.execute(
                "INSERT INTO notice VALUES (1, 1763640000000000, 'timeout', 'openai', 'gpt-4o')"
            )

        await room.write(add_failure)
        assert values(await client.get("/api/findings")) == first

    asking(tmp_path, talk, rooms=rooms)
