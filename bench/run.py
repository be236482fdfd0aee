"""Measure tokencli on this machine and print a table: `make bench`, or `python -m bench.run --help`.

Ratios are what counts: each aim is a ratio beside a reference of the same run, a bound on memory, or a bound
on a time that a person waits.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.agents import AGENT_SECTIONS
from bench.live import LIVE_SECTIONS
from bench.proxy import PROXY_SECTIONS
from bench.sections import LOG_SECTIONS, SECTIONS
from bench.start import START_SECTIONS
from bench.top import TOP_SECTIONS
from bench.workshop import FULL, QUICK, Workshop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.row import Row

GROUPS = {
    "logs": LOG_SECTIONS,
    "agents": AGENT_SECTIONS,
    "serve": PROXY_SECTIONS,
    "live": LIVE_SECTIONS,
    "top": TOP_SECTIONS,
    "start": START_SECTIONS,
}


def main() -> int:
    """Run the chosen sections; return 1 when an aim is not held."""
    options = _options()
    rows: dict[str, list[Row]] = {group: [] for group in GROUPS}
    with tempfile.TemporaryDirectory(prefix="tokencli-bench-") as home:
        shop = Workshop(sizes=QUICK if options.quick else FULL, home=Path(home), reuse=options.reuse)
        for group, sections in GROUPS.items():
            for name in sections:
                if name in (options.only or SECTIONS):
                    print(f"measuring {name} ...", file=sys.stderr)
                    rows[group] += sections[name](shop)
    every = [row for some in rows.values() for row in some]
    if options.json:
        print(json.dumps({"machine": machine(), "rows": [{**asdict(row), "verdict": row.verdict} for row in every]}))
    else:
        print(f"{machine()}\n\n{table(every)}\n")
    if options.write:
        for group, some in rows.items():
            if some:
                write(options.write, f"{machine()}\n\n{table(some)}\n", marks(group))
    return any(row.verdict in {"ABOVE", "BELOW"} for row in every)


def marks(group: str) -> tuple[str, str]:
    """Return the lines between which a page holds a group's table."""
    return f"<!-- bench {group}: begin -->", f"<!-- bench {group}: end -->"


def machine() -> str:
    """Return one sentence on the machine and the programs that were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"tokencli {version('tokencli')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"{platform.system()} {platform.release().split('-')[0]}, {_processor()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GiB of memory. Files in the page cache; median wall time (fastest-slowest) and CPU time."
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | tokencli | beside | result | aim | |", "|---|---|---|--:|--:|---|"]
    for row in rows:
        aim = "" if row.aim is None else f"{'at least ' if row.is_least else ''}{row.aim:g} {row.unit}"
        lines.append(
            f"| {row.what} | {row.measured} | {row.reference} | {row.value:.{_digits(row)}f} {row.unit} "
            f"| {aim} | {row.verdict} |"
        )
    return "\n".join(lines)


def write(page: Path, text: str, between: tuple[str, str]) -> None:
    """Put the text between two lines of a page; raise ValueError when it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(between[0])
    _, end, after = rest.partition(between[1])
    if not begin or not end:
        msg = f"{page} has no lines {between[0]} and {between[1]}"
        raise ValueError(msg)
    page.write_text(f"{before}{begin}\n{text}{end}{after}", encoding="utf-8")


def _digits(row: Row) -> int:
    return {"x": 1, "s": 2, "ms": 2, "us": 0, "%": 1, "MiB": 0, "tokens": 0}[row.unit]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.run", description="Measure tokencli on this machine.")
    parser.add_argument("--only", action="append", choices=list(SECTIONS), help="a section (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that all runs, ratios mean little")
    parser.add_argument("--reuse", action="store_true", help="keep ledgers made by an earlier run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the marks of a page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
