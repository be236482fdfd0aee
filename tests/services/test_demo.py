"""The demo's steps: complete commands that a user could type."""

from __future__ import annotations

from pathlib import Path

from tokencli.services.demo import Step, steps

LOG, PAGE = Path("sample log/backend.log.xz"), Path("reports/tokencli-demo.html")


def test_demo_takes_the_log_in_twice_then_checks_reports_explains_and_writes_the_page_last() -> None:
    planned = steps(LOG, PAGE)
    assert [step.arguments[0] for step in planned] == ["ingest", "ingest", "check-db", "report", "explain", "report"]
    assert planned[0].arguments == planned[1].arguments
    assert planned[-1].arguments[-2:] == ("--html", str(PAGE))


def test_every_step_reads_times_in_the_zone_of_the_sample() -> None:
    assert all(step.arguments[step.arguments.index("--tz") + 1] == "Europe/Paris" for step in steps(LOG, PAGE))


def test_command_is_quoted_for_a_shell() -> None:
    step = Step(why="", arguments=("ingest", "sample log/backend.log.xz"))
    assert step.command == "tokencli ingest 'sample log/backend.log.xz'"
