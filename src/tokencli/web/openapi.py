"""The description of what tokencli itself answers, as OpenAPI 3.1, from one table; a test holds it to the routes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from tokencli.domain.report import NAME_DIMENSIONS
from tokencli.services.cockpit import DISTRIBUTIONS, STRETCHES, TIMELINES

_TEXT: Final = {"type": "string"}
_OBJECT: Final = {"type": "object"}
_LIST: Final = {"type": "array", "items": _OBJECT}
_JSON, _CSV, _METRICS, _SCRIPT = "application/json", "text/csv", "text/plain", "text/javascript"
_PERIODS: Final = "today, yesterday, week, last-week, month, last-month, year, all, 24h, 7d, 30d, 90d, 1y or a date"
_REFUSED: Final = {
    "description": "One sentence on why not.",
    "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
}


class Path(NamedTuple):
    """One path: its method, what it is for, its parameters and body by name, the schema and kind of its answer."""

    path: str
    summary: str
    method: str = "get"
    query: tuple[tuple[str, dict[str, Any], str], ...] = ()
    body: dict[str, Any] | None = None
    answer: dict[str, Any] = _OBJECT
    kind: str = _JSON
    status: int = 200
    refusals: tuple[int, ...] = ()


def _named(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, _TEXT)}


def _holding(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: _LIST}, "required": [name]}


_STRETCH: Final = (("period", {"type": "string", "enum": list(STRETCHES)}, "How many days, today included."),)
_OF_SESSION: Final = (("session", _TEXT, "A session's name or id; else the active one."),)
_REPORT: Final = (
    ("period", _TEXT, _PERIODS),
    ("since", _TEXT, "From this date or time on."),
    ("until", _TEXT, "Up to this date or time, without it."),
    ("by", _TEXT, "Dimensions, divided by commas: day, model, tag:KEY ..."),
    ("tz", _TEXT, "A zone such as Europe/Paris."),
    *((name, _TEXT, f"Only this {name}; * stands for any text.") for name in NAME_DIMENSIONS),
)
_SEARCH: Final = (("provider", _TEXT, "Only this provider."), ("search", _TEXT, "A part of the name."))

PATHS: Final = (
    Path("/", "The live page for browsers; for programs, what this is and which base URLs to use."),
    Path("/health", "How it stands."),
    Path("/v1/models", "The models of config.toml, as OpenAI lists its own."),
    Path("/v1/models/{key}", "One of them.", refusals=(404,)),
    Path("/v1beta/models", "Those of providers that speak Gemini, as Google lists them."),
    Path("/v1beta/models/{key}", "One of them.", refusals=(404,)),
    Path(
        "/api/models",
        "The models with context, abilities and prices.",
        query=_SEARCH,
        answer=_holding("models"),
        refusals=(404,),
    ),
    Path("/api/providers", "The providers, and for whom there is a key.", answer=_holding("providers")),
    Path("/api/rate-limit", "How near each provider is to its limit.", answer=_holding("providers")),
    Path("/api/report", "What `tokencli report --json` prints.", query=_REPORT, refusals=(400,)),
    Path(
        "/api/sessions",
        "The sessions, the newest first.",
        query=(("all", {"type": "string", "enum": ["0", "1"]}, "1: ended ones too."),),
        answer=_holding("sessions"),
    ),
    Path(
        "/api/sessions",
        "Begin a session, which is active then.",
        method="post",
        body=_named("name", "provider", "model"),
        status=201,
        refusals=(400, 415),
    ),
    Path("/api/sessions/active", "The active session.", refusals=(404,)),
    Path("/api/sessions/{name}", "One session, by name or id.", refusals=(404,)),
    Path("/api/sessions/{name}/activate", "Make it the active one.", method="post", refusals=(400, 404)),
    Path(
        "/api/sessions/{name}/rename",
        "Give it another name.",
        method="post",
        body=_named("name") | {"required": ["name"]},
        refusals=(400, 404, 415),
    ),
    Path("/api/sessions/{name}/end", "End it; what it used stays.", method="post", refusals=(400, 404)),
    Path("/api/export/csv", "A session's calls.", query=_OF_SESSION, answer=_TEXT, kind=_CSV, refusals=(404,)),
    Path("/api/export/json", "A session's calls.", query=_OF_SESSION, refusals=(404,)),
    Path("/api/live", "How things stand: what the WebSocket /ws says first."),
    Path("/api/thresholds", "The limits of the day, the week and the month.", answer=_holding("thresholds")),
    Path("/api/findings", "What check-db has to say of the last 30 days.", answer=_holding("findings")),
    Path("/metrics", "For Prometheus.", answer=_TEXT, kind=_METRICS),
    Path("/api/metrics", "For Prometheus.", answer=_TEXT, kind=_METRICS),
    *(
        Path(
            f"/v1/{signal}",
            "Telemetry of clients, as OTLP/HTTP sends it: JSON, or protobuf.",
            method="post",
            body=_OBJECT,
            refusals=(400, 415),
        )
        for signal in ("logs", "traces", "metrics")
    ),
    Path("/api/dashboard/costs/summary", "The cockpit's figures."),
    Path("/api/dashboard/costs/summary/session/{session}", "Those of one session."),
    Path("/api/dashboard/costs/by-agent", "What each agent used.", answer=_LIST),
    *(
        Path(f"/api/dashboard/timeline/{kind}", "Day by day.", query=_STRETCH, answer=_LIST, refusals=(400,))
        for kind in TIMELINES
    ),
    *(
        Path(f"/api/dashboard/distribution/{kind}", "By model.", query=_STRETCH, answer=_LIST, refusals=(400,))
        for kind in DISTRIBUTIONS
    ),
    Path("/static/plotly.js", "The library that draws the page's charts.", answer=_TEXT, kind=_SCRIPT),
    Path("/openapi.json", "This description."),
)


def document(version: str, base_url: str) -> dict[str, Any]:
    """Return the whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for each in PATHS:
        paths.setdefault(each.path, {})[each.method] = _operation(each)
    error = {
        "type": "object",
        "properties": {"error": _named("message", "type", "code") | {"required": ["message", "code"]}},
        "required": ["error"],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "tokencli", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": {"Error": error}},
    }


def _operation(path: Path) -> dict[str, Any]:
    in_path = [part[1:-1] for part in path.path.split("/") if part.startswith("{")]
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": _TEXT} for name in in_path),
        *({"name": name, "in": "query", "schema": schema, "description": words} for name, schema, words in path.query),
    ]
    answers: dict[str, Any] = {
        str(path.status): {"description": path.summary, "content": {path.kind: {"schema": path.answer}}},
        **{str(status): _REFUSED for status in path.refusals},
        "503": _REFUSED,
    }
    operation: dict[str, Any] = {"summary": path.summary, "parameters": parameters, "responses": answers}
    if path.body is not None:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": path.body}}}
    return operation
