"""The official libraries: how a client of each is made, asked and read, in both its kinds.

A library is imported where a client is made, so that tests of other things do not wait for it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.e2e import anthropic_shapes, gemini_shapes, openai_shapes
from tests.e2e.clients import done, needs
from tests.e2e.world import CLIENT_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tests.proxy.fake_provider import Scripted

QUIET: dict[str, Any] = {"api_key": CLIENT_KEY, "max_retries": 0}
HELLO: list[Any] = [{"role": "user", "content": "Hello."}]
CLAUDE = "claude-sonnet-4-6"
_TRANSPORT_ERRORS = (("httpx", "TransportError"), ("httpx2", "TransportError"), ("aiohttp", "ClientError"))
_ERROR_MODULES = {"mistralai.client": "mistralai.client.errors", "google.genai": "google.genai.errors"}


def openai_client(kind: str, base_url: str | None = None, **options: Any) -> Any:
    from openai import AsyncOpenAI, OpenAI

    return (OpenAI if kind == "sync" else AsyncOpenAI)(**{**QUIET, "base_url": base_url, **options})


def anthropic_client(kind: str, base_url: str | None = None, **options: Any) -> Any:
    from anthropic import Anthropic, AsyncAnthropic

    return (Anthropic if kind == "sync" else AsyncAnthropic)(**{**QUIET, "base_url": base_url, **options})


def groq_client(kind: str, base_url: str | None = None, **options: Any) -> Any:
    from groq import AsyncGroq, Groq

    return (Groq if kind == "sync" else AsyncGroq)(**{**QUIET, "base_url": base_url, **options})


def cerebras_client(kind: str, base_url: str | None = None, **options: Any) -> Any:
    """Return a client that does not knock before it calls, as it does by itself."""
    from cerebras.cloud.sdk import AsyncCerebras, Cerebras

    made = Cerebras if kind == "sync" else AsyncCerebras
    return made(**{**QUIET, "base_url": base_url, "warm_tcp_connection": False, **options})


@asynccontextmanager
async def genai_opened(kind: str, base_url: str | None = None, **options: Any) -> AsyncGenerator[Any]:
    """Open a client of Google's library; `max_retries` is taken in the others' meaning."""
    from google import genai

    http: dict[str, Any] = {"base_url": base_url, "api_version": "v1beta", **options.pop("http_options", {})}
    if retries := options.pop("max_retries", 0):
        http["retry_options"] = {"attempts": retries + 1, "initial_delay": 0.01, "max_delay": 0.02}
    client = genai.Client(**{"api_key": CLIENT_KEY, "http_options": http, **options})
    try:
        yield client if kind == "sync" else client.aio
    finally:
        await client.aio.aclose()
        client.close()


class MistralClient:
    """Mistral's client has each method twice, the second time with _async behind its name."""

    def __init__(self, kind: str, base_url: str, *, api_key: str = CLIENT_KEY, max_retries: int = 0) -> None:
        from mistralai.client import Mistral
        from mistralai.client.utils import BackoffStrategy, RetryConfig

        given: dict[str, Any] = {}
        if max_retries:
            given["retry_config"] = RetryConfig(
                "backoff", BackoffStrategy(1, 2, 1.0, 30_000), retry_connection_errors=False
            )
        self._mistral: Any = Mistral(api_key=api_key, server_url=base_url, **given)
        self._suffix = "" if kind == "sync" else "_async"

    async def __aenter__(self) -> Self:
        await self._mistral.__aenter__()
        self._mistral.__enter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._mistral.__exit__(None, None, None)
        await self._mistral.__aexit__(None, None, None)

    async def call(self, resource: str, method: str, **arguments: Any) -> Any:
        return await done(getattr(getattr(self._mistral, resource), f"{method}{self._suffix}")(**arguments))


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as its library tells it."""

    kind: str
    status: int
    text: str
    headers: dict[str, str]


def failure_of(error: Any) -> Failure:
    """Read any library's error of an answer that is one."""
    status = getattr(error, "status_code", None) or error.code
    told = getattr(error, "headers", None) or error.response.headers
    headers = {name.lower(): value for name, value in told.items()}
    return Failure(type(error).__name__, status, str(error), headers)


async def _chat(client: Any, model: str, **more: Any) -> Any:
    return await done(client.chat.completions.create(model=model, messages=HELLO, **more))


async def _message(client: Any, model: str, **more: Any) -> Any:
    return await done(client.messages.create(model=model, max_tokens=64, messages=HELLO, **more))


async def _content(client: Any, model: str, *, stream: bool = False) -> Any:
    method = client.models.generate_content_stream if stream else client.models.generate_content
    return await done(method(model=model, contents="Hello."))


