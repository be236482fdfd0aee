"""Target: what a request's path says. An API, and what a client puts before it: `/s/SESSION`, `/p/PROVIDER`.

Everything under `/p/PROVIDER` belongs to that provider; without it only the paths of known APIs do, and those of the
answers that OpenAI keeps. Percent-encoding
stays as it came, and no path leads above or beside a provider's base URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tokencli.proxy.urls import printable
from tokencli.wire.registry import api_of

if TYPE_CHECKING:
    from tokencli.wire.registry import Api

_LONGEST_REMEMBERED = 200
_CHOICE = re.compile(r"/+([ps])/+([^/]+)(?=/|$)")
_OURS = re.compile(
    r"(?:/openai)?(?:/v1|/v1beta)?(?:/openai)?"
    r"/(?:(?:chat/|fim/|agents/)?completions|embeddings|responses|messages|moderations|models|tunedModels)(?:/|$)"
)
# What is done with a Responses answer after its call: deleted, looked at in its parts.
_KEPT = re.compile(r"(?:/openai)?(?:/v1)?(?:/openai)?/responses/[^/]+(?:/[^/]+)?$")
_ON_KEPT = frozenset({"GET", "DELETE"})
# Java's servers take what stands behind a semicolon for a parameter, and go up at "..;" too.
_SEPARATOR = r"(?:[/\\]|%2f|%5c)"
_DOTS = re.compile(rf"(?:^|{_SEPARATOR})(?:\.|%2e){{1,2}}(?=$|;|%3b|{_SEPARATOR})", re.IGNORECASE)
# Looked for from the first "/models/" alone: a path made of thousands of them would take seconds.
_MODEL = re.compile(r"(?:(?!/models/).)*+/models/(.+)(?::|%3a)[a-z]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request wants to go: `rest` is the path behind the choices, empty or with a slash in front.

    `api` is None for a path under /p/NAME that is no known API; `model` is the one that the path itself names.
    """

    api: Api | None
    rest: str
    provider_name: str | None = None
    session_name: str | None = None
    model: str | None = None
    query: bytes = b""

    def with_model(self, name: str) -> Target:
        """Return the target with another model in its path; the same target when its path names none."""
        found = _MODEL.match(self.rest) if self.model is not None else None
        if found is None:
            return self
        rest = f"{self.rest[: found.start(1)]}{quote(name, safe='/')}{self.rest[found.end(1) :]}"
        return replace(self, rest=rest, model=name)


def target_of(method: str, raw_path: bytes, query: bytes = b"") -> Target | None:
    """Return where a request wants to go; None when its path is no provider's."""
    find = _remembered if len(raw_path) <= _LONGEST_REMEMBERED else _found
    target = find(method, raw_path)
    return replace(target, query=query) if target and query else target


def _found(method: str, raw_path: bytes) -> Target | None:
    path = printable(raw_path)
    said: dict[str, str] = {}
    at = 0
    while (choice := _CHOICE.match(path, at)) and choice[1] not in said:
        try:
            said[choice[1]] = unquote(choice[2], errors="strict")
        except UnicodeDecodeError:
            return None
        at = choice.end()
    rest = path[at:]
    if rest and (not rest.startswith("/") or _DOTS.search(rest)):
        return None
    rest = f"/{rest.lstrip('/')}" if rest else ""
    api = api_of(method, rest)
    if "p" not in said and not (_OURS.match(rest) if api else method in _ON_KEPT and _KEPT.match(rest)):
        return None
    named = _MODEL.match(rest) if api is not None else None
    return Target(
        api=api,
        rest=rest,
        provider_name=said.get("p"),
        session_name=said.get("s"),
        model=unquote(named[1]) if named else None,
    )


_remembered = lru_cache(maxsize=256)(_found)
