"""The APIs whose answers can be measured: by name, and by the path that a request goes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tokencli.wire import anthropic_messages, count_tokens, embeddings, gemini, openai_chat, openai_responses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokencli.wire.reading import Meter


class Family(StrEnum):
    """Whose shape an API's errors have."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API. `operation_name` is OpenTelemetry's word; `is_billed` is False where no answer ever costs anything.

    `is_call` is False for a later look at a call's answer: it makes no call, but may tell what one used.
    """

    name: str
    operation_name: str
    family: Family
    meter: Callable[[str], Meter]
    is_billed: bool = True
    is_call: bool = True


_ALL = (
    Api(name="openai-chat", operation_name="chat", family=Family.OPENAI, meter=openai_chat.meter),
    Api(name="openai-completions", operation_name="text_completion", family=Family.OPENAI, meter=openai_chat.meter),
    Api(name="openai-responses", operation_name="chat", family=Family.OPENAI, meter=openai_responses.meter),
    Api(name="openai-responses-compact", operation_name="chat", family=Family.OPENAI, meter=openai_responses.meter),
    Api(name="embeddings", operation_name="embeddings", family=Family.OPENAI, meter=embeddings.meter),
    Api(name="anthropic-messages", operation_name="chat", family=Family.ANTHROPIC, meter=anthropic_messages.meter),
    Api(name="gemini-generate", operation_name="generate_content", family=Family.GEMINI, meter=gemini.meter),
    Api(name="gemini-stream-generate", operation_name="generate_content", family=Family.GEMINI, meter=gemini.meter),
    Api(name="gemini-embed", operation_name="embeddings", family=Family.GEMINI, meter=gemini.meter),
    *(
        Api(
            name=f"{family.value}-count-tokens",
            operation_name="count_tokens",
            family=family,
            meter=count_tokens.meter,
            is_billed=False,
        )
        for family in Family
    ),
    Api(
        name="openai-responses-look",
        operation_name="chat",
        family=Family.OPENAI,
        meter=openai_responses.meter,
        is_call=False,
    ),
    Api(
        name="moderation",
        operation_name="moderation",
        family=Family.OPENAI,
        meter=count_tokens.meter,
        is_billed=False,
    ),
)
APIS: Mapping[str, Api] = {api.name: api for api in _ALL}

# How a path ends, the longer ending before the one it ends in. Mistral has FIM and agents.
_ENDINGS: dict[tuple[str, ...], str] = {
    ("chat", "completions"): "openai-chat",
    ("agents", "completions"): "openai-chat",
    ("completions",): "openai-completions",
    ("responses",): "openai-responses",
    ("responses", "compact"): "openai-responses-compact",
    ("responses", "input_tokens"): "openai-count-tokens",
    ("embeddings",): "embeddings",
    ("moderations",): "moderation",
    ("messages",): "anthropic-messages",
    ("messages", "count_tokens"): "anthropic-count-tokens",
}
_VERBS = {
    "generateContent": "gemini-generate",
    "streamGenerateContent": "gemini-stream-generate",
    "embedContent": "gemini-embed",
    "batchEmbedContents": "gemini-embed",
    "countTokens": "gemini-count-tokens",
}
_LOOK = "openai-responses-look"
_LOOKED_UNDER = "responses"
_OTHER_MESSAGES = "threads"  # OpenAI's Assistants have messages too, which are no calls


def api_of(method: str, path: str) -> Api | None:
    """Return the API that a request goes to, by the end of its path; None for any that is not measured.

    Only POST is a call, and GET of a Responses answer by its id a later look at one, as is the end put to one that
    goes on in the background. What stands before the known end ("/openai/v1", "/coding/v1") does not matter.
    """
    *before, last = unquote(path).partition("?")[0].rstrip("/").split("/")
    if method.upper() != "POST":
        is_look = before[-1:] == [_LOOKED_UNDER] and last and (_LOOKED_UNDER, last) not in _ENDINGS
        return _named(_LOOK) if method.upper() == "GET" and is_look else None
    model, colon, verb = last.rpartition(":")
    if colon and model:
        return _named(_VERBS.get(verb))
    if last == "cancel" and before[-2:-1] == [_LOOKED_UNDER]:
        return _named(_LOOK)
    if _OTHER_MESSAGES in before:
        return None
    return _named(_ENDINGS.get((*before[-1:], last)) or _ENDINGS.get((last,)))


def _named(name: str | None) -> Api | None:
    return None if name is None else APIS[name]
