"""Times: weekends and holidays are no gaps, a clock a little ahead is no future, a provider let go is not silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import audit_of, event
from tokencli.domain.event import Finish

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench

MINUTE = 1 / 1440


@pytest.mark.parametrize(("ahead", "is_found"), [(4, False), (6, True)])
def test_five_minutes_ahead_are_the_clock_of_another_machine(bench: Bench, ahead: int, *, is_found: bool) -> None:
    bench.keep(event(-ahead * MINUTE))
    assert ("future-calls" in bench.found()) is is_found


def workdays(bench: Bench, *, but: range = range(0)) -> None:
    """Put in calls on five days of seven, as 2026-11-21 is a Saturday, but for some days."""
    days = [day for day in range(1, 60) if (day + 2) % 7 > 1 and day not in but]
    bench.keep(*(event(day + part / 4, (500 + day, 90 + part)) for day in days for part in range(2)))


def test_weekends_are_no_gaps(empty: Bench) -> None:
    workdays(empty)
    assert empty.found() == {}


def test_a_long_weekend_is_no_gap(empty: Bench) -> None:
    workdays(empty, but=range(20, 23))
    assert empty.found() == {}


def test_two_weeks_without_work_are_a_gap_that_is_told_with_its_days(empty: Bench) -> None:
    workdays(empty, but=range(20, 34))
    found = empty.found()["gap"]
    assert found.count >= 12
    assert "If work went on" in found.advice


def test_a_young_ledger_knows_no_usual_pause(empty: Bench) -> None:
    empty.keep(*(event(day, (500 + day, 90)) for day in (1, 2, 3, 20, 21, 40, 41)))
    assert empty.found() == {}


@pytest.mark.parametrize(("since", "is_found"), [(5, False), (9, True), (35, False)])
def test_a_provider_is_silent_between_a_week_and_a_month(bench: Bench, since: int, *, is_found: bool) -> None:
    model = {"provider_name": "mistral", "request_model": "free"}
    bench.keep(*(event(day, (500 + day, 60), **model) for day in range(since, since + 15)))
    assert ("provider-silent" in bench.found()) is is_found


def test_a_provider_that_is_used_now_and_then_is_not_silent(bench: Bench) -> None:
    model = {"provider_name": "mistral", "request_model": "free"}
    bench.keep(*(event(day, (500 + day, 60), **model) for day in range(8, 59, 4)))
    assert "provider-silent" not in bench.found()


@pytest.mark.parametrize(("failed", "is_found"), [(19, False), (20, True)])
def test_a_provider_fails_from_twenty_failures_on(bench: Bench, failed: int, *, is_found: bool) -> None:
    told = {"finish": Finish.ERROR, "error_type": "invalid_api_key", "provider_name": "groq"}
    bench.keep(*(event(1 + each / 99, None, **told) for each in range(failed)))
    assert ("calls-failing" in bench.found()) is is_found


def test_days_in_utc_are_told_where_they_are_others(bench: Bench) -> None:
    told = {
        zone: [one.count for one in audit_of(bench.database, bench.book, zone=zone).findings if one.code == "utc-days"]
        for zone in ("UTC", "Europe/Paris")
    }
    assert told["UTC"] == []
    assert told["Europe/Paris"][0] > 100
