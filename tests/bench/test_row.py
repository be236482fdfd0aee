"""A row of the table says of an aim whether it is held."""

from __future__ import annotations

import pytest

from bench.row import Row


@pytest.mark.parametrize(
    ("value", "aim", "is_least", "verdict"),
    [
        (1.0, None, False, "measured"),
        (2.0, 2.0, False, "PASS"),
        (2.1, 2.0, False, "ABOVE"),
        (25.0, 25.0, True, "PASS"),
        (24.9, 25.0, True, "BELOW"),
    ],
)
def test_verdict_knows_bounds_from_above_and_from_below(
    *, value: float, aim: float | None, is_least: bool, verdict: str
) -> None:
    row = Row(what="w", measured="m", reference="r", value=value, unit="x", aim=aim, is_least=is_least)
    assert row.verdict == verdict
