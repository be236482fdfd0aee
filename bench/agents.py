"""Reading a client's logs beside ccusage: the same files in turns, into a durable ledger and without one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from bench.agent_logs import MARKER, files_of
from bench.comparison import compared, memory, span
from bench.logs import MIB
from bench.measure import in_turns, peak_memory
from bench.proxy_peers import PEERS, installed
from bench.row import Row
from bench.workshop import remove_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.measure import Command
    from bench.workshop import Workshop

CCUSAGE: Final = "20.0.24"
WAIT_AIM_MS: Final = 100
FASTER_AIM: Final = 10
_HOME: Final = "CLAUDE_CONFIG_DIR"
_NOTHING: Final = (0, 0, 0, 0)


def agents(shop: Workshop) -> list[Row]:
    """Cold read, report, second read, memory and sums, each beside ccusage or what else fits."""
    home, ledger = shop.agent_home(), shop.home / "agents.db"
    files = files_of(home)
    size = sum(file.stat().st_size for file in files)
    discover = _told(shop.tokencli("--db", str(ledger), "ingest", "--discover"), home)
    cold = replace(discover, prepare=partial(remove_ledger, ledger))
    report = shop.tokencli("--db", str(ledger), "report", "--period", "all", "--by", "day", "--tz", "UTC", "--json")
    what = f"{size / 1e6:,.0f} MB of Claude Code's JSONL in {len(files):,} files"
    rounds = 2 * shop.sizes.rounds + 1
    grep = _grep(shop, home)
    ccusage = _ccusage(shop, home)
    if ccusage is None:
        cold_runs, grep_runs = in_turns((cold, grep), rounds)
        return [
            compared(f"cold read into the ledger, {what}", (cold_runs, grep_runs), grep.args[0], aim=None),
            _again(shop, discover),
        ]
    cold_runs, theirs, grep_runs = in_turns((cold, ccusage, grep), rounds)
    reports = in_turns((report, ccusage), rounds)
    return [
        compared(f"cold read into the ledger, {what}", (cold_runs, theirs), "ccusage, no ledger", aim=1),
        compared("the same", (cold_runs, grep_runs), f"{grep.args[0]} -c -F", aim=None),
        Row(
            what="tokencli report --by day of it afterwards: how many times as fast as ccusage daily",
            measured=span(reports[0]),
            reference=f"ccusage daily: {span(reports[1])}",
            value=median(run.wall_s for run in reports[1]) / median(run.wall_s for run in reports[0]),
            unit="x",
            aim=FASTER_AIM,
            is_least=True,
        ),
        _again(shop, discover),
        memory(f"that cold read (ccusage: {peak_memory(ccusage).tree_bytes / MIB:.0f} MiB in all)", cold),
        _sums(report, ccusage),
    ]


AGENT_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {"agents": agents}


def _again(shop: Workshop, discover: Command) -> Row:
    runs, starts = in_turns((discover, shop.tokencli("--version")), shop.sizes.short_rounds)
    more = median(run.wall_s for run in runs) - median(run.wall_s for run in starts)
    return Row(
        what="ingest --discover again, all unchanged: how much above the program's own start",
        measured=span(runs),
        reference=f"tokencli --version: {span(starts)}",
        value=more * 1000,
        unit="ms",
        aim=WAIT_AIM_MS,
    )


def _sums(report: Command, ccusage: Command) -> Row:
    """Return by how many tokens the two differ in all; what one day has more and another one less is told beside it."""
    ours, theirs = _ours(_said(report)["rows"]), _theirs(_said(ccusage)["daily"])
    sums = [tuple(map(sum, zip(*each.values(), strict=True))) for each in (ours, theirs)]
    moved = sum(_apart(ours.get(day, _NOTHING), theirs.get(day, _NOTHING)) for day in ours.keys() | theirs.keys())
    return Row(
        what="tokens counted otherwise than by ccusage (input, cache reads, cache writes and output each)",
        measured=f"{sum(sums[0]):,} tokens, {moved // 2:,} of them on another day",
        reference=f"ccusage: {sum(sums[1]):,} tokens",
        value=_apart(*sums),
        unit="tokens",
        aim=0,
    )


def _apart(ours: tuple[int, ...], theirs: tuple[int, ...]) -> int:
    return sum(abs(one - other) for one, other in zip(ours, theirs, strict=True))


def _ours(rows: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Return fresh input, cache reads and writes, and output by day."""
    return {
        row["key"]["day"]: (
            row["input_tokens"] - row["cache_read_tokens"] - row["cache_write_tokens"],
            row["cache_read_tokens"],
            row["cache_write_tokens"],
            row["output_tokens"],
        )
        for row in rows
        if row["requests"]
    }


def _theirs(rows: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    names = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
    return {row["period"]: tuple(row[name] for name in names) for row in rows}


def _said(command: Command) -> dict[str, Any]:
    said = subprocess.run(command.args, env=command.env, capture_output=True, check=True).stdout
    told: dict[str, Any] = json.loads(said)
    return told


def _told(command: Command, home: Path) -> Command:
    """Return a command that finds a home of Claude Code in its environment."""
    return replace(command, env={**command.env, _HOME: str(home)})


def _grep(shop: Workshop, home: Path) -> Command:
    program = ("rg",) if shutil.which("rg") else ("grep", "-r")
    return shop.command(*program, "-c", "-F", MARKER.decode(), str(home))


def _ccusage(shop: Workshop, home: Path) -> Command | None:
    """Return ccusage's command, its program installed if need be; None, said in a sentence, when it cannot be."""
    place = shop.data.absolute() / PEERS / f"ccusage-{CCUSAGE}"
    missing = None if shutil.which("npm") else "npm is not installed"
    if missing is None and not place.exists():
        place.mkdir(parents=True)
        missing = installed(("npm", "install", "--silent", "--prefix", str(place), f"ccusage@{CCUSAGE}"))
    # The program itself, where there is one for this system, without the 50 ms of Node that its launcher takes.
    programs = sorted((place / "node_modules" / "@ccusage").glob("*/bin/ccusage"))
    programs.append(place / "node_modules" / ".bin" / "ccusage")
    found = next((program for program in programs if program.exists()), None)
    if missing or found is None:
        print(f"ccusage is left out: {missing or 'it was not installed whole'}", file=sys.stderr)
        return None
    return _told(shop.command(str(found), "daily", "--offline", "--json", "--timezone", "UTC"), home)
