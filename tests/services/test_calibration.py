"""Calibration of estimates by reported counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.services.calibration import Calibration


def test_new_calibration_changes_nothing() -> None:
    assert Calibration().applied(120) == 120


def test_one_large_call_nearly_sets_the_ratio() -> None:
    assert Calibration().updated(130_000, 100_000).applied(200_000) == pytest.approx(260_000, rel=0.002)


def test_tiny_call_says_little_about_a_large_one() -> None:
    assert Calibration().updated(14, 7).applied(100_000) == pytest.approx(100_000, rel=0.03)


def test_ratio_converges_after_a_change() -> None:
    calibration = Calibration().updated(20_000, 10_000)
    for _ in range(30):
        calibration = calibration.updated(11_000, 10_000)
    assert calibration.ratio == pytest.approx(1.1, abs=0.002)


def test_call_far_beyond_its_estimate_counts_as_four_times() -> None:
    assert Calibration().updated(10**9, 1000) == Calibration().updated(4000, 1000)


@pytest.mark.parametrize(("real", "estimated"), [(0, 10), (10, 0), (-1, 10), (10, -1)])
def test_count_that_is_not_positive_teaches_nothing(real: int, estimated: int) -> None:
    assert Calibration().updated(real, estimated) == Calibration()


@given(st.lists(st.tuples(st.integers(max_value=2**53), st.integers(max_value=2**53))))
def test_ratio_stays_within_its_bounds(calls: list[tuple[int, int]]) -> None:
    calibration = Calibration()
    for real, estimated in calls:
        calibration = calibration.updated(real, estimated)
    assert 0.249 <= calibration.ratio <= 4.001
