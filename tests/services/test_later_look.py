"""A later look makes a call's row better, and never worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.later_look import improved

QUEUED = UsageEvent(
    event_id=EventId("run.1"),
    occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
    source="proxy",
    basis=Basis.MISSING,
    provider_name="openai",
    request_model="gpt-5",
    response_id="resp_1",
    client="codex",
    finish=Finish.UNKNOWN,
    duration_s=0.5,
    estimate=Estimate(input_tokens=14),
)
LOOKED = replace(
    QUEUED,
    event_id=EventId("look.0"),
    basis=Basis.REPORTED,
    usage=TokenUsage(input_tokens=15, output_tokens=9),
    response_model="gpt-5-2026",
    raw_usage="{}",
    client="curl",
    finish=Finish.OK,
    duration_s=None,
    estimate=None,
)


def test_the_row_of_a_queued_call_gets_what_the_look_told_and_keeps_who_called_and_what_we_counted() -> None:
    better = improved(QUEUED, LOOKED)
    assert better == replace(
        QUEUED,
        basis=Basis.REPORTED,
        usage=LOOKED.usage,
        raw_usage="{}",
        response_model="gpt-5-2026",
        finish=Finish.OK,
    )


@pytest.mark.parametrize("basis", [Basis.ESTIMATED, Basis.PARTIAL])
def test_a_guess_and_a_part_give_way_to_the_providers_figures(basis: Basis) -> None:
    known = replace(QUEUED, basis=basis, usage=TokenUsage(input_tokens=14))
    better = improved(known, LOOKED)
    assert better is not None
    assert (better.basis, better.usage) == (Basis.REPORTED, LOOKED.usage)


def test_figures_of_the_provider_stay_as_they_are() -> None:
    assert improved(replace(LOOKED, usage=TokenUsage(input_tokens=1)), LOOKED) is None


def test_a_look_that_tells_nothing_changes_nothing() -> None:
    assert improved(QUEUED, QUEUED) is None
