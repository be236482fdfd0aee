"""Cost lines as backends write them, prices that never change, and a look at what became of them in a ledger."""

from __future__ import annotations

import bz2
import gzip
import lzma
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import zstandard

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import InputError
from tokencli.domain.ingest import FileCounts, total_of
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.pricing.book import PriceBook
from tokencli.services.ingest import Ingest
from tokencli.services.reading import Labels, Reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tokencli.store.database import Database

FULL = (
    b"2025-10-10 14:32:15,123 INFO [backend.features.chat.llm_stream] [Gemini] Cost calculated: $0.000123"
    b" (model=gemini-1.5-flash, input=200 tokens, output=75 tokens,"
    b" pricing_input=$0.00000035/token, pricing_output=$0.00000070/token)\n"
)
BARE = FULL[FULL.index(b"[Gemini]") :]
SHORT = (
    b"[Gemini] Cost calculated: $0.000123 (model=gemini-1.5-flash, in=200, out=75,"
    b" pricing_in=$0.000000, pricing_out=$0.000001)\n"
)
NAMELESS_LONG = b"[Gemini] Cost calculated: $0.000123 (150 input + 50 output tokens)\n"
NAMELESS_SHORT = b"[Gemini] Cost calculated: $0.000123 (150 in + 50 out tokens)\n"
TWIN = (
    "2025-10-10 02:12:28,973 INFO [backend.core.cost_tracker]"
    " Coût de 0.001195 pour 'nexus' ('claude-3-5-haiku-20241022') enregistré.\n"
).encode()
LOSSY_TWIN = (
    b"2025-10-02 06:12:01 2025-10-02 06:12:01,091 INFO [backend.core.cost_tracker]"
    b" Co?t de 0.000000 pour 'neo' ('models/gemini-2.5-flash') enregistr?.\r\n"
)
NOISE = b"2025-10-10 14:32:14,001 DEBUG [backend.app] GET /health 200\n"

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "utf-16-le": lambda data: "\ufeff".encode("utf-16-le") + data.decode().encode("utf-16-le"),
    "utf-16-be": lambda data: "\ufeff".encode("utf-16-be") + data.decode().encode("utf-16-be"),
}

_PRICES = {
    "alpha": ("1", "2"),
    "beta": ("0.15", "0.60"),
    "gamma": ("0.0000015", "0.1"),
    "gemini-1.5-flash": ("0.075", "0.30"),
}


def stamp(second: float) -> str:
    """Return the time so many seconds after noon as Python's logging writes it."""
    moment = datetime(2025, 10, 10, 12, tzinfo=UTC) + timedelta(milliseconds=round(second * 1000))
    return f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"


def cost(
    second: float | None = 0,
    model: str | None = "alpha",
    tokens: tuple[int, int] = (200, 75),
    dollars: str = "0.000350",
    provider: str = "OpenAI",
) -> bytes:
    """Return a cost line; without a second it has no time, without a model it names none."""
    prefix = "" if second is None else f"{stamp(second)} INFO [app] "
    into, out = tokens
    what = (
        f"model={model}, input={into} tokens, output={out} tokens" if model else f"{into} input + {out} output tokens"
    )
    return f"{prefix}[{provider}] Cost calculated: ${dollars} ({what})\n".encode()


def twin(second: float | None = 0.05, agent: str = "neo", model: str = "alpha", dollars: str = "0.000350") -> bytes:
    """Return the French line that names the agent of a call."""
    prefix = "" if second is None else f"{stamp(second)} INFO [tracker] "
    return f"{prefix}Coût de {dollars} pour '{agent}' ('{model}') enregistré.\n".encode()


def prices() -> PriceBook:
    """Return a book in which some models have prices of their own, for ever: one free, one not in whole picodollars."""
    own = [
        OwnPrice(provider_name=None, model=model, source="test", input_usd=usd(into), output_usd=usd(out))
        for model, (into, out) in _PRICES.items()
    ]
    own.append(OwnPrice(provider_name=None, model="gratis", source="test", status=CostStatus.FREE))
    own.append(OwnPrice(provider_name=None, model="dear", source="test", input_usd=usd(10**9), output_usd=usd(10**9)))
    return PriceBook([own])


