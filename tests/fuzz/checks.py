"""What is true of everything that a meter or a reader tells, whatever it was given."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from tokencli.domain.usage import MAX_COUNT, Basis, TokenUsage
from tokencli.readers.batch import MOST_TOKENS, Batch
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.domain.invoice import Invoice
    from tokencli.wire.reading import Reading

LARGEST: Final = 2**63 - 1  # what SQLite keeps as a whole number
_COUNTS: Final = tuple(item.name for item in fields(TokenUsage) if item.name.endswith(("_tokens", "_requests")))
_counts = attrgetter(*_COUNTS)
_words = attrgetter("search_context_size", "service_tier", "inference_region")
_told_words = attrgetter(
    *("key", "provider_name", "operation_name", "request_model", "response_model", "response_id", "conversation_id"),
    *("client", "client_version", "agent", "project", "branch", "error_type", "raw_usage"),
)
_told_numbers = attrgetter("reported_cost_pico", "duration_us", "time_to_first_token_us")


class DefectError(AssertionError):
    """Something that a meter or a reader must never tell."""

    def __init__(self, what: str, value: object) -> None:
        """Name the promise that was broken."""
        super().__init__(f"{what}: {value!r}")


def check(is_true: object, what: str, value: object) -> None:
    """Hold a promise to what was seen."""
    if not is_true:
        raise DefectError(what, value)


def check_usage(usage: TokenUsage | None) -> None:
    """See that no count is negative or too large, and no part above its whole without being marked."""
    if usage is None:
        return
    for count in _counts(usage):
        check(count.__class__ is int and 0 <= count <= MAX_COUNT, "a count is negative or too large", usage)
    if not usage.inconsistent:
        check(not usage.contradictions(), "a part is above its whole", usage)
    _check_words(_words(usage))


def check_reading(reading: Reading) -> None:
    """See that what a meter tells can be true, and can be written down."""
    check((reading.usage is None) == (reading.basis is Basis.MISSING), "a basis without usage", reading)
    check(reading.output_bytes >= 0, "fewer than no bytes", reading)
    check_usage(reading.usage)
    for side in reading.side_calls:
        check_usage(side.usage)
        _check_words((side.kind, side.model))
    _check_words((reading.response_model, reading.response_id, reading.error_type, reading.raw_usage))
    cost = reading.reported_cost
    check(cost is None or cost >= 0, "a negative cost", reading)


def check_told(found: Iterable[object]) -> None:
    """See that a reader tells calls and refusals only, and that each call can be true and be written down."""
    for told in found:
        if told.__class__ is BrokenRecordError:
            continue
        check(isinstance(told, Told), "neither a call nor a refusal", told)
        assert isinstance(told, Told)
        check(told.key and told.at.__class__ is int and 0 < told.at <= LARGEST, "no key, or no time", told)
        check_usage(told.usage)
        _check_words(_told_words(told))
        for number in _told_numbers(told):
            check(number is None or (number.__class__ is int and 0 <= number <= LARGEST), "an impossible figure", told)
        if told.tags:
            _check_words((*told.tags, *told.tags.values()))


def check_batch(batch: Batch) -> None:
    """See that a batch of cost lines adds up and goes to another process and back."""
    check(batch.other >= 0 <= batch.broken, "more calls than lines", batch)
    check(sum(batch.reasons.values()) == batch.broken, "refusals without a reason", batch)
    for call in batch.calls:
        seq, at, kind, into, out, reported = call
        check(min(seq, kind, into, out, reported) >= 0 and abs(at) <= LARGEST, "a negative figure", call)
        check(max(into, out) < MOST_TOKENS and kind < len(batch.kinds), "an impossible figure", call)
    _check_words((*batch.record_ids.values(), *(kind.model for kind in batch.kinds)))
    check(Batch.from_bytes(batch.to_bytes()) == batch, "a batch changes on its way", batch)


def check_invoice(invoice: Invoice) -> None:
    """See that an invoice's lines can be true."""
    check(invoice.lines and invoice.skipped >= 0, "an invoice without lines", invoice)
    for line in invoice.lines:
        check_usage(line.usage)
        _check_words((line.provider_name, line.model, line.item, line.service_tier))
        for number in (line.requests, line.total_tokens):
            check(number is None or number >= 0, "an impossible figure", line)


def _check_words(words: Iterable[str | None]) -> None:
    for word in words:
        if word is not None:
            word.encode()  # half a surrogate pair fits no ledger
