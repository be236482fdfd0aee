"""Clients: calls that a client's own log tells and the proxy never saw while it served that client; and the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import calls_words, warning
from tokencli.store import check_clients
from tokencli.store.slices import BUCKET_US, from_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence

NEWEST: Final = 500
"""So many quarters of an hour with calls are looked at, the newest ones; all of them by a deep check."""
LEAST_CALLS: Final = 3
LEAST_SHARE: Final = 0.05
LOG_SHARE: Final = 0.20
"""Clients leave some calls of their own out of their logs (titles, summaries): from this share on, it is more."""


def missed(evidence: Evidence) -> Iterator[Finding]:
    """Find clients of whose calls one side lacks too many."""
    for one in check_clients.apart(evidence.connection, evidence.period, most=-1 if evidence.is_deep else NEWEST):
        first, last = (
            f"{from_us(quarter * BUCKET_US):%Y-%m-%d %H:%M}" for quarter in (one.first_quarter, one.last_quarter)
        )
        when = f"between {first} and {last} UTC"
        if one.missed_by_proxy >= LEAST_CALLS and one.missed_by_proxy >= LEAST_SHARE * one.calls:
            words = (
                f"{one.client}: its log tells of {calls_words(one.missed_by_proxy)} {when} that never came through the "
                f"proxy, though others of the same minutes did."
            )
            advice = "A part of it has another base URL (a second profile, a sub-agent): point that to the proxy too."
            yield warning("not-through-proxy", words, advice, subject=one.client, count=one.missed_by_proxy)
        if one.missed_by_log >= LEAST_CALLS and one.missed_by_log >= LOG_SHARE * one.calls:
            words = (
                f"{one.client}: the proxy saw {calls_words(one.missed_by_log)} {when} that its log does not tell, "
                f"though it tells of others of the same minutes."
            )
            advice = "Take in all of its logs with 'tokencli ingest --discover'; the proxy's figures are whole already."
            yield warning("not-in-client-log", words, advice, subject=one.client, count=one.missed_by_log)
