"""The errors of the estimates, shown."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from rich.console import Console

from tokencli.domain.period import period_of
from tokencli.render.estimates_view import estimates_json, estimates_view
from tokencli.services.estimate_report import EstimateError, EstimateReport

PERIOD = period_of("2026-11", now=datetime(2026, 11, 20, tzinfo=UTC), zone="UTC")


def row(model: str = "gpt-4o") -> EstimateError:
    return EstimateError(
        provider_name="openai",
        model=model,
        side="input",
        calls=1234,
        estimated_tokens=980,
        reported_tokens=1000,
        mean_error=0.0123,
        mean_absolute_error=0.0456,
        p90_absolute_error=0.101,
    )


def shown(report: EstimateReport, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(estimates_view(report, console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_each_model_has_its_errors_in_percent() -> None:
    text = shown(EstimateReport(period=PERIOD, rows=(row(),)))
    line = next(line for line in text.split("\n") if "gpt-4o" in line)
    assert line.split() == ["gpt-4o", "openai", "input", "1,234", "+1.2", "%", "4.6", "%", "10.1", "%", "-2.0", "%"]
    assert "1,234 calls with both figures" in text


def test_a_narrow_terminal_shows_long_names_whole() -> None:
    lines = shown(EstimateReport(period=PERIOD, rows=(row("mistral-large-2411"),)), 80).split("\n")
    place = next(number for number, line in enumerate(lines) if "mistral-large-2411" in line)
    assert lines[place + 1].rstrip() == "  openai"
    assert max(map(len, lines)) <= 80


def test_report_without_calls_says_where_estimates_come_from() -> None:
    assert "'tokencli serve' estimates the calls that go through it." in shown(EstimateReport(period=PERIOD))


def test_names_from_outside_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in shown(EstimateReport(period=PERIOD, rows=(row("\x1b[31m[bold]x"),)))


def test_json_holds_percentages_of_the_reported_tokens() -> None:
    values = json.loads(estimates_json(EstimateReport(period=PERIOD, rows=(row(),))))
    assert values["period"]["name"] == "2026-11"
    assert values["rows"] == [
        {
            "provider": "openai",
            "model": "gpt-4o",
            "tokens": "input",
            "calls": 1234,
            "estimated_tokens": 980,
            "reported_tokens": 1000,
            "mean_error_percent": 1.23,
            "mean_absolute_error_percent": 4.56,
            "p90_absolute_error_percent": 10.1,
            "bias_percent": -2.0,
        }
    ]
