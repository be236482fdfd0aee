"""Providers: is there a key, and does each of them answer. They are asked for their models, which costs nothing.

A key goes to its provider's own address alone, and only where nobody between can read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from tokencli.config.wellknown import WELLKNOWN
from tokencli.domain.checkup import Alike, CheckLine, Part, State
from tokencli.services.checkup.asking import WAIT_S, Answer, Question, ask_all
from tokencli.services.pointing import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tokencli.config.values import ProviderSettings, Settings

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?", re.IGNORECASE)
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_LOCAL = re.compile(r"localhost|127\.[\d.]+|::1")
_ANTHROPIC_VERSION: Final = "2023-06-01"
_BAD_KEY: Final = b"API_KEY_INVALID"
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_REACH = "check the network, HTTPS_PROXY, and its base_url"
_LATER = "try again later"
_SET_THEM = "set those that you use, where tokencli runs; remove the others from config.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to ask: `is_builtin` says that the user has no configuration; `own_url` is the proxy's, wherever it runs."""

    is_builtin: bool = False
    is_offline: bool = False
    own_url: str = ""
    wait_s: float = WAIT_S


class _Key(NamedTuple):
    """A provider's key: `words` say where it is or is not, `value` is what may be sent."""

    words: str
    value: str | None = None
    missing: str | None = None
    is_unsendable: bool = False


