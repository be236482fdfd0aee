"""Estimator: how many tokens a call will be billed for, before its provider says so.

Weights for kinds of bytes, fitted to public tokenizers, times what the provider's own counts of earlier calls of
the same provider and model taught. No text is kept.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from operator import mul
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from tokencli.services.byte_classes import class_counts
from tokencli.services.calibration import Calibration
from tokencli.services.estimate_weights import OUTPUT_TOKENS_PER_BYTE, OVERHEAD, TEXT
from tokencli.services.prompt_text import prompt_of
from tokencli.services.tokenizer_families import MEDIA_TOKENS, OTHER_MEDIA_TOKENS, TokenizerFamily, family_of
from tokencli.store.estimates import SavedCalibration, newest_pairs, save_calibrations, saved_calibrations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokencli.domain.usage import Estimate, TokenUsage
    from tokencli.services.prompt_text import Prompt
    from tokencli.store.database import Connection
    from tokencli.store.estimates import Pair

_INPUT, _OUTPUT = "input", "output"
_MOST_CALIBRATIONS = 512
_MOST_LESSONS = 2000
_MOST_OUTSTANDING = 4096
_JSON_BEGINNINGS = (b"{", b"[", b'"')
_PLAIN_APIS = ("embed", "completions", "fim")


class Subject(NamedTuple):
    """Whose tokens of which side: "input" and "output" are calibrated apart. Without a name it is ""."""

    provider_name: str
    model: str
    side: str = _INPUT


@dataclass(frozen=True, slots=True)
class Lesson:
    """One call of the past: what was estimated, and what the provider counted."""

    subject: Subject
    estimated: int
    real: int


class Estimator:
    """Estimates calls and learns from their reported figures; may be shared between threads."""

    def __init__(self, calibrations: Mapping[Subject, Calibration] | None = None) -> None:
        """Start from what was learned before; the 512 last used calibrations are kept."""
        self._calibrations: OrderedDict[Subject, Calibration] = OrderedDict(calibrations or {})
        self._outstanding: OrderedDict[tuple[Subject, int], float] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def taught(cls, calibrations: Mapping[Subject, Calibration], lessons: Iterable[Lesson]) -> Estimator:
        """Return an estimator that knows some calibrations and the calls since then, the oldest first."""
        estimator = cls(calibrations)
        for lesson in lessons:
            estimator._learn(lesson.subject, lesson.estimated, lesson.real)
        return estimator

    @classmethod
    def from_ledger(cls, connection: Connection) -> Estimator:
        """Return an estimator that knows what `save` kept last, and the newest 2,000 calls since then."""
        newest, saved = saved_calibrations(connection)
        calibrations = {
            Subject(entry.provider_name, entry.model, entry.side): Calibration(
                real=entry.real, estimated=entry.estimated, samples=entry.samples
            )
            for entry in saved[-_MOST_CALIBRATIONS:]
        }
        pairs = newest_pairs(connection, after=newest, limit=_MOST_LESSONS)
        return cls.taught(calibrations, (lesson for pair in pairs for lesson in _lessons(pair)))

    def save(self, connection: Connection) -> None:
        """Keep what was learned in the ledger, inside the caller's transaction.

        The ledger's estimates are corrected ones: what they were corrected from cannot be read from them, and so
        an estimator that is never saved begins anew after 2,000 calls.
        """
        learned = [
            SavedCalibration(*subject, one.real, one.estimated, one.samples)
            for subject, one in self.calibrations.items()
        ]
        save_calibrations(connection, learned)

    @property
    def calibrations(self) -> dict[Subject, Calibration]:
        """Return what was learned so far."""
        with self._lock:
            return dict(self._calibrations)

    def estimate_input(self, api_name: str, provider_name: str | None, model: str | None, body: bytes) -> int | None:
        """Return the prompt tokens of a decoded request body; None when it is no JSON.

        JSON that breaks off, or that nobody can read, is estimated as text.
        """
        if not body[:64].lstrip().startswith(_JSON_BEGINNINGS):
            return None
        prompt = prompt_of(body)
        raw = prompt_tokens(prompt, family_of(provider_name, model), api_name)
        return self._shown(_subject(provider_name, model), raw, teaches=prompt.media == 0)

    def estimate_output(self, provider_name: str | None, model: str | None, output_bytes: int) -> int | None:
        """Return the tokens of so many UTF-8 bytes of generated text; None for a number below 0."""
        if output_bytes < 0:
            return None
        raw = output_bytes * OUTPUT_TOKENS_PER_BYTE[family_of(provider_name, model)]
        return self._shown(_subject(provider_name, model, _OUTPUT), raw, teaches=True)

    def learn(self, provider_name: str | None, model: str | None, *, estimated: Estimate, real: TokenUsage) -> None:
        """Take in what the provider counted of a call that was estimated under the same provider and model.

        Estimates of calls with media teach nothing, since their guess is no measure; nor does output with
        reasoning, which may be in the answer or not.
        """
        if estimated.input_tokens is not None:
            self._learn(_subject(provider_name, model), estimated.input_tokens, real.input_tokens)
        if estimated.output_tokens is not None and not real.reasoning_tokens:
            self._learn(_subject(provider_name, model, _OUTPUT), estimated.output_tokens, real.output_tokens)

    def _shown(self, subject: Subject, raw: float, *, teaches: bool) -> int:
        """Return the corrected estimate, and remember what it was corrected from."""
        with self._lock:
            shown = self._calibrations.get(subject, Calibration()).applied(raw)
            self._outstanding[subject, shown] = raw if teaches else 0.0
            while len(self._outstanding) > _MOST_OUTSTANDING:
                self._outstanding.popitem(last=False)
        return shown

    def _learn(self, subject: Subject, shown: int, real: int) -> None:
        """Update a calibration; an estimate made elsewhere counts as corrected by the ratio of now."""
        with self._lock:
            known = self._calibrations.get(subject, Calibration())
            raw = self._outstanding.get((subject, shown), shown / known.ratio)
            self._calibrations[subject] = known.updated(real, raw)
            self._calibrations.move_to_end(subject)
            while len(self._calibrations) > _MOST_CALIBRATIONS:
                self._calibrations.popitem(last=False)


def _subject(provider_name: str | None, model: str | None, side: str = _INPUT) -> Subject:
    return Subject(provider_name or "", model or "", side)


def _lessons(pair: Pair) -> Iterator[Lesson]:
    """Yield what one call of the ledger teaches."""
    sides = (
        (_INPUT, pair.estimated_input, pair.input_tokens),
        (_OUTPUT, pair.estimated_output, pair.output_tokens),
    )
    for side, estimated, real in sides:
        if estimated is not None and real is not None:
            yield Lesson(_subject(pair.provider_name, pair.request_model, side), estimated=estimated, real=real)


def prompt_tokens(prompt: Prompt, family: TokenizerFamily, api_name: str) -> float:
    """Return the tokens of a prompt before any calibration."""
    tokens = text_tokens(prompt.text, family) + prompt.token_ids
    tokens += prompt.media * MEDIA_TOKENS.get(family, OTHER_MEDIA_TOKENS)
    if any(word in api_name for word in _PLAIN_APIS):
        return tokens
    per_message, per_call, schema_share, any_tools = OVERHEAD[family]
    tokens += per_call + per_message * max(1, prompt.messages) + schema_share * text_tokens(prompt.schemas, family)
    return tokens + (any_tools if prompt.has_tools else 0)


def text_tokens(text: bytes, family: TokenizerFamily) -> float:
    """Return the tokens of UTF-8 text before any calibration."""
    return math.fsum(map(mul, class_counts(text), TEXT[family])) if text else 0.0
