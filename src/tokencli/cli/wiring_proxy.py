"""The one way to a proxy that runs already: config.toml's host and port, its beacon, and what /health says.

Nothing of the proxy itself is loaded: a command that only wants to know whether it is there must not start like one.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tokencli.cli import wiring
from tokencli.domain.errors import NetworkError
from tokencli.proxy.beacon import is_lit
from tokencli.store.place import path_of
from tokencli.store.runs import is_alive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.cli.globals import Globals
    from tokencli.config.values import Settings

_WAIT_S = 2.0
_INSTANCE = "x-tokencli-instance"
_TOKEN = "X-Tokencli-Token"  # noqa: S105 - a header's name
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not to listen
_ERROR, _TOKEN_MISSING = "x-tokencli-error", "token_missing"
_OK = 200


class ProxyGoneError(NetworkError):
    """A proxy that was there a moment ago."""

    def __init__(self, base_url: str, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"the proxy at {base_url} does not answer ({why}): start it again with 'tokencli serve'.")


class _Answer(NamedTuple):
    """What a path answered with; `is_shut`: the token is missing."""

    status: int
    instance_id: str | None
    is_shut: bool
    body: bytes

    def table(self) -> dict[str, Any]:
        """Return its JSON object; raise ValueError when it is none."""
        told: object = json.loads(self.body)
        if isinstance(told, dict):
            return cast("dict[str, Any]", told)
        raise ValueError(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningProxy:
    """A tokencli that answers; `is_same_ledger` says whether it writes the ledger of this command.

    `health` is what /health said; empty when `needs_token` and TOKENCLI_TOKEN does not hold the right one.
    """

    host: str
    port: int
    health: Mapping[str, Any]
    instance_id: str | None
    is_same_ledger: bool
    token: str | None = field(default=None, repr=False)
    needs_token: bool = False

    @property
    def base_url(self) -> str:
        """Return where clients are pointed, without a slash at its end."""
        return _base_url(self.host, self.port)

    def ask(self, path: str) -> dict[str, Any]:
        """Return the JSON object that a path answers with; raise ProxyGoneError when there is none."""
        try:
            answer = _get(self.host, self.port, path, self.token)
            if answer.status == _OK:
                return answer.table()
        except (OSError, HTTPException, ValueError) as error:
            raise ProxyGoneError(self.base_url, str(error) or type(error).__name__) from error
        raise ProxyGoneError(self.base_url, f"status {answer.status}")


def running_proxy(given: Globals, *, host: str | None = None, port: int | None = None) -> RunningProxy | None:
    """Return the tokencli that runs at a host and port, config.toml's when none are told; None when none does."""
    server = wiring.settings_of(given).server
    host, port = host or server.host, server.port if port is None else port
    host = _EVERYWHERE.get(host, host)
    if is_lit(port) is False:
        return None
    return _asked(host, port, os.environ.get("TOKENCLI_TOKEN") or None, given.ledger_place)


def usual_url(settings: Settings) -> str:
    """Return where clients are pointed when a proxy runs as config.toml says."""
    server = settings.server
    return _base_url(_EVERYWHERE.get(server.host, server.host), server.port)


def _asked(host: str, port: int, token: str | None, ledger: str) -> RunningProxy | None:
    try:
        answer = _get(host, port, "/health", None)
        needs_token = answer.is_shut
        if needs_token and token is not None:
            answer = _get(host, port, "/health", token)
        health = {} if answer.is_shut else answer.table()
    except (OSError, HTTPException, ValueError):
        return None
    if answer.instance_id is None and not answer.is_shut:
        return None
    return RunningProxy(
        host=host,
        port=port,
        health=health,
        instance_id=answer.instance_id,
        is_same_ledger=answer.instance_id is not None and is_alive(path_of(ledger), answer.instance_id),
        token=token if needs_token else None,
        needs_token=needs_token,
    )


def _get(host: str, port: int, path: str, token: str | None) -> _Answer:
    """Return what a path answers with; nothing is asked by way of another proxy."""
    connection = HTTPConnection(host, port, timeout=_WAIT_S)
    try:
        connection.request("GET", path, headers={} if token is None else {_TOKEN: token})
        answer = connection.getresponse()
        is_shut = answer.getheader(_ERROR) == _TOKEN_MISSING
        return _Answer(answer.status, answer.getheader(_INSTANCE), is_shut, answer.read())
    finally:
        connection.close()


def _base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