def provider_lines(
    settings: Settings,
    environ: Mapping[str, str],
    manner: Manner,
    heard: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[CheckLine]:
    """Return a line for each provider; `heard` is told how many have answered, and of how many.

    Those that only the built-in configuration names, and that have no key, are told of in one line and not asked; one
    whose address is the proxy's own is not asked either, so that no key goes there.
    """
    keys = {each.name: _key(each, environ) for each in settings.providers.values()}
    unused = [
        each
        for each in settings.providers.values()
        if manner.is_builtin and keys[each.name].missing and each.name not in WELLKNOWN
    ]
    shown = [each for each in settings.providers.values() if each not in unused and not _is_by_login_alone(each)]
    loops = {each.name for each in shown if _netloc(each) in names_of(manner.own_url)}
    asked = [] if manner.is_offline else [each for each in shown if each.base_url and each.name not in loops]
    questions = [_question(each, keys[each.name]) for each in asked]
    heard(0, len(questions))
    answers = ask_all(questions, environ, heard=lambda done: heard(done, len(questions)), wait_s=manner.wait_s)
    by_name = {each.name: answer for each, answer in zip(asked, answers, strict=True)}
    by_name |= dict.fromkeys(loops, Answer(status=HTTPStatus.LOOP_DETECTED, is_tokencli=True))
    lines = [_line(each, keys[each.name], by_name.get(each.name)) for each in shown]
    return [*lines, *_unused(unused)]


def _is_by_login_alone(provider: ProviderSettings) -> bool:
    """Say whether a provider is there of itself and has no key: only a client that is logged in has to do with it."""
    return provider.is_wellknown and provider.key_source is None


def models_url(provider: ProviderSettings) -> str:
    """Return where a provider lists its models; a base URL without a version takes the API's own."""
    base = (provider.base_url or "").rstrip("/")
    segments = urlsplit(base).path.strip("/").split("/")
    has_version = any(_VERSION.fullmatch(each) for each in segments)
    if not has_version and provider.type == "gemini":
        return f"{base}/v1beta/models"
    if not has_version and (provider.type == "anthropic" or segments == [""]):
        return f"{base}/v1/models"
    return f"{base}/models"


def _netloc(provider: ProviderSettings) -> str:
    return urlsplit(provider.base_url or "").netloc


def _key(provider: ProviderSettings, environ: Mapping[str, str]) -> _Key:
    key, source = provider.key(environ), provider.key_source
    if key is None:
        return _Key(f"{source} is not set", missing=source) if source else _Key("needs no key")
    words = f"key from {source}" if source else "key in config.toml"
    if not _SENDABLE.fullmatch(key.strip()):
        return _Key(words, is_unsendable=True)
    if not provider.set_key:
        return _Key(f"{words}, unused: set_key = false")
    if not _is_private(provider.base_url or ""):
        return _Key(f"{words}, not sent: the address has no TLS")
    return _Key(words, key.strip())


def _is_private(url: str) -> bool:
    """Say whether nobody between here and there can read what is sent."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _LOCAL.fullmatch(parts.hostname or "") is not None


def _question(provider: ProviderSettings, key: _Key) -> Question:
    headers = {"Accept": "application/json", "User-Agent": "tokencli-doctor"}
    if provider.type == "anthropic":
        headers["anthropic-version"] = _ANTHROPIC_VERSION
    if key.value is not None:
        name = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}.get(provider.type, "Authorization")
        headers[name] = f"Bearer {key.value}" if name == "Authorization" else key.value
    return Question(url=models_url(provider), headers=headers, has_key=key.value is not None)


class _Found(NamedTuple):
    """How a provider stands, and how that may be told of several."""

    state: State
    message: str
    next_step: str = ""
    alike: Alike | None = None


def _line(provider: ProviderSettings, key: _Key, answer: Answer | None) -> CheckLine:
    return CheckLine(part=Part.PROVIDER, name=provider.name, **_found(provider, key, answer)._asdict())


def _found(provider: ProviderSettings, key: _Key, answer: Answer | None) -> _Found:
    if key.is_unsendable:
        place = key.words.removeprefix("key from ").removeprefix("key in ")
        words = f"{key.words} holds a space, a line end or a letter that no key has"
        return _Found(State.PROBLEM, words, f"copy it anew into {place}")
    if not provider.base_url:
        step = f'set base_url in [providers."{provider.name}"]'
        return _Found(State.WARNING, "has no base_url", step, Alike("no base_url", next_step="set it in config.toml"))
    if answer is None:
        return _Found(
            State.SKIPPED, f"not asked; {key.words}", alike=Alike("not asked", "no key" if key.missing else "")
        )
    return _answered(provider, key, answer)


def _answered(provider: ProviderSettings, key: _Key, answer: Answer) -> _Found:
    if answer.status is None:
        state = State.WARNING if key.missing else State.PROBLEM
        return _Found(state, f"{_netloc(provider)}: {answer.fault}", _REACH, Alike(answer.fault, next_step=_REACH))
    if answer.is_tokencli:
        return _Found(State.PROBLEM, "its base_url leads to a tokencli", "set base_url to the provider's own address")
    if key.value is not None and (answer.status in _REFUSED or _BAD_KEY in answer.body):
        source = provider.key_source or "config.toml"
        alike = Alike("the key is refused", source, "put valid keys there")
        return _Found(State.PROBLEM, f"refuses the key ({answer.status})", f"put a valid key into {source}", alike)
    return _reached(provider, key, answer.status)


def _reached(provider: ProviderSettings, key: _Key, status: int) -> _Found:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        alike = Alike("reachable, but at fault", str(status), _LATER)
        return _Found(State.WARNING, f"reachable, but it answers {status}; {key.words}", _LATER, alike)
    does = "answers" if status == HTTPStatus.OK else "reachable"
    if not key.missing:
        return _Found(State.OK, f"{does} ({status}); {key.words}", alike=Alike(f"{does} ({status})"))
    if provider.is_wellknown or provider.name in WELLKNOWN:
        words = f"{does} ({status}); {key.words}: clients send their own key"
        return _Found(State.OK, words, alike=Alike(f"{does} ({status}); clients send their own key"))
    alike = Alike("reachable, without a key", key.missing, _SET_THEM)
    return _Found(State.WARNING, f"{does} ({status}); {key.words}", f"set {key.missing} where tokencli runs", alike)


def _unused(providers: Sequence[ProviderSettings]) -> Iterator[CheckLine]:
    if not providers:
        return
    names = ", ".join(each.name for each in providers)
    yield CheckLine(
        part=Part.PROVIDER,
        name="others",
        state=State.SKIPPED,
        message=f"no key for {names}",
        next_step="'tokencli providers' names the variables to set, for those you use",
    )
