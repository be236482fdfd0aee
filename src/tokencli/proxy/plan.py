"""Plan: everything about one call before it is sent. Where to, in whose name, with which bytes, and its intent.

A provider's key goes into a plan for that provider alone, and a client's own key only where the client chose the
provider itself. No representation of a plan shows a header, a body or a query.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from tokencli.domain.intent import Intent
from tokencli.domain.text import visible
from tokencli.proxy.bodies import LARGE_BYTES, MOST_UNPACKED_BYTES, read_body
from tokencli.proxy.client_names import said_of
from tokencli.proxy.credentials import with_credentials
from tokencli.proxy.headers import (
    VIA,
    Headers,
    forwardable,
    text_of,
    without,
)
from tokencli.proxy.loops import PassedBeforeError
from tokencli.proxy.refusals import Refusal
from tokencli.proxy.routes import Belonging, Route, route_of
from tokencli.proxy.urls import api_path, joined, with_query
from tokencli.wire.registry import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tokencli.config.values import ProviderSettings, Settings
    from tokencli.domain.session import Session
    from tokencli.proxy.bodies import RequestBody
    from tokencli.proxy.paths import Target
    from tokencli.wire.registry import Api

_SESSION = b"x-tokencli-session"
_ENCODING, _ACCEPTED = b"content-encoding", b"accept-encoding"
_STREAMING_VERB = ":streamgeneratecontent"
_ASKABLE, _FIM = "/completions", "/fim/completions"
_LONGEST_NAME = 200


class Sessions(Protocol):
    """The sessions of the ledger, as they are at this moment."""

    def named(self, name_or_id: str) -> Session | None:
        """Return the session of this name or id."""
        ...

    def active(self) -> Session | None:
        """Return the session that calls belong to which name none."""
        ...


class InputEstimator(Protocol):
    """Counts the tokens of a request by itself."""

    def estimate_input(self, api_name: str, provider_name: str | None, model: str | None, body: bytes) -> int | None:
        """Return about how many tokens a request has; None when nothing can be said."""
        ...


class NoSuchSessionError(Refusal):
    """A session that a request names and the ledger does not hold.

    It is a 400, for the sentence to be read: on a 404 Claude Code blames the model, and Codex tries five times more.
    """

    status = 400
    code = "no_such_session"

    def __init__(self, name: str) -> None:
        """Name it, and the command that makes one."""
        super().__init__(
            f"there is no session '{visible(name)}': 'tokencli session list' shows them, 'session new' makes one."
        )


class EndedSessionError(Refusal):
    """A session that takes no more calls."""

    status = 400
    code = "ended_session"

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(f"the session '{visible(name)}' has ended: begin another with 'tokencli session new'.")


class NoJsonError(Refusal):
    """A call whose body names no model, since it is no JSON object; where it should go is not guessed."""

    status = 400
    code = "broken_body"

    def __init__(self, api: Api, *, is_empty: bool) -> None:
        """Say what came, and what was wanted."""
        came = "the request has no body" if is_empty else "the request's body is no JSON object"
        super().__init__(f"{came}, and {api.name} wants one that names the model: check what the client sends.")


class HugeBodyError(Refusal):
    """A compressed body that is not unpacked to the end, so that nobody knows which model it names."""

    status = 413
    code = "body_too_large"

    def __init__(self) -> None:
        """Name the limit, and the ways round it."""
        super().__init__(
            f"the request is larger than {MOST_UNPACKED_BYTES} bytes when it is unpacked: "
            "send it without Content-Encoding, or to the path /p/NAME, which takes it as it is."
        )


class NoBaseUrlError(Refusal):
    """A provider whose address is not configured."""

    status = 500
    code = "no_base_url"

    def __init__(self, provider: str) -> None:
        """Name the key of config.toml."""
        super().__init__(f'[providers."{visible(provider)}"] in config.toml has no base_url that begins with http.')


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One call, ready to be sent.

    `original_body` is the body without the wish for usage, there when we put that in: it is sent once instead when
    the provider refuses the wish, and `withhold_usage` says that the client must not see what was not its own wish.
    `intent` is None for what is no call, such as a list of models; `look` is there instead for a later look at a
    call's answer, and says what is known of that call from here. `request_model` is the name sent to the provider.
    """

    api: Api | None
    provider: ProviderSettings
    method: str
    url: str = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    original_body: bytes | None = field(default=None, repr=False)
    withhold_usage: bool = False
    intent: Intent | None = None
    look: Intent | None = None
    request_model: str | None = None
    is_stream: bool = False


