"""/api/findings: what `tokencli check-db` has to say, looked up at most once a minute."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.domain.text import visible
from tokencli.services.checks.evidence import Tools
from tokencli.services.checks.files import ledger_findings
from tokencli.services.checks.registry import run_checks
from tokencli.services.report import Question

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

    from tokencli.store.database import Database
    from tokencli.web.room import Room

PERIOD: Final = "30d"
KEPT: Final = timedelta(minutes=1)


class FindingsPath:
    """The findings of one room's ledger; one check at a time."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room
        self._lock = asyncio.Lock()
        self._kept: tuple[datetime, dict[str, Any]] | None = None

    def routes(self) -> list[Route]:
        """Return the path."""
        return [Route("/api/findings", self.findings)]

    async def findings(self, request: Request) -> Response:
        """Say what is wrong with the calls of the last 30 days, and with the ledger, and what to do."""
        del request
        async with self._lock:
            now = self._room.now()
            if self._kept is None or now - self._kept[0] >= KEPT:
                self._kept = now, await self._room.read(lambda database: self._checked(database, now))
            return JSONResponse(self._kept[1])

    def _checked(self, database: Database, now: datetime) -> dict[str, Any]:
        room, settings = self._room, self._room.settings()
        question = Question(zone=room.zone, period=PERIOD, week_start=settings.report.week_start)
        info, found = ledger_findings(database, now=now)
        audit = run_checks(database, question, Tools(book=room.book, settings=settings), now=now)
        audit = audit.with_findings(found, ledger=info)
        findings = [{name: _shown(value) for name, value in asdict(each).items()} for each in audit.findings]
        return {"status": audit.verdict.value, "checked_at": now.isoformat(), "period": PERIOD, "findings": findings}


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) else value
