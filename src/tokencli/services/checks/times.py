"""Times: calls of tomorrow and of before there were models, gaps, providers that fell silent or began to fail.

A silence counts against what was usual: three times the longest pause there was, so that weekends are no finding.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tokencli.domain.event import Finish
from tokencli.domain.period import zone_of
from tokencli.services.checks.evidence import calls_words, day_name, problem, success, warning
from tokencli.store import check_rows
from tokencli.store.check_sums import BUCKETS_A_DAY, DAY_US, quarter_requests
from tokencli.store.slices import BUCKET_US, from_us, to_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence

AHEAD: Final = timedelta(minutes=5)
"""So far may the clock of another machine be ahead."""
FIRST_DAY: Final = 18_262
"""The first of January 2020, as a UTC day: no API of these providers is older."""
ACTIVE_DAYS: Final = 10
"""On fewer days with calls, nobody can say what is usual."""
PAUSE_FACTOR: Final = 3
LEAST_GAP_DAYS: Final = 3
LEAST_SILENCE_DAYS: Final = 7
RECENT_DAYS: Final = 30
OTHERS_DAYS: Final = 3
FAILING_CALLS: Final = 20
FAILING_SHARE: Final = 0.2
FAILING_DAYS: Final = 7
_MOST_GAPS: Final = 3


def wrong_times(evidence: Evidence) -> Iterator[Finding]:
    """Find calls of the future, and calls of before there were any."""
    limit = to_us(evidence.now + AHEAD)
    count, newest = check_rows.calls_from(evidence.connection, limit)
    if count:
        words = f"{calls_words(count)} stand in the future, the last one at {from_us(newest):%Y-%m-%d %H:%M} UTC."
        advice = "A clock or a zone is wrong: take the log in again with the --tz of the machine that wrote it."
        yield problem("future-calls", words, advice, count=count)
    count = check_rows.calls_before(evidence.connection, FIRST_DAY * DAY_US)
    if count:
        words = f"{calls_words(count)} are dated before 2020: the clock of their machine was wrong."
        yield warning(
            "implausible-time", words, "Set that machine's clock; such calls are in no week's sum.", count=count
        )


def gaps(evidence: Evidence) -> Iterator[Finding]:
    """Find stretches of days without any call, longer than pauses usually are."""
    days = sorted({each.day for each in evidence.days if FIRST_DAY <= each.day <= _today(evidence)})
    if len(days) < ACTIVE_DAYS:
        return
    pauses = sorted(((after - before - 1, before + 1) for before, after in pairwise(days)), reverse=True)
    usual = _usual(sorted(length for length, _ in pauses))
    found = [(length, first) for length, first in pauses if length >= LEAST_GAP_DAYS and length > PAUSE_FACTOR * usual]
    for length, first in found[:_MOST_GAPS]:
        words = (
            f"There is not one call from {day_name(first)} to {day_name(first + length - 1)}, {length} days in a row."
        )
        advice = "If work went on in these days, their logs are missing: take them in with 'tokencli ingest LOG'."
        yield warning("gap", words, advice, subject=str(day_name(first)), count=length)


def silent_providers(evidence: Evidence) -> Iterator[Finding]:
    """Find providers that had calls day by day and have none any more, while others go on."""
    by_provider: dict[str, set[int]] = {}
    for each in evidence.days:
        provider = evidence.facets[each.facet_id].provider
        if provider is not None and FIRST_DAY <= each.day <= _today(evidence):
            by_provider.setdefault(provider, set()).add(each.day)
    last = max((max(days) for days in by_provider.values()), default=0)
    for provider, active in by_provider.items():
        days = sorted(active)
        silence = last - days[-1]
        longest = max((after - before - 1 for before, after in pairwise(days)), default=0)
        others = {day for name, each in by_provider.items() if name != provider for day in each if day > days[-1]}
        is_silent = max(LEAST_SILENCE_DAYS, PAUSE_FACTOR * longest) <= silence <= RECENT_DAYS
        if len(days) < ACTIVE_DAYS or not is_silent or len(others) < OTHERS_DAYS:
            continue
        words = (
            f"{provider}: no call since {day_name(days[-1])}, {silence} days of silence after calls on "
            f"{len(days)} days, while others went on."
        )
        advice = "If it is still in use, its calls are not recorded any more: look at its client's address and its log."
        yield warning("provider-silent", words, advice, subject=provider, count=silence)


def failing_providers(evidence: Evidence) -> Iterator[Finding]:
    """Find providers of whose newest calls too many fail."""
    known = [each.day for each in evidence.days if each.day <= _today(evidence)]
    since = max(known, default=0) - FAILING_DAYS
    calls: dict[str, list[int]] = {}
    for each in evidence.days:
        facet = evidence.facets[each.facet_id]
        if facet.provider is not None and since < each.day <= _today(evidence):
            counts = calls.setdefault(facet.provider, [0, 0])
            counts[0] += each.sums.requests
            counts[1] += each.sums.requests if facet.finish == Finish.ERROR else 0
    for provider, (requests, failed) in calls.items():
        if failed >= FAILING_CALLS and failed >= FAILING_SHARE * requests:
            words = (
                f"{provider}: {failed:,} of its newest {calls_words(requests)} ({failed * 100 // requests} %) failed."
            )
            advice = (
                "Check key, quota and model name at the provider: 'tokencli explain EVENT' shows the error of one call."
            )
            yield warning("calls-failing", words, advice, subject=provider, count=failed)


def utc_days(evidence: Evidence) -> Iterator[Finding]:
    """Say how many calls stand on another day in UTC than in the user's zone: invoices and naive programs use UTC."""
    zone = zone_of(evidence.period.zone)
    moved = 0
    for bucket, requests in quarter_requests(evidence.connection, evidence.period):
        moment = from_us(bucket * BUCKET_US)
        if moment.astimezone(zone).date() != moment.date():
            moved += requests
    if moved:
        words = (
            f"{calls_words(moved)} fall on another day in UTC than in {evidence.period.zone}: "
            "compare days with an invoice in UTC, by --tz UTC."
        )
        yield success("utc-days", words, count=moved)


def _usual(lengths: list[int]) -> int:
    """Return the pause that is usual: the longest one but for the longest tenth of them, 1 at least."""
    return max(1, lengths[len(lengths) * 9 // 10 - 1]) if lengths else 1


def _today(evidence: Evidence) -> int:
    """Return the UTC day after which a call is in the future."""
    return to_us(evidence.now + AHEAD) // (BUCKETS_A_DAY * BUCKET_US)