async def _complete(client: Any, model: str, *, stream: bool = False) -> Any:
    return await client.call("chat", "stream" if stream else "complete", model=model, messages=HELLO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library. Its provider answers at `path`; its base URL has `base` behind the host.

    `refused` is what it raises for 401, 429, 500 and 529; `keyless` is a model of config.toml whose key is missing.
    """

    provider: str
    package: str
    path: str
    model: str
    keyless: str
    client: Callable[..., Any]
    ask: Callable[..., Awaitable[Any]]
    answer: Callable[[], Scripted]
    stream: Callable[[], Scripted]
    error: Callable[..., Scripted]
    refused: tuple[str, str, str, str]
    base: str = ""

    def error_class(self) -> type[Exception]:
        """Return what the library raises for any answer that is an error."""
        module = import_module(_ERROR_MODULES.get(self.package, self.package))
        name = next(each for each in ("APIStatusError", "MistralError", "APIError") if hasattr(module, each))
        found: type[Exception] = getattr(module, name)
        return found

    def timeout_class(self) -> type[Exception]:
        """Return what the library raises where nothing comes in time."""
        found: type[Exception] = import_module(self.package).APITimeoutError
        return found

    def cut_classes(self) -> tuple[type[Exception], ...]:
        """Return what reading a broken stream raises: the errors of the HTTP client, as they are or wrapped."""
        found: list[type[Exception]] = [self.error_class()]
        for module, name in _TRANSPORT_ERRORS:
            if find_spec(module) is not None:
                found.append(getattr(import_module(module), name))
        if self.package in {"openai", "anthropic", "groq", "cerebras.cloud.sdk"}:
            found.append(import_module(self.package).APIConnectionError)
        return tuple(found)

    def by_name(self, url: str, provider: str | None = None) -> str:
        """Return the base URL that leads to one provider through the proxy at `url`."""
        return f"{url}/p/{provider or self.provider}{self.base}"


def _openai_error(message: str, status: int, *headers: tuple[bytes, bytes]) -> Scripted:
    return openai_shapes.error(message, status, "requests", "some_code", *headers)


def _anthropic_error(message: str, status: int, *headers: tuple[bytes, bytes]) -> Scripted:
    return anthropic_shapes.error(message, status, "overloaded_error", *headers)


def _gemini_error(message: str, status: int, *headers: tuple[bytes, bytes]) -> Scripted:
    return gemini_shapes.error(message, status, "RESOURCE_EXHAUSTED", *headers)


def _completion(model: str) -> Callable[[], Scripted]:
    return lambda: openai_shapes.told(openai_shapes.completion(model))


def _chunks(model: str) -> Callable[[], Scripted]:
    last = {"usage": openai_shapes.USAGE}
    return lambda: openai_shapes.streamed([*openai_shapes.data(*openai_shapes.chunks(model, last)), openai_shapes.DONE])


_PLAIN = ("AuthenticationError", "RateLimitError", "InternalServerError", "InternalServerError")


def _of_openai_kind(name: str, package: str, model: str, client: Callable[..., Any], **more: Any) -> Library:
    given: dict[str, Any] = {
        "path": "/v1/chat/completions",
        "ask": _chat,
        "refused": _PLAIN,
        **more,
    }
    return Library(
        provider=name,
        package=package,
        model=model,
        keyless="keyless/small",
        client=client,
        answer=_completion(model),
        stream=_chunks(model),
        error=_openai_error,
        **given,
    )


LIBRARIES = (
    _of_openai_kind("openai", "openai", "gpt-4o", openai_client, base="/v1"),
    Library(
        provider="anthropic",
        package="anthropic",
        path="/v1/messages",
        model=CLAUDE,
        keyless="keyless-claude/small",
        client=anthropic_client,
        ask=_message,
        answer=lambda: anthropic_shapes.answer(anthropic_shapes.message()),
        stream=anthropic_shapes.stream,
        error=_anthropic_error,
        refused=("AuthenticationError", "RateLimitError", "InternalServerError", "OverloadedError"),
    ),
    Library(
        provider="gemini",
        package="google.genai",
        path="/v1beta/models/gemini-2.5-flash:generateContent",
        model="gemini-2.5-flash",
        keyless="keyless-gemini/small",
        client=genai_opened,
        ask=_content,
        answer=lambda: gemini_shapes.answer(gemini_shapes.content()),
        stream=gemini_shapes.stream,
        error=_gemini_error,
        refused=("ClientError", "ClientError", "ServerError", "ServerError"),
    ),
    _of_openai_kind(
        "mistral",
        "mistralai.client",
        "mistral-large-2411",
        MistralClient,
        ask=_complete,
        refused=("SDKError",) * 4,
    ),
    _of_openai_kind("groq", "groq", "llama-3.3-70b-versatile", groq_client, path="/openai/v1/chat/completions"),
    _of_openai_kind("cerebras", "cerebras.cloud.sdk", "gpt-oss-120b", cerebras_client),
)
PARAMETERS = [pytest.param(each, marks=needs(each.package), id=each.provider) for each in LIBRARIES]
EVERY = pytest.mark.parametrize("library", PARAMETERS)
# google-genai's own client of aiohttp draws this warning where a client for event loops is made.
GENAI_WARNING = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
