"""What the demo says between its steps."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from tokencli.render.demo_view import ending, step_heading


def test_heading_keeps_a_long_command_on_one_line_so_that_it_can_be_copied() -> None:
    out = StringIO()
    command = "tokencli ingest " + "x" * 200
    Console(file=out, width=80).print(step_heading(2, 5, "Why.", command), soft_wrap=True)
    assert out.getvalue() == f"\n2/5  Why.\n$ {command}\n\n"


def test_heading_shows_what_looks_like_markup_as_it_is() -> None:
    assert step_heading(1, 1, "Why.", "tokencli report --by [bold]").plain.endswith("--by [bold]\n")


def test_ending_says_how_to_turn_it_on_where_the_shell_has_no_tokencli() -> None:
    assert "\n  . .venv/bin/activate\n  tokencli ingest backend.log\n" in ending(".venv/bin/activate")
    assert "activate" not in ending(None)
