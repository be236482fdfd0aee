"""The table: what it says of an aim, and where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.row import Row
from bench.run import machine, marks, table, write

if TYPE_CHECKING:
    from pathlib import Path

MARKS = marks("logs")


def row(value: float, aim: float | None) -> Row:
    return Row(what="w", measured="m", reference="r", value=value, unit="x", aim=aim)


@pytest.mark.parametrize(("value", "aim", "verdict"), [(2.0, 2, "PASS"), (2.01, 2, "ABOVE"), (9.0, None, "measured")])
def test_verdict_compares_the_value_with_its_aim(value: float, aim: float | None, verdict: str) -> None:
    assert row(value, aim).verdict == verdict


def test_least_aim_is_to_be_reached() -> None:
    rows = [
        Row(what="w", measured="m", reference="r", value=value, unit="x", aim=25, is_least=True) for value in (24, 25)
    ]
    assert [each.verdict for each in rows] == ["BELOW", "PASS"]
    assert "| at least 25 x | BELOW |" in table(rows)


def test_table_has_one_line_a_row() -> None:
    assert table([row(1.96, 2), row(5, None)]).split("\n")[2:] == [
        "| w | m | r | 2.0 x | 2 x | PASS |",
        "| w | m | r | 5.0 x |  | measured |",
    ]


def test_page_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text(f"# Speed\n{MARKS[0]}\nold\n{MARKS[1]}\nmore\n", encoding="utf-8")
    write(page, "new\n", MARKS)
    assert page.read_text(encoding="utf-8") == f"# Speed\n{MARKS[0]}\nnew\n{MARKS[1]}\nmore\n"


def test_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text("# Speed\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no lines"):
        write(page, "new\n", MARKS)
    assert page.read_text(encoding="utf-8") == "# Speed\n"


def test_machine_is_described_without_its_name() -> None:
    assert "cores" in machine()
    assert "SQLite" in machine()
