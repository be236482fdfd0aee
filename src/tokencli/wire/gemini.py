"""Meter for Gemini (Google AI and Vertex): generateContent, streamGenerateContent, embedContent, batchEmbedContents.

All say `usageMetadata`. A stream is SSE, or without `alt=sse` a JSON array that grows; many of its chunks carry the
sum so far, so the last one that counts something is read, and Vertex sends some with nothing but a trafficType.

- promptTokenCount includes what came from the cache; toolUsePromptTokenCount is input beside it;
- candidatesTokenCount leaves thoughts out; they are output too;
- the details count each modality; a document is neither text nor an image;
- before the first output is counted, promptTokenCount is a guess, up to twice the final one: a stream cut there has
  said nothing;
- an answer is whole when it tells why it ended: a finishReason, or a promptFeedback that blocks. A stream has no
  other end mark.

Embeddings without usage (gemini-embedding-001) are `missing`.
"""

from __future__ import annotations

from copy import copy

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.fields import child, children, count, error_type, raw_json, text
from tokencli.wire.framing import Message, Messages
from tokencli.wire.openai_usage import consistent_or_marked
from tokencli.wire.output_text import written_bytes
from tokencli.wire.reading import Reading

WHOLES = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount")
OUTPUT = ("candidatesTokenCount", "thoughtsTokenCount")
TOTAL = "totalTokenCount"
TIERS = {"ON_DEMAND_FLEX": "flex", "ON_DEMAND_PRIORITY": "priority"}
ANSWERS = frozenset({"candidates", "promptFeedback", "embedding", "embeddings", "predictions"})


def meter(content_type: str) -> GeminiMeter:
    """Return the meter of one answer."""
    return GeminiMeter(content_type)


def read_usage(raw: dict[str, object]) -> TokenUsage | None:
    """Return what a usageMetadata object says, or None when it counts nothing."""
    counts = [count(raw, name) for name in WHOLES]
    total = count(raw, TOTAL)
    if all(number is None for number in (*counts, total)):
        return None
    prompt, candidates, thoughts, tools = (number or 0 for number in counts)
    if counts[0] is None and total is not None:
        prompt = max(0, total - candidates - thoughts - tools)
    said = _modalities(raw, "promptTokensDetails", "promptTokenDetails")
    used = _modalities(raw, "toolUsePromptTokensDetails")
    cached = _modalities(raw, "cacheTokensDetails")
    made = _modalities(raw, "candidatesTokensDetails", "responseTokensDetails")

    def build(*, inconsistent: bool) -> TokenUsage:
        return TokenUsage(
            input_tokens=prompt + tools,
            cache_read_tokens=count(raw, "cachedContentTokenCount") or 0,
            output_tokens=candidates + thoughts,
            reasoning_tokens=thoughts,
            audio_input_tokens=said.get("AUDIO", 0) + used.get("AUDIO", 0),
            image_input_tokens=said.get("IMAGE", 0) + used.get("IMAGE", 0),
            video_input_tokens=said.get("VIDEO", 0) + used.get("VIDEO", 0),
            audio_cache_read_tokens=min(cached.get("AUDIO", 0), said.get("AUDIO", 0)),
            image_cache_read_tokens=min(cached.get("IMAGE", 0), said.get("IMAGE", 0)),
            audio_output_tokens=made.get("AUDIO", 0),
            image_output_tokens=made.get("IMAGE", 0),
            service_tier=TIERS.get(text(raw, "trafficType") or "") or text(raw, "serviceTier"),
            inconsistent=inconsistent,
        )

    return consistent_or_marked(build)


class GeminiMeter:
    """Reads one answer; keeps the last usage that counts something."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._seen = _Seen()

    @property
    def is_done(self) -> bool:
        """Return False: neither a body nor a stream of Gemini's has an end mark."""
        return False

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        for message in self._messages.feed(chunk):
            self._seen.take(message)

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far."""
        seen = copy(self._seen)
        for message in self._messages.rest():
            seen.take(message)
        is_body = self._messages.is_stream is False and seen.has_answer and not self._messages.is_open
        return seen.reading(is_whole=seen.has_end or (is_complete and is_body), is_complete=is_complete)


class _Seen:
    """What the chunks have said so far."""

    def __init__(self) -> None:
        self.raw: dict[str, object] = {}
        self.model: str | None = None
        self.id: str | None = None
        self.error: str | None = None
        self.has_object = False
        self.has_answer = False
        self.has_end = False
        self.output_bytes = 0

    def take(self, message: Message) -> None:
        """Take in one chunk, or the body."""
        value = message.value
        self.has_object = True
        self.model = text(value, "modelVersion") or self.model
        self.id = text(value, "responseId") or self.id
        self.error = self.error or _error(value)
        self.has_answer = self.has_answer or not ANSWERS.isdisjoint(value)
        is_blocked = text(child(value, "promptFeedback"), "blockReason") is not None
        self.has_end = self.has_end or is_blocked or "embedding" in value or "embeddings" in value
        for candidate in children(value, "candidates"):
            self.has_end = self.has_end or text(candidate, "finishReason") is not None
            self.output_bytes += sum(_part_bytes(part) for part in children(child(candidate, "content"), "parts"))
        raw = child(value, "usageMetadata")
        if read_usage(raw) is not None:
            self.raw = raw

    def reading(self, *, is_whole: bool, is_complete: bool) -> Reading:
        """Return the reading; `is_whole` says that the answer itself told its end."""
        counts_output = count(self.raw, *OUTPUT) is not None
        usage = read_usage(self.raw) if is_whole or counts_output else None
        basis = Basis.REPORTED if is_whole else Basis.PARTIAL
        cut = Finish.TRUNCATED if self.has_object or not is_complete else Finish.UNKNOWN
        finish = Finish.OK if is_whole else cut
        return Reading(
            usage=usage,
            basis=Basis.MISSING if usage is None else basis,
            response_model=self.model,
            response_id=self.id,
            finish=Finish.ERROR if self.error else finish,
            error_type=self.error,
            raw_usage=raw_json(self.raw) if usage else None,
            is_billed=usage is not None or self.error is None or self.has_answer,
            output_bytes=self.output_bytes,
        )


def _modalities(raw: dict[str, object], *names: str) -> dict[str, int]:
    items = max((children(raw, name) for name in names), key=len)
    found: dict[str, int] = {}
    for item in items:
        modality = (text(item, "modality") or "").upper()
        found[modality] = found.get(modality, 0) + (count(item, "tokenCount") or 0)
    return found


def _error(value: dict[str, object]) -> str | None:
    """Google's code is the HTTP status once more; its status is the error's name."""
    error = child(value, "error")
    return text(error, "status") or (error_type(value) if error else None)


def _part_bytes(part: dict[str, object]) -> int:
    """Pictures and sound (inlineData) are no text; what a tool gave back was not generated."""
    call = child(part, "functionCall")
    written = [part.get("text"), call.get("args"), child(part, "executableCode").get("code")]
    written += [piece.get("stringValue") for piece in children(call, "partialArgs")]
    return sum(written_bytes(piece) for piece in written)
