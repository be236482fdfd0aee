"""How fast a command starts: whole short runs beside a Python that does nothing, in the same environment."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bench.comparison import compared
from bench.measure import in_turns, timed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.row import Row
    from bench.workshop import Workshop

MOST = 3
CONFIG = """\
[report]
week_start = "monday"

[limits]
daily_usd = 3.0
weekly_usd = 12.0
monthly_usd = 20.0
"""
PROVIDERS, MODELS = 8, 20


def start(shop: Workshop) -> list[Row]:
    """The commands that prompts and people wait for, each in turns with `python -c pass`."""
    empty, full = _empty_ledger(shop), _ledger_of_this_month(shop)
    calls = f"{shop.sizes.dense_lines:,} calls in the last month"
    asked = (
        ("tokencli --help", ("--help",), MOST),
        ("tokencli --version", ("--version",), None),
        ("tokencli status, empty ledger", ("--db", str(empty), "status"), MOST),
        (f"tokencli status, {calls}", ("--db", str(full), "status"), MOST),
        ("tokencli report, empty ledger", ("--db", str(empty), "report"), None),
        (f"tokencli report, {calls}", ("--db", str(full), "report"), None),
    )
    config = shop.home / "config.toml"
    config.write_text(_config(), encoding="utf-8")
    rows: list[Row] = []
    for what, arguments, most in asked:
        named = () if arguments[0].startswith("--") and len(arguments) == 1 else ("--config", str(config))
        runs = in_turns((shop.tokencli(*named, *arguments), shop.python("-c", "pass")), shop.sizes.short_rounds)
        rows.append(compared(what, runs, "python -c pass", aim=most))
    return rows


START_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {"start": start}


def _config() -> str:
    """Return a configuration of as many providers and models as somebody has who uses many."""
    providers = (
        f'[providers.p{number}]\nbase_url = "https://p{number}.example/v1"\napi_key = "${{KEY_{number}}}"\n'
        for number in range(PROVIDERS)
    )
    models = (
        f'[models."p{number % PROVIDERS}/m{number}"]\nprovider = "p{number % PROVIDERS}"\nmax_context_size = 131072\n'
        'capabilities = ["tool_use"]\nprice = { input = 0.5, output = 2.0 }\n'
        for number in range(MODELS)
    )
    return "\n".join((CONFIG, *providers, *models))


def _empty_ledger(shop: Workshop) -> Path:
    ledger = shop.home / "empty.db"
    timed(shop.tokencli("--db", str(ledger), "session", "new", "--name", "work"))
    return ledger


def _ledger_of_this_month(shop: Workshop) -> Path:
    """Return a copy of the ledger of cost lines, its calls moved so that the last one is of this quarter of an hour."""
    ledger = shop.home / "full.db"
    shutil.copyfile(shop.ledger_of(shop.dense_log()), ledger)
    with closing(sqlite3.connect(ledger)) as connection, connection:
        (last,) = connection.execute("SELECT max(bucket) FROM rollup").fetchone()
        quarter = 900_000_000
        later = time.time_ns() // 1000 // quarter - last
        connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM rollup")
        connection.execute("DELETE FROM rollup")
        connection.execute("UPDATE moved SET bucket = bucket + ?", (later,))
        connection.execute("INSERT INTO rollup SELECT * FROM moved")
        connection.execute("UPDATE event SET occurred_at = occurred_at + ?", (later * quarter,))
    return ledger
