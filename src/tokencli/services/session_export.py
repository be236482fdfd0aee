"""One session call by call: as the CSV that users of the older dashboard know, or as JSON with everything.

The Preview column stays empty always: prompts are not stored.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.domain.charge import Charge
from tokencli.domain.event import Finish
from tokencli.domain.text import csv_cell
from tokencli.domain.usage import Basis
from tokencli.services.contexts import session_limit
from tokencli.services.event_json import event_values, local_time
from tokencli.services.sessions import session_values, view_of
from tokencli.store.session_calls import calls_of_session

if TYPE_CHECKING:
    from tokencli.config.values import Settings
    from tokencli.domain.event import UsageEvent
    from tokencli.store.database import Connection

CSV_COLUMNS = (
    "Timestamp",
    "Tokens Total",
    "Percentage",
    "Preview",
    "Prompt Tokens",
    "Completion Tokens",
    "Type",
    "Source",
)
REAL, ESTIMATED = "real", "estimated"


class Figures(NamedTuple):
    """What one call used: `kind` is REAL, ESTIMATED, or empty where nobody counted and the tokens are None."""

    prompt_tokens: int | None
    completion_tokens: int | None
    kind: str

    @property
    def total_tokens(self) -> int | None:
        """Return both together; None where neither is known."""
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0) if self.kind else None


def session_csv(connection: Connection, settings: Settings, name: str | None, *, zone: str) -> str:
    """Return a session's calls as CSV, one a line; the active session for None.

    Percentage is the share of the context of the call's model. Cells are made safe for spreadsheets.

    Raises:
        NoSuchSessionError, NoActiveSessionError: there is no such session.
    """
    session = view_of(connection, settings, name).session
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for call in calls_of_session(connection, session.id):
        event, figures = call.event, figures_of(call.event)
        limit = session_limit(
            settings, event.provider_name or session.provider_name, event.request_model or session.model
        )
        total = figures.total_tokens
        cells = (
            local_time(event.occurred_at, zone),
            total,
            None if total is None else f"{100 * total / limit:.2f}",
            "",
            figures.prompt_tokens,
            figures.completion_tokens,
            figures.kind,
            event.source,
        )
        writer.writerow(["" if cell is None else csv_cell(str(cell)) for cell in cells])
    return lines.getvalue()


def session_document(connection: Connection, settings: Settings, name: str | None, *, zone: str) -> dict[str, Any]:
    """Return {"session": ..., "calls": [...]}, as the interface writes them; raises as `session_csv`."""
    view = view_of(connection, settings, name)
    calls = [
        event_values(call.event, Charge(status=call.cost_status, list_cost=call.list_cost), zone=zone)
        for call in calls_of_session(connection, view.session.id)
    ]
    return {"session": session_values(view, zone=zone), "calls": calls}


def figures_of(event: UsageEvent) -> Figures:
    """Return what a call used: what was told, else our own count, which a call that failed does not have."""
    if event.usage is not None:
        kind = ESTIMATED if event.basis is Basis.ESTIMATED else REAL
        return Figures(event.usage.input_tokens, event.usage.output_tokens, kind)
    estimate = event.estimate
    if estimate is None or estimate.input_tokens is None or event.finish is Finish.ERROR:
        return Figures(None, None, "")
    return Figures(estimate.input_tokens, estimate.output_tokens, ESTIMATED)
