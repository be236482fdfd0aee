"""The web room: what tokencli itself answers, beside the paths of providers. JSON, and no key in any of it.

Other sites' pages are kept out before (the guard); what changes something asks for a JSON body on top.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.domain.errors import TokencliError
from tokencli.domain.report import NAME_DIMENSIONS, EventFilter, dimensions_of
from tokencli.domain.text import visible
from tokencli.services.catalogue import list_models, list_providers, models_values, providers_values
from tokencli.services.report import Question
from tokencli.services.report import report as ask
from tokencli.web.cockpit_paths import CockpitPaths
from tokencli.web.errors import error_answer, explained
from tokencli.web.findings_path import FindingsPath
from tokencli.web.live_page import LivePage, page, wants_page
from tokencli.web.live_socket import LiveSocket
from tokencli.web.model_list import gemini_entry, gemini_list, is_gemini, model_entry, model_list
from tokencli.web.money_paths import MoneyPaths
from tokencli.web.otlp_paths import OtlpPaths
from tokencli.web.session_paths import SessionPaths

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.store.database import Database
    from tokencli.web.room import Room

_DEFAULT_PERIOD = "7d"


class OwnPaths:
    """The paths of one room that are not about sessions."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room

    def routes(self) -> list[Route]:
        """Return the paths; GET is HEAD too. Claude Code asks for its base URL or /api/hello first."""
        return [
            *(Route(path, self.front) for path in ("/", "/s/{session}", "/s/{session}/")),
            Route("/health", self.health),
            *(
                Route(f"{prefix}{path}", self.nothing)
                for prefix in ("", "/s/{session}")
                for path in ("/api/hello", "/v1/tcp_warming")
            ),
            *(
                Route(f"{prefix}/models{rest}", path)
                for prefix in ("/v1", "", "/s/{session}/v1", "/s/{session}")
                for rest, path in (("", self.models), ("/{key:path}", self.model))
            ),
            *(
                Route(f"{prefix}/v1beta/models{rest}", path)
                for prefix in ("", "/s/{session}")
                for rest, path in (("", self.gemini_models), ("/{key:path}", self.gemini_model))
            ),
            Route("/api/models", self.priced_models),
            Route("/api/providers", self.providers),
            Route("/api/rate-limit", self.rates),
            Route("/api/report", self.report),
        ]

    async def front(self, request: Request) -> Response:
        """Show a browser the live page; tell a program what this is, and which base URLs to use."""
        if request.url.path == "/" and wants_page(request):
            return page()
        return JSONResponse({"name": "tokencli", "version": self._room.version, "base_urls": base_urls(self._room)})

    async def nothing(self, request: Request) -> Response:
        """Answer a question that only wants to know whether anybody is there."""
        del request
        return Response()

    async def health(self, request: Request) -> Response:
        """Say how it stands; "degraded" when settled calls are in memory only."""
        del request
        session, state = self._room.active_session(), self._room.state()
        values = {
            "status": "degraded" if state.unsaved or state.lost else "ok",
            "provider": None if session is None else session.provider_name,
            "version": self._room.version,
            **state._asdict(),
            "measuring_failures": self._room.slips(),
        }
        return JSONResponse(values, headers={"x-tokencli-instance": self._room.instance_id})

    async def models(self, request: Request) -> Response:
        """List the models as providers' APIs do."""
        del request
        return JSONResponse(model_list(self._room.settings()))

    async def model(self, request: Request) -> Response:
        """Show one of the models."""
        key = request.path_params["key"]
        found = self._room.settings().models.get(key)
        return _no_model(key, "/v1/models") if found is None else JSONResponse(model_entry(found))

    async def gemini_models(self, request: Request) -> Response:
        """List the models that Gemini's clients can call, as Google does."""
        del request
        return JSONResponse(gemini_list(self._room.settings()))

    async def gemini_model(self, request: Request) -> Response:
        """Show one of them."""
        key, settings = request.path_params["key"], self._room.settings()
        found = settings.models.get(key)
        if found is None or not is_gemini(found, settings):
            return _no_model(key, "/v1beta/models")
        return JSONResponse(gemini_entry(found))

    async def priced_models(self, request: Request) -> Response:
        """List the models with context, abilities and prices."""
        provider, search = request.query_params.get("provider"), request.query_params.get("search")
        room = self._room

        def work() -> dict[str, Any]:
            rows = list_models(room.settings(), room.book(), room.now(), room.environ, provider=provider, search=search)
            return models_values(rows)

        return JSONResponse(await run_in_threadpool(work))

    async def providers(self, request: Request) -> Response:
        """List the providers, and for whom there is a key; never the key."""
        del request
        return JSONResponse(providers_values(list_providers(self._room.settings(), self._room.environ)))

    async def rates(self, request: Request) -> Response:
        """Say how near each provider is to its limit of calls a minute."""
        del request
        return JSONResponse({"providers": self._room.rates()})

    async def report(self, request: Request) -> Response:
        """Answer with the report JSON; the parameters are the options of `tokencli report`."""
        question, now = self._question(request), self._room.now()

        def work(database: Database) -> str:
            return self._room.report_json(ask(database, question, now=now))

        return Response(await self._room.read(work), media_type="application/json")

    def _question(self, request: Request) -> Question:
        asked = request.query_params
        since, until, by = asked.get("since"), asked.get("until"), asked.get("by")
        period = asked.get("period") or ("all" if since or until else _DEFAULT_PERIOD)
        names = {name: tuple(asked.getlist(name)) for name in NAME_DIMENSIONS if name in asked}
        return Question(
            zone=asked.get("tz") or self._room.zone,
            period=period,
            since=since,
            until=until,
            group_by=dimensions_of(by) if by else None,
            where=EventFilter(names=names),
            week_start=self._room.settings().report.week_start,
        )


def base_urls(room: Room) -> dict[str, str]:
    """Return which base URL each kind of client is given."""
    base = room.base_url
    return {
        "openai": f"{base}/v1",
        "anthropic": base,
        "gemini": base,
        "one_provider": f"{base}/p/NAME",
        "one_session": f"{base}/s/NAME/v1",
    }


def _no_model(key: str, path: str) -> Response:
    sentence = f"config.toml has no model '{visible(key)}' for this API: GET {path} lists those there are."
    return error_answer(sentence, HTTPStatus.NOT_FOUND, "no_such_model")


def _allowed(error: Exception) -> list[str]:
    said = (error.headers or {}).get("Allow", "GET") if isinstance(error, HTTPException) else "GET"
    return sorted(said.split(", "))


def web_app(room: Room) -> Starlette:
    """Return the app that answers what is no provider's."""

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        path = visible(request.url.path, limit=120)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            sentence = f"{request.method} is not for {path}: use {' or '.join(_allowed(error))}."
            answer = error_answer(sentence, status, "wrong_method")
            answer.headers["allow"] = ", ".join(_allowed(error))
            return answer
        urls = base_urls(room)
        sentence = (
            f"there is nothing at {path}: point OpenAI clients at {urls['openai']}, Anthropic and Gemini clients at "
            f"{urls['anthropic']}, clients of one provider at {urls['one_provider']}."
        )
        return error_answer(sentence, status, "no_such_path")

    return Starlette(
        routes=[
            *OwnPaths(room).routes(),
            *SessionPaths(room).routes(),
            *MoneyPaths(room).routes(),
            *CockpitPaths(room).routes(),
            *LiveSocket(room).routes(),
            *OtlpPaths(room).routes(),
            *LivePage(room).routes(),
            *FindingsPath(room).routes(),
        ],
        exception_handlers={TokencliError: explained, HTTPException: refused},
    )
