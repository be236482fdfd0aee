"""OpenTelemetry: the calls in OTLP JSON, one export a line, or one document.

Metrics tell no call of their own: they cannot be told from the events of the same calls.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import provider_of_model
from tokencli.readers.agent_fields import NO_TIME, count, dollars, key, moment, text
from tokencli.readers.agent_usage import apart, gemini, whole
from tokencli.readers.otlp_json import items
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage
    from tokencli.readers.otlp_json import Attributes, Item, Scalar

NAME: Final = "otlp"
_EVENTS: Final = {
    "claude_code.api_request": "claude-code",
    "codex.sse_event": "codex",
    "gemini_cli.api_response": "gemini-cli",
}
_INPUT: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUTPUT: Final = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_READ: Final = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
_WRITE: Final = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens")
_REASONING: Final = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens")
_SUMS: Final = frozenset({"invoke_agent", "create_agent", "execute_tool", "invoke_workflow"})
_PROVIDERS: Final = {"gcp.gemini": "gemini", "gcp.gen_ai": "gemini", "google": "gemini", "mistral_ai": "mistral"}
_SHORTEST_ID: Final = 16
_USAGE_WORDS: Final = ("token", "cost_usd")


class OtlpLines:
    """Reads a file to which a collector adds one export a line."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b"resourceSpans", b"resource_spans", b"resourceLogs", b"resource_logs")

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; every line stands for itself."""
        del path
        self.state = state

    def read(self, line: bytes) -> list[Told]:
        """Return the calls of an export; one that cannot be read refuses the whole line."""
        return [told for item in items(line) if (told := call(item)) is not None]


class OtlpDocument:
    """Reads one export that is spread over many lines."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls of an export."""
        del path
        found: list[Told | BrokenRecordError] = []
        try:
            for item in items(data):
                found += _told_or_refused(item)
        except BrokenRecordError as error:
            found.append(error)
        return found


def call(item: Item) -> Told | None:
    """Return the call that a span or a log record tells; None when it tells none.

    Raises:
        BrokenRecordError: it should tell a call, and its counts or its time cannot be read.
    """
    event = _event(item)
    if event in _EVENTS:
        usage = _USAGES[event](item.attributes)
        return None if usage is None else _told(item, usage, client=_EVENTS[event])
    if _words(item.attributes, "gen_ai.operation.name") in _SUMS or _first(item.attributes, _INPUT + _OUTPUT) is None:
        return None
    return _told(item, _generic(item.attributes), client=None)


def claims_lines(path: str, head: bytes) -> bool:
    """Say whether a file holds one export a line."""
    del path
    return head.lstrip().startswith(b"{") and any(b'"%b"' % needle in head for needle in OtlpLines.needles)


def claims_document(path: str, head: bytes) -> bool:
    """Say whether a file is one export over many lines."""
    return head.lstrip().partition(b"\n")[0].strip() == b"{" and claims_lines(path, head)


def _told_or_refused(item: Item) -> list[Told | BrokenRecordError]:
    try:
        told = call(item)
    except BrokenRecordError as error:
        return [error]
    return [] if told is None else [told]


def _event(item: Item) -> str:
    name = _words(item.attributes, "event.name") or item.name
    return f"claude_code.{name}" if name == "api_request" else name


def _told(item: Item, usage: TokenUsage, *, client: str | None) -> Told:
    told = item.attributes
    at = item.started or moment(told.get("event.timestamp"))
    if not at or moment(at // 1_000) is None:
        raise BrokenRecordError(NO_TIME)
    operation = _words(told, "gen_ai.operation.name")
    provider = _words(told, "gen_ai.provider.name", "gen_ai.system")
    asked, answered = (_words(told, name) for name in ("gen_ai.request.model", "gen_ai.response.model"))
    asked = asked or _words(told, "model")
    return Told(
        key=_key(item, client),
        at=at,
        usage=usage,
        provider_name=_PROVIDERS.get(provider, text(provider)) or provider_of_model(answered or asked),
        operation_name=operation or "chat",
        request_model=text(asked),
        response_model=text(answered),
        response_id=text(_words(told, "gen_ai.response.id")),
        conversation_id=text(_words(told, "gen_ai.conversation.id", "conversation.id", "session.id")),
        client=client or text(_words(item.resource, "service.name")),
        client_version=text(_words(told, "app.version") or _words(item.resource, "service.version")),
        error_type=text(_words(told, "error.type")),
        reported_cost_pico=_dollars(told.get("cost_usd")),
        duration_us=_duration(item),
        raw_usage=_raw(told),
    )


def _key(item: Item, client: str | None) -> str:
    """Return a call's name: the answer's id, which a span and a log of one call share, else the span's, else a digest.

    Several logs may stand in one span, so that the answer's id goes first.
    """
    answer = _words(item.attributes, "gen_ai.response.id")
    if client is not None:
        return key(NAME, item.mark)
    if answer and len(answer) >= _SHORTEST_ID:
        return key(NAME, "answer", answer)
    is_span = item.trace_id and item.span_id
    return key(NAME, item.trace_id.lower(), item.span_id.lower()) if is_span else key(NAME, item.mark)


def _claude(told: Attributes) -> TokenUsage:
    read, write = count(told.get("cache_read_tokens")), count(told.get("cache_creation_tokens"))
    return apart(count(told.get("input_tokens")), read, write, count(told.get("output_tokens")))


def _codex(told: Attributes) -> TokenUsage | None:
    if told.get("event.kind") != "response.completed":
        return None
    read, thought = count(told.get("cached_token_count")), count(told.get("reasoning_token_count"))
    return whole(count(told.get("input_token_count")), read, 0, count(told.get("output_token_count")), thought)


def _gemini(told: Attributes) -> TokenUsage:
    names = ("input", "cached_content", "output", "thoughts", "tool", "total")
    return gemini(*(count(told.get(f"{name}_token_count")) for name in names))


def _generic(told: Attributes) -> TokenUsage:
    entire, read, write = (count(_first(told, names)) for names in (_INPUT, _READ, _WRITE))
    return whole(entire, read, write, count(_first(told, _OUTPUT)), count(_first(told, _REASONING)))


_USAGES: Final = {"claude_code.api_request": _claude, "codex.sse_event": _codex, "gemini_cli.api_response": _gemini}


def _first(told: Attributes, names: tuple[str, ...]) -> Scalar:
    return next((told[name] for name in names if told.get(name) is not None), None)


def _words(told: Attributes, *names: str) -> str:
    return next((value for name in names if isinstance(value := told.get(name), str)), "")


def _dollars(value: Scalar) -> int | None:
    try:
        return None if value is None else dollars(Decimal(str(value)))
    except InvalidOperation:
        return None


def _duration(item: Item) -> int | None:
    told = item.attributes.get("duration_ms")
    try:
        return count(told) * 1_000 if told is not None else max(0, item.ended - item.started) or None
    except BrokenRecordError:
        return None


def _raw(told: Attributes) -> str | None:
    kept = {name: value for name, value in told.items() if any(word in name for word in _USAGE_WORDS)}
    return msgspec.json.encode({name: value for name, value in kept.items() if len(str(value)) <= 32}).decode()  # noqa: PLR2004
