"""`tokencli db` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.store.database import open_ledger
from tokencli.store.versions import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ledger(home: Path) -> Path:
    path = home / "tokencli" / "ledger.db"
    open_ledger(path, write=True, create=True).close()
    return path


def test_info_shows_the_ledger(ledger: Path, typed: Callable[..., Any]) -> None:
    said = typed("db", "info")
    assert (said.code, said.err) == (0, "")
    assert str(ledger) in said.out.replace("\n", "").replace(" ", "")
    assert "no calls yet" in said.out


def test_info_as_json_names_the_file_and_the_schema(ledger: Path, typed: Callable[..., Any]) -> None:
    values = json.loads(typed("db", "info", "--json").out)
    assert values["url"] == f"sqlite:///{ledger}"
    assert values["schema"] == values["known_schema"]
    assert (values["calls"], values["mode"], values["synchronous"]) == (0, "0600", "FULL")


def test_times_are_shown_in_the_zone_that_was_named(ledger: Path, typed: Callable[..., Any]) -> None:
    with open_ledger(ledger, write=True) as db, db.transaction() as connection:
        connection.execute(
            "INSERT INTO facet (id, key, source, operation_name, tags, basis, cost_status, finish)"
            " VALUES (1, 'k', 's', 'chat', '{}', 'reported', 'priced', 'ok')"
        )
        connection.execute("INSERT INTO event (id, occurred_at, facet_id) VALUES (1, 0, 1)")
    values = json.loads(typed("db", "info", "--json", "--tz", "Asia/Tokyo").out)
    assert values["first_call"] == "1970-01-01T09:00:00+09:00"


def test_a_copy_is_made_and_brought_back(ledger: Path, tmp_path: Path, typed: Callable[..., Any]) -> None:
    copy = tmp_path / "copy.db"
    assert typed("db", "backup", str(copy)).out == f"copied 0 calls to {copy} ({copy.stat().st_size / 1024:.1f} KiB).\n"
    again = typed("db", "backup", str(copy))
    assert (again.code, again.out) == (3, "")
    assert again.err == f"tokencli: {copy} exists already: choose another name, or say --force to replace it.\n"
    assert json.loads(typed("db", "backup", str(copy), "--force", "--json").out)["url"] == f"sqlite:///{copy}"
    done = typed("db", "restore", str(copy))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{ledger} now holds 0 calls; the ledger that was there is {ledger}.bak-")
    told = json.loads(typed("db", "restore", str(copy), "--json").out)
    assert told["ledger"]["url"] == f"sqlite:///{ledger}"
    assert told["kept"].startswith(f"{ledger}.bak-")


@pytest.mark.usefixtures("ledger")
def test_upgrade_says_that_there_is_nothing_to_do(typed: Callable[..., Any]) -> None:
    assert typed("db", "upgrade").out == f"the ledger has schema {HEAD}, the newest one: nothing to do.\n"
    assert json.loads(typed("db", "upgrade", "--json").out) == {"before": HEAD, "after": HEAD, "backup": None}


@pytest.mark.parametrize("arguments", [("info",), ("upgrade",), ("backup", "x.db")])
def test_without_a_ledger_the_answer_is_one_sentence(arguments: tuple[str, ...], typed: Callable[..., Any]) -> None:
    said = typed("db", *arguments)
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith("tokencli: there is no ledger at ")
    assert said.err.count("\n") == 1


def test_a_backup_that_is_not_there_is_one_sentence(typed: Callable[..., Any]) -> None:
    said = typed("db", "restore", "nope.db")
    assert (said.code, said.out) == (4, "")
    assert said.err == "tokencli: there is no backup file nope.db: name a copy that 'tokencli db backup FILE' made.\n"


def test_another_database_is_refused_in_one_sentence(typed: Callable[..., Any]) -> None:
    said = typed("db", "info", "--db", "postgresql://localhost/tokens")
    assert said.code == 4
    assert said.err.startswith("tokencli: postgresql ledgers are not supported in this version")


def test_another_machines_calls_come_in_once(
    ledger: Path, tmp_path: Path, log: Path, typed: Callable[..., Any]
) -> None:
    other = tmp_path / "laptop.db"
    assert typed("ingest", log, "--db", other).code == 0
    assert typed("db", "merge", other).out == f"{other}: 2 calls, 2 new.\n"
    said = json.loads(typed("db", "merge", other, "--json").out)
    assert said == {"place": str(other), "calls": 2, "recorded": 0, "merged": 0, "duplicate": 2, "sessions": 0}
    assert typed("db", "merge", ledger).code == 3
    assert typed("db", "merge", tmp_path / "none.db").code == 4
