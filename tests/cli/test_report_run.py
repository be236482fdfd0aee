"""A report loads what it needs and no more; what it shows is held by `test_report` and `test_door`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tokencli.cli.report_run import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

UNNEEDED = {
    "typer",
    "rich",
    "tomllib",
    "tokencli.config.settings",
    "tokencli.pricing.card",
    "tokencli.render.report_view",
}


def test_data_is_told_without_the_parser_the_price_list_and_tables(
    typed: Callable[..., Typed], log: Path, tmp_path: Path
) -> None:
    typed("ingest", log)
    command = [sys.executable, "-X", "importtime", "-m", "tokencli", "report", "--period", "all", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.split("\n")}
    assert loaded & UNNEEDED == set()
    assert "tokencli.services.report" in loaded


def test_an_order_has_one_shape() -> None:
    shapes = [Order().shape, Order(csv=True).shape, Order(markdown=True).shape]
    assert shapes == [None, "csv", "markdown"]
