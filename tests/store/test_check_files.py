"""Open calls by run, modes that let others in, lines of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store import check_files, intents
from tokencli.store.dictionary import Dictionary
from tokencli.store.intents import IntentRow
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.store.database import Database


def test_open_calls_stand_under_their_run_with_the_oldest_time(db: Database) -> None:
    with db.transaction() as connection:
        base = Dictionary(connection).origin("a11ce0000000", "proxy", None) << ORIGIN_SHIFT
        intents.add(connection, [IntentRow(base + 1, 700, "{}"), IntentRow(base + 2, 500, "{}")])
    with db.reading() as connection:
        (found,) = check_files.open_calls(connection)
    assert found == ("a11ce0000000", 2, 500)


def test_only_modes_that_let_others_in_are_told(db: Database) -> None:
    assert check_files.open_modes(db.path, db.place) == []
    db.path.chmod(0o640)
    assert check_files.open_modes(db.path, db.place) == [(db.path, 0o640)]


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert check_files.lines_of(tmp_path / "aside.jsonl", "ledger") == 0
    (tmp_path / "aside.jsonl").write_text("{}\n{}\n")
    assert check_files.lines_of(tmp_path / "aside.jsonl", "ledger") == 2
