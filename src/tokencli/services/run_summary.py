"""What one run used: the sums of its session's calls since it began, as reports have them, and its fullest context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tokencli.domain.period import CUSTOM, Period
from tokencli.domain.report import EventFilter
from tokencli.services.contexts import context_limit, session_limit
from tokencli.services.sessions import view_of
from tokencli.store import queries
from tokencli.store.calls import calls

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.config.values import Settings
    from tokencli.domain.call import CallRow
    from tokencli.domain.report import Report, Totals
    from tokencli.domain.session import Session
    from tokencli.store.database import Connection

_NO_CONVERSATION = frozenset({"count_tokens", "embeddings"})
_ESTIMATED = "estimated"
_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The call that filled its model's context most; `is_estimated`: by our own count.

    `is_limit_known` is False where nobody says what the model's context holds: then the limit is that of others.
    """

    used_tokens: int
    limit_tokens: int
    model: str | None
    is_estimated: bool
    is_limit_known: bool = True

    @property
    def ratio(self) -> float:
        """Return the share of the context that it used; above 1 when it was larger than the limit we know."""
        return self.used_tokens / self.limit_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run. `by_model` holds its sums; `peak` None when nothing is known.

    `open_requests` are still on their way, or lost when their proxy is gone; a later start of a proxy settles those.
    """

    session: Session
    client: str
    exit_code: int
    began_at: datetime
    ended_at: datetime
    by_model: Report
    open_requests: int
    peak: Peak | None
    is_proxy_gone: bool = False

    @property
    def totals(self) -> Totals:
        """Return the sums of all its calls."""
        return self.by_model.totals


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended, as its starter saw it; `is_proxy_gone`: the one proxy of its calls has ended."""

    client: str
    exit_code: int
    began_at: datetime
    ended_at: datetime
    is_proxy_gone: bool = False


def summary_of(connection: Connection, settings: Settings, session_id: str, end: RunEnd) -> RunSummary:
    """Return what a run used, from one state of the ledger; calls of others in the same session are in it, too."""
    view = view_of(connection, settings, session_id)
    period = Period(name=CUSTOM, start=end.began_at, end=end.ended_at + _A_MOMENT, zone="UTC")
    where = EventFilter(names={"session": (session_id,)})
    return RunSummary(
        session=view.session,
        client=end.client,
        exit_code=end.exit_code,
        began_at=end.began_at,
        ended_at=end.ended_at,
        by_model=queries.report(connection, period, ("model",), where),
        open_requests=view.open_requests,
        is_proxy_gone=end.is_proxy_gone,
        peak=max(
            (_fill(settings, call) for call in calls(connection, period, where) if _is_counted(call)),
            key=lambda fill: fill.ratio,
            default=None,
        ),
    )


def _is_counted(call: CallRow) -> bool:
    return call.input_tokens is not None and call.operation_name not in _NO_CONVERSATION


def _fill(settings: Settings, call: CallRow) -> Peak:
    model = call.request_model or call.response_model
    names = [name for name in (call.request_model, call.response_model) if name is not None]
    limits = (context_limit(settings, call.provider_name, name) for name in names)
    known = next((limit for limit in limits if limit), None)
    return Peak(
        used_tokens=(call.input_tokens or 0) + (call.output_tokens or 0),
        limit_tokens=known or session_limit(settings, call.provider_name, None),
        model=model,
        is_estimated=call.basis == _ESTIMATED,
        is_limit_known=known is not None,
    )
