"""The ledger's facts in words and as JSON; a path is shown harmlessly and whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from tokencli.domain.ledger import LedgerInfo, Restoration, Upgrade
from tokencli.render.db_view import (
    backup_words,
    info_json,
    info_table,
    info_values,
    merged_json,
    merged_words,
    restoration_json,
    restoration_words,
    size,
    upgrade_json,
    upgrade_words,
)
from tokencli.services.merge import Merged

INFO = LedgerInfo(
    place="~/ledger.db",
    path="/home/me/ledger.db",
    ledger_id="0123456789abcdef0123456789abcdef",
    created_at="2026-11-01T10:00:00Z",
    schema="0001",
    known_schema="0001",
    mode=0o600,
    bytes=1_572_864,
    wal_bytes=2048,
    calls=12_345,
    first_call=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    last_call=datetime(2026, 11, 20, 18, tzinfo=UTC),
    sqlite="3.40.1",
    synchronous="FULL",
)


def drawn(info: LedgerInfo, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=False)
    console.print(info_table(info, zone="Europe/Paris"))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().split("\n"))


def test_every_fact_has_its_line() -> None:
    assert drawn(INFO) == (
        "ledger   /home/me/ledger.db\n"
        "id       0123456789abcdef0123456789abcdef\n"
        "created  2026-11-01 11:00:00+01:00\n"
        "calls    12,345\n"
        "period   2026-11-01 10:30:00+01:00 to 2026-11-20 19:00:00+01:00\n"
        "size     1.5 MiB and 2.0 KiB in its WAL\n"
        "mode     0600\n"
        "schema   0001\n"
        "sqlite   3.40.1, synchronous=FULL\n"
    )


def test_what_should_be_mended_is_said_with_the_command() -> None:
    shown = drawn(replace(INFO, mode=0o644, schema="0000", calls=0, first_call=None, last_call=None, created_at=None))
    assert "0644  others can read it: chmod 600 /home/me/ledger.db" in shown
    assert "0000  older than this tokencli: run 'tokencli db upgrade'" in shown
    assert "period   no calls yet" in shown
    assert "created  unknown" in shown


@pytest.mark.parametrize("name", ["\x1b]52;c;aGk=\x07", "\u202egpj.exe", "[/x]"])
def test_a_hostile_path_reaches_no_terminal_alive(name: str) -> None:
    info = replace(INFO, path=f"/logs/{name}", mode=0o644)
    done = Restoration(ledger=info, kept=f"/logs/{name}")
    upgraded = Upgrade(before="0001", after="0002", backup=f"/logs/{name}")
    texts = [drawn(info), backup_words(info), restoration_words(done), upgrade_words(upgraded)]
    texts += [info_json(info, zone="UTC"), restoration_json(done, zone="UTC"), upgrade_json(upgraded)]
    for text in texts:
        assert not set(text) & {"\x1b", "\x07", "\u202e"}
        assert "[/x]" in text or name != "[/x]"


def test_a_long_path_is_shown_whole() -> None:
    path = f"/{'a' * 400}/ledger.db"
    assert path in backup_words(replace(INFO, path=path))
    assert path in drawn(replace(INFO, path=path)).replace("\n", "").replace(" ", "")


def test_json_has_exact_values() -> None:
    values = json.loads(info_json(INFO, zone="Europe/Paris"))
    assert values == info_values(INFO, zone="Europe/Paris")
    assert values["url"] == "sqlite:////home/me/ledger.db"
    assert (values["mode"], values["bytes"], values["calls"]) == ("0600", 1_572_864, 12_345)
    assert values["first_call"] == "2026-11-01T10:30:00+01:00"
    assert info_values(replace(INFO, last_call=None), zone="UTC")["last_call"] is None


def test_what_was_done_is_one_sentence() -> None:
    assert backup_words(INFO) == "copied 12,345 calls to /home/me/ledger.db (1.5 MiB)."
    assert restoration_words(Restoration(ledger=INFO, kept=None)) == "/home/me/ledger.db now holds 12,345 calls."
    assert restoration_words(Restoration(ledger=replace(INFO, calls=1), kept="/old")) == (
        "/home/me/ledger.db now holds 1 call; the ledger that was there is /old."
    )
    assert upgrade_words(Upgrade(before="0001", after="0001", backup=None)) == (
        "the ledger has schema 0001, the newest one: nothing to do."
    )
    assert upgrade_words(Upgrade(before="0001", after="0002", backup="/old")) == (
        "the ledger now has schema 0002; as it was (schema 0001) it is kept as /old."
    )


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 bytes"), (1023, "1,023 bytes"), (1024, "1.0 KiB"), (73_610_035, "70.2 MiB"), (2**50, "1024.0 TiB")],
)
def test_sizes_are_shown_in_powers_of_1024(octets: int, words: str) -> None:
    assert size(octets) == words


def test_what_came_of_another_ledger_is_said_in_a_sentence() -> None:
    done = Merged(place="a\x1b.db", calls=7, recorded=4, merged=2, duplicate=1, sessions=1)
    assert merged_words(done) == "a\\x1b.db: 7 calls, 4 new, 2 seen by both, 1 here already; 1 session came with them."
    assert json.loads(merged_json(done))["recorded"] == 4
