"""One line by a template, and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.report import Totals
from tokencli.domain.threshold import Threshold
from tokencli.render.status_view import BrokenTemplateError, UnknownFieldError, status_json, status_line
from tokencli.services.status import Status

DAY = period_of("today", now=datetime(2026, 11, 20, 12, tzinfo=UTC), zone="UTC")


def found(spent: str = "2.5", unpriced: int = 0) -> Status:
    day = Totals(requests=1200, input_tokens=5000, list_cost=usd(spent), unpriced_requests=unpriced)
    limit = Threshold(name="day", period=DAY, limit=usd("3"), spent=usd(spent))
    return Status(totals={"day": day, "week": day, "month": day}, thresholds=(limit,), session=None)


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        ("1", "today $1.00 of $3.00, week $1.00, month $1.00"),
        ("2.5", "today $2.50 of $3.00 (!), week $2.50, month $2.50"),
        ("3.01", "today $3.01 of $3.00 (!!), week $3.01, month $3.01"),
    ],
)
def test_the_line_marks_limits(spent: str, words: str) -> None:
    assert status_line(found(spent)) == words


def test_a_template_has_its_fields_filled_in() -> None:
    line = status_line(found(unpriced=3), "{calls} calls\n{today_cost} {session} {today_level} {{x}}")
    assert line == "1,200 calls \u2265 $2.50 - warning {x}"


@pytest.mark.parametrize("template", ["{nope}", "{}", "{0}", "{today.real}"])
def test_a_wrong_template_is_one_sentence_with_the_right_fields(template: str) -> None:
    with pytest.raises(UnknownFieldError, match=r"use \{today\}, \{week\}"):
        status_line(found(), template)


@pytest.mark.parametrize("template", ["{", "cost {today", "a } b"])
def test_a_brace_without_a_counterpart_is_said_to_be_one(template: str) -> None:
    with pytest.raises(BrokenTemplateError, match=r"a brace has no counterpart: write '\{\{' and '\}\}' for"):
        status_line(found(), template)


def test_json_is_exact() -> None:
    told = json.loads(status_json(found("0.000001"), zone="UTC"))
    assert told["totals"]["day"]["list_cost"] == "0.000001"
    assert (told["thresholds"][0]["level"], told["session"]) == ("ok", None)
