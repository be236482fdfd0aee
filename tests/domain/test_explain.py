"""An explanation compares what a log said with what the list says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from tokencli.domain.charge import Charge, CostStatus, unpriced
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.explain import Explanation
from tokencli.domain.money import Usd, usd
from tokencli.domain.usage import Basis, TokenUsage


def explanation(reported: str | None, listed: str | None) -> Explanation:
    event = UsageEvent(
        event_id=EventId("0123456789ab.7"),
        occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
        source="cost-line",
        basis=Basis.REPORTED,
        usage=TokenUsage(input_tokens=1, output_tokens=1),
        reported_cost=None if reported is None else usd(reported),
    )
    status = CostStatus.PRICED if listed is None or listed != "0" else CostStatus.FREE
    charge = unpriced("no list knows it") if listed is None else Charge(status=status, list_cost=usd(listed))
    return Explanation(event=event, charge=charge, sightings=())


def test_difference_and_factor_compare_the_log_with_the_list() -> None:
    told = explanation("0.021", "0.0105")
    assert told.difference == Usd(Decimal("0.0105"))
    assert told.factor == 2


def test_nothing_is_compared_when_one_side_is_not_known() -> None:
    for told in (explanation(None, "1"), explanation("1", None)):
        assert told.difference is None
        assert told.factor is None


def test_a_free_call_has_a_difference_but_no_factor() -> None:
    told = explanation("0.5", "0")
    assert told.difference == Usd(Decimal("0.5"))
    assert told.factor is None
