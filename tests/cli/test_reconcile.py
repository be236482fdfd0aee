"""`tokencli reconcile` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG = (
    "2026-11-20 12:00:00,000 INFO [x] [OpenAI] Cost calculated: $2.500000 (model=gpt-4o, input=1000000 tokens,"
    " output=0 tokens, pricing_input=$0.00000250/token, pricing_output=$0.00001000/token)\n"
)


@pytest.fixture
def typed_here(typed: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Return the program with a ledger that holds one call of $2.50."""
    (tmp_path / "backend.log").write_text(LOG, encoding="utf-8")
    assert typed("ingest", str(tmp_path / "backend.log"), "--tz", "UTC").code == 0
    return typed


def bill(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "bill.csv"
    path.write_text(
        "date,model,input_tokens,output_tokens,cost\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8"
    )
    return str(path)


def test_a_bill_that_agrees_is_explained(typed_here: Callable[..., Any], tmp_path: Path) -> None:
    said = typed_here("reconcile", bill(tmp_path, "2026-11-20,gpt-4o-2024-08-06,1000000,0,2.50"), "--tz", "UTC")
    assert said.code == 0
    assert said.out.rstrip().endswith("explains 100.0 % of $2.50; $0.00 unexplained")


def test_what_is_not_explained_is_exit_code_1(typed_here: Callable[..., Any], tmp_path: Path) -> None:
    path = bill(tmp_path, "2026-11-20,gpt-4o,1000000,0,2.50", "2026-11-20,,,,0.75")
    said = typed_here("reconcile", path, "--tz", "UTC", "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert (told["total"], told["unexplained"], told["states"]["matched"]) == ("3.25", "0.75", 1)


def test_a_page_is_written_when_asked_for(typed_here: Callable[..., Any], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    typed_here("reconcile", bill(tmp_path, "2026-11-20,gpt-4o,1000000,0,2.50"), "--tz", "UTC", "--html", str(page))
    assert "explains 100.0 % of $2.50" in page.read_text(encoding="utf-8")


def test_what_cannot_be_read_is_one_sentence(typed_here: Callable[..., Any], tmp_path: Path) -> None:
    said = typed_here("reconcile", str(tmp_path / "nothing.csv"))
    assert (said.code, said.out) == (3, "")
    assert "nothing.csv cannot be read: no such file or directory." in said.err
    (tmp_path / "text.csv").write_text("hello\n", encoding="utf-8")
    said = typed_here("reconcile", str(tmp_path / "text.csv"))
    assert said.code == 3
    assert "is no invoice that tokencli knows" in said.err
