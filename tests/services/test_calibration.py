"""Calibration of estimates by reported counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.services.calibration import Calibration


def test_new_calibration_changes_nothing() -> None:
    assert Calibration().applied(120) == 120


def test_first_call_sets_the_ratio() -> None:
    assert Calibration().updated(130, 100).applied(200) == 260


def test_ratio_converges_after_a_change() -> None:
    calibration = Calibration().updated(200, 100)
    for _ in range(30):
        calibration = calibration.updated(110, 100)
    assert calibration.ratio == pytest.approx(1.1, abs=0.001)


@pytest.mark.parametrize(("real", "estimated"), [(0, 10), (10, 0), (-1, 10), (10, -1)])
def test_count_that_is_not_positive_teaches_nothing(real: int, estimated: int) -> None:
    assert Calibration().updated(real, estimated) == Calibration()


@given(st.lists(st.tuples(st.integers(), st.integers())))
def test_ratio_stays_within_its_bounds(calls: list[tuple[int, int]]) -> None:
    calibration = Calibration()
    for real, estimated in calls:
        calibration = calibration.updated(real, estimated)
    assert 0.25 <= calibration.ratio <= 4.0
