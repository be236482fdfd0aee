"""What is measured: one function a promise, each returning rows of the results table.

A reference runs in turns with what it is compared to, on the same file, so that a busy machine slows both.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from bench.agents import AGENT_SECTIONS
from bench.comparison import compared, memory, span
from bench.live import LIVE_SECTIONS
from bench.logs import MIB, NEEDLE
from bench.measure import in_turns
from bench.proxy import PROXY_SECTIONS
from bench.row import Row
from bench.start import START_SECTIONS
from bench.top import TOP_SECTIONS
from bench.workshop import REFERENCE, remove_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workshop import Workshop


def cold_mixed(shop: Workshop) -> list[Row]:
    """Cold ingest of a log with a tenth of cost lines, beside `grep -c -F`."""
    log = shop.mixed_log()
    grep = shop.command("grep", "-c", "-F", NEEDLE.decode(), str(log))
    ingest = shop.cold_ingest(log)
    what = f"cold ingest, {shop.sizes.mixed_lines:,} lines, 10 % cost lines, {log.stat().st_size / 1e9:.2f} GB"
    runs = in_turns((ingest, grep), shop.sizes.rounds)
    return [compared(what, runs, "grep -c -F", aim=12), memory(what, ingest)]


def cold_dense(shop: Workshop) -> list[Row]:
    """Cold ingest of cost lines only, beside the bare loop of bench/reference.py."""
    log = shop.dense_log()
    database = shop.home / "reference.db"
    loop = shop.python(str(REFERENCE), str(log), str(database), prepare=partial(remove_ledger, database))
    ingest = shop.cold_ingest(log)
    what = f"cold ingest, {shop.sizes.dense_lines:,} lines, all cost lines"
    runs = in_turns((ingest, loop), shop.sizes.rounds)
    return [compared(what, runs, "bench/reference.py", aim=2), memory(what, ingest)]


def long_line(shop: Workshop) -> list[Row]:
    """Memory for a log with one very long line."""
    log = shop.long_line_log()
    return [memory(f"ingest, one line of {shop.sizes.long_line_bytes // MIB:,} MiB", shop.cold_ingest(log))]


def again(shop: Workshop) -> list[Row]:
    """A second ingest of an unchanged log, beside `tokencli --version`."""
    log = shop.mixed_log()
    ingest = shop.ingest(log, shop.ledger_of(log))
    runs = in_turns((ingest, shop.tokencli("--version")), shop.sizes.short_rounds)
    return [compared("second ingest of that log, unchanged", runs, "tokencli --version", aim=3)]


def report(shop: Workshop) -> list[Row]:
    """A report over as many calls as the dense log has."""
    return _report(shop, shop.ledger_of(shop.dense_log()), shop.sizes.dense_lines, aim=1.0)


def report_many(shop: Workshop) -> list[Row]:
    """A report over ten times as many calls."""
    return _report(shop, shop.ledger_of(shop.many_log()), shop.sizes.many_events, aim=None)


def start(shop: Workshop) -> list[Row]:
    """The help text, beside a Python that does nothing."""
    runs = in_turns((shop.tokencli("--help"), shop.python("-c", "pass")), shop.sizes.short_rounds)
    return [compared("tokencli --help", runs, "python -c pass", aim=10)]


LOG_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {
    "cold-10m": cold_mixed,
    "cold-1m": cold_dense,
    "line-1g": long_line,
    "again": again,
    "report-1m": report,
    "report-10m": report_many,
    "help": start,
}
SECTIONS = LOG_SECTIONS | AGENT_SECTIONS | PROXY_SECTIONS | LIVE_SECTIONS | TOP_SECTIONS | START_SECTIONS


def _report(shop: Workshop, ledger: object, calls: int, aim: float | None) -> list[Row]:
    command = shop.tokencli("--db", str(ledger), "report", "--period", "all", "--tz", "UTC")
    runs = in_turns((command, shop.tokencli("--version")), shop.sizes.short_rounds)
    return [
        Row(
            what=f"tokencli report, {calls:,} calls",
            measured=span(runs[0]),
            reference=f"tokencli --version: {span(runs[1])}",
            value=median(run.wall_s for run in runs[0]),
            unit="s",
            aim=aim,
        )
    ]
