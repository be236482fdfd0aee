"""What sessions used: their sums from `rollup`, their newest calls from its newest quarter of an hour.

Calls that no source has counted are known by what we counted ourselves; those on their way are read from `intent`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.store.facets import facets_of_sessions
from tokencli.store.session_statements import (
    AMONG,
    BUCKET_US,
    ESTIMATES_OF_FACETS,
    NEWEST_OF_FACETS,
    NO_CONVERSATION,
    OPEN,
)
from tokencli.store.slices import SUMS, from_us, joined
from tokencli.store.tally import Tally, kind_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tokencli.domain.report import Totals
    from tokencli.store.facets import Facet
    from tokencli.store.slices import Sums

SUMS_OF_FACETS = f"""\
SELECT max(bucket), facet_id, sum(requests), sum(reported_requests), {SUMS}
FROM rollup WHERE facet_id IN {AMONG} GROUP BY facet_id"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestCall:
    """The newest call of a conversation of which the tokens are known; `is_estimated`: by our own count."""

    occurred_at: datetime
    provider_name: str | None
    model: str | None
    response_model: str | None
    used_tokens: int
    is_estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSums:
    """What one session used. Calls that are still open count with our estimate of their input.

    `real_output_tokens` leaves out what we counted ourselves; `estimated_input_tokens` is the part of
    `input_tokens` that no provider has confirmed, of `estimated_requests` calls. `totals` are the sums that a
    report of the settled calls shows.
    """

    totals: Totals
    open_requests: int = 0
    counted_requests: int = 0
    estimated_requests: int = 0
    input_tokens: int = 0
    estimated_input_tokens: int = 0
    real_output_tokens: int = 0
    newest: NewestCall | None = None


@dataclass(slots=True)
class _Draft:
    """One session's sums while they are being added up."""

    tally: Tally = field(default_factory=Tally)
    open_requests: int = 0
    counted_requests: int = 0
    estimated_requests: int = 0
    input_tokens: int = 0
    estimated_input_tokens: int = 0
    real_output_tokens: int = 0
    bucket: int = -1
    newest_facets: list[int] = field(default_factory=list[int])
    newest: NewestCall | None = None

    def add(self, facet: Facet, sums: Sums) -> None:
        """Add the calls of one facet; `sums.place` is their newest quarter of an hour."""
        self.tally.add(kind_of(facet.status, facet.basis, facet.finish), sums)
        if facet.basis == Basis.MISSING:
            return
        self.counted_requests += sums.requests
        self.input_tokens += sums.input_tokens
        if facet.basis == Basis.ESTIMATED:
            self.estimated_requests += sums.requests
            self.estimated_input_tokens += sums.input_tokens
        else:
            self.real_output_tokens += sums.output_tokens
        if facet.operation_name in NO_CONVERSATION:
            return
        if sums.place > self.bucket:
            self.bucket, self.newest_facets = sums.place, []
        if sums.place == self.bucket:
            self.newest_facets.append(facet.id)

    def add_estimates(self, requests: int, input_tokens: int) -> None:
        """Add calls whose input only we have counted."""
        self.counted_requests += requests
        self.estimated_requests += requests
        self.input_tokens += input_tokens
        self.estimated_input_tokens += input_tokens

    def see(self, seen: NewestCall) -> None:
        """Take a call as the newest, unless a newer one is known."""
        if self.newest is None or seen.occurred_at >= self.newest.occurred_at:
            self.newest = seen

    def finished(self) -> SessionSums:
        """Return the sums."""
        return SessionSums(
            totals=self.tally.totals(),
            open_requests=self.open_requests,
            counted_requests=self.counted_requests,
            estimated_requests=self.estimated_requests,
            input_tokens=self.input_tokens,
            estimated_input_tokens=self.estimated_input_tokens,
            real_output_tokens=self.real_output_tokens,
            newest=self.newest,
        )


def sums_of_sessions(connection: sqlite3.Connection, session_ids: Sequence[str]) -> dict[str, SessionSums]:
    """Return what some sessions used, by id; a session without calls has sums of zero and no newest call."""
    drafts: dict[str, _Draft] = defaultdict(_Draft)
    known = {facet.id: facet for facet in facets_of_sessions(connection, session_ids)}
    for row in connection.execute(SUMS_OF_FACETS, (_numbers(known),)):
        sums = joined(row)
        drafts[known[sums.group].session or ""].add(known[sums.group], sums)
    for draft in list(drafts.values()):
        _find_newest(connection, draft, known)
    _add_uncounted(connection, drafts, known)
    _add_open(connection, drafts, session_ids)
    return {session_id: drafts[session_id].finished() for session_id in session_ids}


def _find_newest(connection: sqlite3.Connection, draft: _Draft, known: dict[int, Facet]) -> None:
    """Look the newest call up in the quarter of an hour in which it must be."""
    if draft.newest_facets:
        ends = draft.bucket * BUCKET_US, (draft.bucket + 1) * BUCKET_US
        row = connection.execute(NEWEST_OF_FACETS, (*ends, _numbers(draft.newest_facets))).fetchone()
        draft.see(_settled(row, known, is_estimated=known[row[1]].basis == Basis.ESTIMATED))


def _add_uncounted(connection: sqlite3.Connection, drafts: dict[str, _Draft], known: dict[int, Facet]) -> None:
    """Add what we counted ourselves of calls that told nothing; a call that failed has used nothing."""
    wanted = [facet.id for facet in known.values() if facet.basis == Basis.MISSING and facet.finish != Finish.ERROR]
    if not wanted:
        return
    for row in connection.execute(ESTIMATES_OF_FACETS, (_numbers(wanted),)):
        draft = drafts[known[row[1]].session or ""]
        draft.add_estimates(row[4], row[5])
        if known[row[1]].operation_name not in NO_CONVERSATION:
            draft.see(_settled(row, known, is_estimated=True))


def _add_open(connection: sqlite3.Connection, drafts: dict[str, _Draft], session_ids: Sequence[str]) -> None:
    for opened_at, session_id, tokens, provider, model, operation in connection.execute(
        OPEN, (json.dumps(session_ids),)
    ):
        draft = drafts[session_id]
        draft.open_requests += 1
        if tokens is None:
            continue
        draft.add_estimates(1, tokens)
        if operation not in NO_CONVERSATION:
            draft.see(
                NewestCall(
                    occurred_at=from_us(opened_at),
                    provider_name=provider,
                    model=model,
                    response_model=None,
                    used_tokens=tokens,
                    is_estimated=True,
                )
            )


def _settled(row: tuple[int, ...], known: dict[int, Facet], *, is_estimated: bool) -> NewestCall:
    facet = known[row[1]]
    return NewestCall(
        occurred_at=from_us(row[0]),
        provider_name=facet.provider,
        model=facet.request_model,
        response_model=facet.response_model,
        used_tokens=(row[2] or 0) + (row[3] or 0),
        is_estimated=is_estimated,
    )


def _numbers(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))
