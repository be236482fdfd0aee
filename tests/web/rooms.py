"""A web room over a ledger of its own, asked without a network."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from starlette.types import ASGIApp

from tokencli.config.settings import load_settings
from tokencli.config.values import Settings
from tokencli.pricing.book import PriceBook
from tokencli.services.feed import Feed
from tokencli.services.recorder import Recorder, open_recorder
from tokencli.services.sessions import SessionBook
from tokencli.web.api import web_app
from tokencli.web.room import Room

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = "sk-canary-in-no-answer"
CONFIG = """
[providers.mistral]
type = "openai"
base_url = "https://api.mistral.ai/v1"
api_key_env = "MISTRAL_API_KEY"

[models."mistral/mistral-large-2411"]
provider = "mistral"
model = "mistral-large-2411"
max_context_size = 131072
"""
_T = TypeVar("_T")


def settings_in(directory: Path) -> Settings:
    """Return settings with one provider and one model."""
    path = directory / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load_settings(path)


def room_in(directory: Path, recorder: Recorder, sessions: SessionBook, environ: Mapping[str, str]) -> Room:
    """Return a room over a ledger in a directory."""
    settings, book = settings_in(directory), PriceBook()
    return Room(
        settings=lambda: settings,
        book=lambda: book,
        sessions=sessions,
        state=lambda: recorder.state,
        write=recorder.call,
        slips=lambda: 2,
        rates=lambda: [{"provider_name": "mistral", "limit": 60, "used": 1}],
        feed=Feed("abc123"),
        exposition=lambda snapshot: ("text/plain; version=0.0.4", repr(snapshot.costs).encode()),
        report_json=lambda report: json.dumps({"group_by": report.group_by, "requests": report.totals.requests}),
        environ=environ,
        now=lambda: NOW,
        ledger_place=str(directory / "ledger.db"),
        zone="UTC",
        base_url="http://127.0.0.1:8000",
        instance_id="abc123",
        version="1.2.3",
    )


def asking(
    directory: Path,
    conversation: Callable[[httpx.AsyncClient], Awaitable[_T]],
    rooms: list[Room] | None = None,
    **environ: str,
) -> _T:
    """Hold a conversation with a new room's app, in an environment; no answer may hold the key.

    The room is put into `rooms`.
    """

    async def run() -> _T:
        recorder = open_recorder(directory / "ledger.db", PriceBook(), now=lambda: NOW)
        try:
            with SessionBook(directory / "ledger.db") as sessions:
                room = room_in(directory, recorder, sessions, {"MISTRAL_API_KEY": KEY, **environ})
                if rooms is not None:
                    rooms.append(room)
                async with _client(web_app(room)) as client:
                    return await conversation(client)
        finally:
            recorder.close()

    return asyncio.run(run())


def _client(app: ASGIApp) -> httpx.AsyncClient:
    async def keyless(answer: httpx.Response) -> None:
        assert KEY.encode() not in await answer.aread()
        assert not [name for name in answer.headers if name.startswith("access-control")]

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000", event_hooks={"response": [keyless]}
    )


def values(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Return the JSON object of an answer of that status."""
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told
