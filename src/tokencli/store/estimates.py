"""Estimates beside the counts that providers reported: the newest ones, their errors, and what they have taught."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.domain.errors import ImpossibleValueError
from tokencli.store.facets import facets
from tokencli.store.meta import meta_value, set_meta
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokencli.domain.period import Period
    from tokencli.domain.report import EventFilter
    from tokencli.store.database import Connection
    from tokencli.store.facets import Facet

_KEY = "estimator"
# Errors are counted in steps of 0.1 %, up to 1,000 %.
STEPS_A_WHOLE = 1000
_MOST_STEPS = 10 * STEPS_A_WHOLE

_NEWEST = """\
SELECT f.provider_name, f.request_model, s.input_tokens, s.output_tokens, e.input_tokens,
       CASE WHEN coalesce(e.reasoning_tokens, 0) = 0 THEN e.output_tokens END
FROM estimate AS s JOIN event AS e ON e.id = s.event_id JOIN facet AS f ON f.id = e.facet_id
WHERE s.event_id > ? AND f.basis = 'reported' ORDER BY s.event_id DESC LIMIT ?"""
_ERRORS = """\
SELECT e.facet_id, CAST(min(abs(s.{0} - e.{0}) * :whole / e.{0}, :most) AS INTEGER), count(*),
       total(s.{0}), total(e.{0}), sum((s.{0} - e.{0}) * 1.0 / e.{0}), sum(abs(s.{0} - e.{0}) * 1.0 / e.{0})
FROM estimate AS s JOIN event AS e ON e.id = s.event_id
WHERE e.occurred_at >= :start AND e.occurred_at < :end AND s.{0} IS NOT NULL AND e.{0} > 0{1} GROUP BY 1, 2"""
_SIDES = {
    "input": _ERRORS.format("input_tokens", ""),
    "output": _ERRORS.format("output_tokens", " AND coalesce(e.reasoning_tokens, 0) = 0"),
}


class Pair(NamedTuple):
    """One call's estimate and what its provider reported; no output where there was reasoning."""

    provider_name: str | None
    request_model: str | None
    estimated_input: int | None
    estimated_output: int | None
    input_tokens: int | None
    output_tokens: int | None


class SavedCalibration(NamedTuple):
    """What calls have taught about one provider, model and side ("input" or "output")."""

    provider_name: str
    model: str
    side: str
    real: float
    estimated: float
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """Calls of one model and side whose estimates were wrong by the same tenth of a percent, rounded down.

    Errors are parts of the reported count: `signed_error` is their sum, `absolute_error` that of their sizes.
    """

    provider_name: str | None
    model: str | None
    side: str
    step: int
    calls: int
    estimated_tokens: int
    reported_tokens: int
    signed_error: float
    absolute_error: float


def newest_pairs(connection: Connection, *, after: int = 0, limit: int) -> list[Pair]:
    """Return the newest calls after an event's number that have both figures, the oldest of them first."""
    return [Pair(*row) for row in connection.execute(_NEWEST, (after, limit))][::-1]


def error_counts(connection: Connection, period: Period, where: EventFilter) -> Iterator[ErrorCount]:
    """Yield the errors of a period's estimates of calls whose provider reported more than 0 tokens."""
    known = {facet.id: facet for facet in facets(connection, where) if facet.basis == "reported"}
    asked = {"start": to_us(period.start), "end": to_us(period.end), "whole": STEPS_A_WHOLE, "most": _MOST_STEPS}
    for side, statement in _SIDES.items():
        for facet_id, *numbers in connection.execute(statement, asked):
            if facet_id in known:
                yield _error_count(known[facet_id], side, *numbers)


def save_calibrations(connection: Connection, calibrations: Iterable[SavedCalibration]) -> None:
    """Keep what the calls so far have taught, in the place of what was kept before; inside the caller's transaction."""
    (newest,) = connection.execute("SELECT coalesce(max(event_id), 0) FROM estimate").fetchone()
    value = json.dumps({"after": newest, "calibrations": list(calibrations)})
    set_meta(connection, _KEY, value)


def saved_calibrations(connection: Connection) -> tuple[int, list[SavedCalibration]]:
    """Return what was kept last, and the number of the newest event it knew; nothing when nobody can read it."""
    try:
        kept: dict[str, Any] = json.loads(meta_value(connection, _KEY) or "{}")
        return int(kept.get("after", 0)), [_calibration(*entry) for entry in kept.get("calibrations", ())]
    except (ImpossibleValueError, ValueError, TypeError, AttributeError):
        return 0, []


def _error_count(facet: Facet, side: str, *numbers: Any) -> ErrorCount:
    step, calls, estimated, reported, signed, absolute = numbers
    return ErrorCount(
        provider_name=facet.provider,
        model=facet.model,
        side=side,
        step=step,
        calls=calls,
        estimated_tokens=int(estimated),
        reported_tokens=int(reported),
        signed_error=signed,
        absolute_error=absolute,
    )


def _calibration(provider_name: object, model: object, side: object, *numbers: float) -> SavedCalibration:
    """Return one that was kept; raise TypeError or ValueError when it cannot have been."""
    real, estimated, samples = numbers
    if not (math.isfinite(real) and math.isfinite(estimated)):
        raise ImpossibleValueError(what="a calibration", value=numbers, rule="its sums are finite numbers")
    return SavedCalibration(str(provider_name), str(model), str(side), abs(real), abs(estimated), int(samples))
