"""The tables of a proxy's dashboard, `sessions` and `metrics`, in its SQLite file: one row of metrics a request.

A figure there is first an estimate and becomes real when the answer's usage arrives: a row with real counts is what the
provider reported, any other one stays marked as an estimate. Times without an offset are UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers import foreign_fields as fields
from tokencli.readers.agent_fields import key
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME: Final = "metrics-table"
_ESTIMATE: Final = frozenset({"est", "estimate", "estimated"})


class MetricsTableReader:
    """Reads the rows of a table of metrics, each with its session's name, provider and model."""

    name: ClassVar[str] = NAME

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        """Yield the calls of the rows in their order, and a refusal for each row that cannot be read."""
        del path
        for row in rows:
            try:
                yield _told(row)
            except BrokenRecordError as error:
                yield error


def _told(row: tuple[object, ...]) -> Told:
    _, number, time, session, provider, model, *counts = row[:13]
    session_name, session_provider, session_model = row[13:]
    at, session_id = fields.moment(time), fields.name(session)
    usage, basis = _usage(counts)
    seller = fields.name(provider) or fields.name(session_provider)
    asked = fields.name(model) or fields.name(session_model)
    source = fields.name(counts[-1])
    return Told(
        key=key(NAME, str(number), str(at), str(session_id)),
        at=at,
        usage=usage,
        basis=basis,
        is_growing=True,
        provider_name=canonical_provider(seller) if seller else provider_of_model(asked or ""),
        request_model=_upstream(asked, seller),
        conversation_id=_session(session_id, fields.name(session_name)),
        tags={"seen_by": source} if source else {},
    )


def _usage(counts: list[object]) -> tuple[TokenUsage | None, Basis]:
    """Return the real counts where there are any, else the estimate."""
    into, out, total, estimated = map(fields.count, counts[:4])
    is_estimate = fields.is_true(counts[4]) or (fields.name(counts[5]) or "").lower() in _ESTIMATE
    if not is_estimate and (into or out):
        return TokenUsage(input_tokens=into or 0, output_tokens=out or 0), Basis.REPORTED
    if not is_estimate and total and not estimated and counts[5] is not None:
        return TokenUsage(input_tokens=total), Basis.REPORTED
    guess = next((each for each in (estimated, total, into) if each), None)
    if guess is None:
        return None, Basis.MISSING
    return TokenUsage(input_tokens=guess), Basis.ESTIMATED


def _session(session_id: str | None, name: str | None) -> str | None:
    """Return what a session is called: names are not unique there."""
    return f"{name} ({session_id})" if name and session_id else session_id


def _upstream(model: str | None, provider: str | None) -> str | None:
    """Return the model's own name, where the key of a configuration has its provider before it."""
    if model is None or provider is None:
        return model
    before, slash, after = model.partition("/")
    return after if slash and canonical_provider(before) in canonical_provider(provider) else model


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is a database with such a table."""
    del path
    return fields.has_table(head, "metrics") and fields.has_table(head, "sessions")
