"""The ledger itself, for people and as JSON: where it is, what it holds, what was done to it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import zone_of
from tokencli.domain.text import visible
from tokencli.render.terminal import count, counted

if TYPE_CHECKING:
    from rich.table import Table

    from tokencli.domain.ledger import LedgerInfo, Restoration, Upgrade
    from tokencli.services.merge import Merged

_KIB = 1024
_LONGEST_PATH = 4096
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def info_table(info: LedgerInfo, *, zone: str) -> Table:
    """Return what a ledger is, one fact a line; times are shown in `zone`."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for name, value, remark in _facts(info, zone):
        grid.add_row(Text(name, style="dim"), Text.assemble(_name(value), (_name(remark), "yellow")))
    return grid


def info_json(info: LedgerInfo, *, zone: str) -> str:
    """Return what a ledger is as one JSON object in ASCII, without a line end."""
    return json.dumps(info_values(info, zone=zone), indent=2)


def info_values(info: LedgerInfo, *, zone: str) -> dict[str, Any]:
    """Return the JSON values of a ledger; `mode` is octal text, times have the offset of `zone`."""
    return {
        "url": f"sqlite:///{info.path}",
        "ledger_id": info.ledger_id,
        "created_at": info.created_at,
        "schema": info.schema,
        "known_schema": info.known_schema,
        "sqlite": info.sqlite,
        "synchronous": info.synchronous,
        "bytes": info.bytes,
        "wal_bytes": info.wal_bytes,
        "mode": f"{info.mode:04o}",
        "calls": info.calls,
        "first_call": _moment(info.first_call, zone),
        "last_call": _moment(info.last_call, zone),
    }


def backup_words(copy: LedgerInfo) -> str:
    """Return what a backup holds and where it is, in one sentence."""
    return f"copied {counted(copy.calls, 'call')} to {_name(copy.path)} ({size(copy.bytes)})."


def restoration_words(done: Restoration) -> str:
    """Return what is in the ledger's place now, and where the former one is, in one sentence."""
    words = f"{_name(done.ledger.path)} now holds {counted(done.ledger.calls, 'call')}"
    return f"{words}; the ledger that was there is {_name(done.kept)}." if done.kept else f"{words}."


def restoration_json(done: Restoration, *, zone: str) -> str:
    """Return the restored ledger and where the former one is as one JSON object, without a line end."""
    return json.dumps({"ledger": info_values(done.ledger, zone=zone), "kept": done.kept}, indent=2)


def upgrade_words(done: Upgrade) -> str:
    """Return what an upgrade did, in one sentence."""
    if done.backup is None:
        return f"the ledger has schema {done.after}, the newest one: nothing to do."
    return (
        f"the ledger now has schema {done.after}; as it was (schema {done.before}) it is kept as {_name(done.backup)}."
    )


def upgrade_json(done: Upgrade) -> str:
    """Return what an upgrade did as one JSON object, without a line end."""
    return json.dumps({"before": done.before, "after": done.after, "backup": done.backup}, indent=2)


def merged_words(done: Merged) -> str:
    """Return in a sentence what came of another ledger."""
    parts = [f"{count(done.recorded)} new"]
    parts += [f"{count(done.merged)} seen by both"] if done.merged else []
    parts += [f"{count(done.duplicate)} here already"] if done.duplicate else []
    more = f"; {counted(done.sessions, 'session')} came with them" if done.sessions else ""
    return f"{_name(done.place)}: {counted(done.calls, 'call')}, {', '.join(parts)}{more}."


def merged_json(done: Merged) -> str:
    """Return the same as one JSON object in ASCII, without a line end."""
    return json.dumps(asdict(done), indent=2)


def size(octets: int) -> str:
    """Return a number of bytes with three digits at least: "900 bytes", "1.5 KiB", "70.2 MiB"."""
    amount, unit = float(octets), 0
    while amount >= _KIB and unit < len(_UNITS) - 1:
        amount, unit = amount / _KIB, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{octets:,} {_UNITS[0]}"


def _facts(info: LedgerInfo, zone: str) -> list[tuple[str, str, str]]:
    created = None if info.created_at is None else datetime.fromisoformat(info.created_at)
    made, first, last = (_moment(moment, zone, sep=" ") for moment in (created, info.first_call, info.last_call))
    wal = f" and {size(info.wal_bytes)} in its WAL" if info.wal_bytes else ""
    return [
        ("ledger", info.path, ""),
        ("id", info.ledger_id, ""),
        ("created", made or "unknown", ""),
        ("calls", count(info.calls), ""),
        ("period", f"{first} to {last}" if first else "no calls yet", ""),
        ("size", size(info.bytes) + wal, ""),
        ("mode", f"{info.mode:04o}", "" if info.is_private else f"  others can read it: chmod 600 {info.path}"),
        ("schema", info.schema, "" if info.is_current else "  older than this tokencli: run 'tokencli db upgrade'"),
        ("sqlite", f"{info.sqlite}, synchronous={info.synchronous}", ""),
    ]


def _name(text: str) -> str:
    return visible(text, limit=_LONGEST_PATH)


def _moment(moment: datetime | None, zone: str, sep: str = "T") -> str | None:
    return None if moment is None else moment.astimezone(zone_of(zone)).isoformat(sep=sep, timespec="seconds")