class _Request(NamedTuple):
    target: Target
    method: str
    headers: Headers
    named: Mapping[bytes, bytes]
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans by the settings in force and the sessions in the ledger; `instance_id` names this proxy to others."""

    settings: Callable[[], Settings]
    sessions: Sessions
    environ: Mapping[str, str] = field(repr=False)
    estimator: InputEstimator
    now: Callable[[], datetime]
    instance_id: str

    def plan(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
        """Return the plan for a request; a large body takes long to read: see `planned`.

        Raises:
            Refusal: the request cannot be sent, or should not.
        """
        request = _request(target, method, headers, body)
        return self._plan(request, self._belonging(request))

    async def planned(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
        """Return the plan for a request as `plan` does, made in a thread when the body is large."""
        request = _request(target, method, headers, body)
        belonging = self._belonging(request)
        if len(body) <= LARGE_BYTES and _ENCODING not in request.named:
            return self._plan(request, belonging)
        return await asyncio.to_thread(self._plan, request, belonging)

    def _belonging(self, request: _Request) -> Belonging:
        if VIA in request.named:
            raise PassedBeforeError
        name = request.target.session_name or text_of(request.named, _SESSION)
        if name is None:
            return Belonging(session=self.sessions.active())
        session = self.sessions.named(name)
        if session is None:
            raise NoSuchSessionError(name)
        if session.ended_at is not None:
            raise EndedSessionError(session.name)
        return Belonging(session=session, is_named=True)

    def _plan(self, request: _Request, belonging: Belonging) -> Plan:
        came = read_body(request.raw, text_of(request.named, _ENCODING) or "")
        _check_is_json(request.target, came)
        route = route_of(request.target, request.target.model or came.model, belonging, self.settings())
        provider = route.provider
        target, body = _renamed(request.target, came, route)
        model = target.model or body.model
        asking = _asking(target, provider, body)
        sent = asking or body
        headers, query = with_credentials(target, route, forwardable(request.headers), self.environ)
        if came.is_packed and not sent.is_packed:
            headers = without(headers, _ENCODING)
        if asking is not None:
            headers = [*without(headers, _ACCEPTED), (_ACCEPTED, b"identity")]
        intent = self._intent(request, Route(provider=provider, model=model), body, belonging)
        is_look = target.api is not None and not target.api.is_call
        return Plan(
            api=target.api,
            provider=provider,
            method=request.method,
            url=_url(target, provider, query),
            headers=[*headers, (VIA, self.instance_id.encode())],
            body=sent.sent,
            original_body=None if asking is None else body.text,
            withhold_usage=asking is not None,
            intent=None if is_look else intent,
            look=intent if is_look else None,
            request_model=_short(model),
            is_stream=body.is_stream or target.rest.lower().endswith(_STREAMING_VERB),
        )

    def _intent(self, request: _Request, sent: Route, body: RequestBody, belonging: Belonging) -> Intent | None:
        api, model = request.target.api, sent.model
        if api is None and request.method != "POST":
            return None
        said = said_of(request.named, body.prompt_cache_key)
        estimate = self._estimate(api, sent, body) if api is not None and api.is_billed else None
        return Intent(
            opened_at=self.now(),
            provider_name=sent.provider.name,
            operation_name="other" if api is None else api.operation_name,
            request_model=_short(model),
            session_id=belonging.session.id if belonging.session else None,
            conversation_id=said.conversation_id,
            client=said.client,
            agent=said.agent,
            project=said.project,
            tags=said.tags,
            estimated_input_tokens=estimate,
        )

    def _estimate(self, api: Api, sent: Route, body: RequestBody) -> int | None:
        return self.estimator.estimate_input(api.name, sent.provider.name, sent.model, body.text) if body.text else None


def _request(target: Target, method: str, headers: Headers, raw: bytes) -> _Request:
    return _Request(target, method, headers, dict(reversed(headers)), raw)


def _check_is_json(target: Target, body: RequestBody) -> None:
    """Raise NoJsonError or HugeBodyError for what names no model; what is packed in an unknown way may name one."""
    if target.api is None or not target.api.is_call or target.provider_name is not None or body.members is not None:
        return
    if body.is_huge:
        raise HugeBodyError
    if not body.is_packed:
        raise NoJsonError(target.api, is_empty=not body.text)


def _renamed(target: Target, body: RequestBody, route: Route) -> tuple[Target, RequestBody]:
    """Return path and body with the name that the provider knows the model by, where they have another."""
    asked = target.model or body.model
    if route.model is None or route.model == asked or not route.provider.rewrite_model:
        return target, body
    if target.model is not None:
        return target.with_model(route.model), body
    return target, body if asked is None and target.api is None else body.with_model(route.model)


def _asking(target: Target, provider: ProviderSettings, body: RequestBody) -> RequestBody | None:
    """Return the body with the wish for usage, None where none is to be put in."""
    path = target.rest.rstrip("/")
    is_askable = target.api is not None and path.endswith(_ASKABLE) and not path.endswith(_FIM)
    if not (provider.asks_for_usage and is_askable and body.is_stream) or body.asks_for_usage:
        return None
    asking = body.with_usage_asked()
    return None if asking is body else asking


def _url(target: Target, provider: ProviderSettings, query: bytes) -> str:
    family = None if target.api is None else target.api.family
    kinds = {Family.OPENAI: provider.type, Family.ANTHROPIC: "anthropic"}
    kind = None if family is None else kinds.get(family)
    address = _address(provider.base_url or "", target.rest, kind)
    if address is None:
        raise NoBaseUrlError(provider.name)
    return with_query(address, query)


@lru_cache(maxsize=128)
def _address(base_url: str, rest: str, kind: str | None) -> str | None:
    """Return where a path is under a base URL; None when that is no base URL.

    `kind` is the one of `api_path`, None for a path that stays as it came.
    """
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return None
    if not is_address:
        return None
    return joined(base_url, rest if kind is None else api_path(rest, base_url, kind=kind))


def _short(model: str | None) -> str | None:
    return model[:_LONGEST_NAME] if model else None
