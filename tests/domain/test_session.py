"""A session is open and not active until somebody says otherwise; its gauge speaks up at 80, 90 and 95 percent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokencli.domain.session import Gauge, Session, gauge_of


def test_a_new_session_is_open_and_not_active() -> None:
    session = Session(id="s1", name="search", created_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert (session.ended_at, session.is_active, session.model) == (None, False, None)


@pytest.mark.parametrize(
    ("ratio", "gauge"),
    [
        (None, Gauge.OK),
        (0.0, Gauge.OK),
        (0.799, Gauge.OK),
        (0.8, Gauge.CAUTION),
        (0.899, Gauge.CAUTION),
        (0.9, Gauge.WARNING),
        (0.95, Gauge.CRITICAL),
        (1.2, Gauge.CRITICAL),
    ],
)
def test_the_gauge_speaks_up_where_the_steps_begin(ratio: float | None, gauge: Gauge) -> None:
    assert gauge_of(ratio) is gauge
