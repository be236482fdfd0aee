"""The statements are run by `test_session_sums` and `test_sessions`; here they are only told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store import session_statements

if TYPE_CHECKING:
    from tokencli.store.database import Database


def test_each_statement_is_one_that_a_ledger_understands(db: Database) -> None:
    statements = [sql for sql in vars(session_statements).values() if str(sql).startswith("SELECT")]
    assert len(statements) > 1
    for sql in statements:
        db.connection.execute(f"EXPLAIN {sql}", (0, 1, "[1]")[3 - sql.count("?") :])