class Shop:
    """One ledger that takes logs in, and a look into it."""

    def __init__(self, database: Database, book: PriceBook, folder: Path) -> None:
        self.database = database
        self.book = book
        self.folder = folder
        self.advanced = 0

    @property
    def connection(self) -> sqlite3.Connection:
        return self.database.connection

    def write(self, name: str, *parts: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(parts))
        return path

    def append(self, path: Path, *parts: bytes) -> None:
        with path.open("ab") as file:
            file.write(b"".join(parts))

    def run(
        self,
        *paths: Path | str,
        zone: str = "UTC",
        day: str | None = None,
        agent: str | None = None,
        is_dry_run: bool = False,
        on_advance: Callable[[], None] = lambda: None,
    ) -> list[FileCounts | InputError]:
        def advance(count: int) -> None:
            self.advanced += count
            on_advance()

        labels = Labels.of("cost-line", agent, None, {})
        reading = Reading(zone=zone, day=day, labels=labels, is_dry_run=is_dry_run)
        clock = lambda: datetime(2026, 11, 21, tzinfo=UTC)  # noqa: E731
        return list(Ingest(self.database, lambda: self.book, reading, clock, advance).run(paths))

    def take(
        self, *paths: Path | str, zone: str = "UTC", day: str | None = None, agent: str | None = None
    ) -> FileCounts:
        """Take logs in without any error; the counts of one, or the sum of several."""
        told = self.run(*paths, zone=zone, day=day, agent=agent)
        counts = [each for each in told if isinstance(each, FileCounts)]
        assert len(counts) == len(told), told
        self.check()
        return counts[0] if len(counts) == 1 else total_of(counts)

    def calls(self) -> list[dict[str, Any]]:
        """Return every call, in order of time."""
        return calls_of(self.connection)

    def totals(self) -> tuple[int, ...]:
        """Return calls, tokens in and out, list cost, reported cost, and how many calls have an agent."""
        row = self.connection.execute(
            "SELECT count(*), sum(input_tokens), sum(output_tokens), sum(list_cost_pico), sum(reported_cost_pico),"
            " count(agent) FROM event JOIN facet ON facet.id = facet_id"
        ).fetchone()
        return tuple(row)

    def check(self) -> None:
        """Hold that the sums are what the events add up to, and that every number means something."""
        check_sums(self.connection)


def calls_of(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    cursor = connection.execute(
        "SELECT occurred_at, provider_name AS provider, request_model AS model, agent, basis, cost_status AS status,"
        " input_tokens AS input, output_tokens AS output, list_cost_pico AS listed, reported_cost_pico AS reported,"
        " logged_price.input_pico, logged_price.output_pico FROM event JOIN facet ON facet.id = facet_id"
        " LEFT JOIN logged_price ON logged_price.id = logged_price_id ORDER BY occurred_at, event.id"
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def check_sums(connection: sqlite3.Connection, *, with_names: bool = True) -> None:
    kept = connection.execute("SELECT * FROM rollup ORDER BY bucket, facet_id").fetchall()
    added = connection.execute(
        "SELECT occurred_at / 900000000, facet_id, count(*), total(input_tokens), total(cache_read_tokens),"
        " total(cache_write_tokens), total(output_tokens), total(reasoning_tokens), ifnull(sum(list_cost_pico), 0),"
        " count(reported_cost_pico), ifnull(sum(reported_cost_pico), 0),"
        " sum(list_cost_pico IS NOT NULL AND reported_cost_pico IS NOT NULL),"
        " ifnull(sum(CASE WHEN reported_cost_pico IS NOT NULL THEN list_cost_pico END), 0),"
        " ifnull(sum(CASE WHEN list_cost_pico IS NOT NULL THEN reported_cost_pico END), 0)"
        " FROM event GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    assert kept == added
    if not with_names:
        return
    for table, column, target in (("event", "facet_id", "facet"), ("sighting", "event_id", "event")):
        lost = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT id FROM {target})"
        assert connection.execute(lost).fetchone() == (0,), f"{table} without {target}"


def content_of(connection: sqlite3.Connection) -> list[str]:
    """Return everything that a ledger holds, as SQL."""
    return list(connection.iterdump())


def errors_of(told: Iterable[FileCounts | InputError]) -> list[InputError]:
    return [each for each in told if isinstance(each, InputError)]
