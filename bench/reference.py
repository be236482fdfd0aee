"""The reference for cold ingest: one regular expression, executemany, a durable SQLite table, and nothing else.

No prices, no identity, no resume, no merging: what anyone would write in ten minutes, written with care.
Run: python bench/reference.py LOG DATABASE
"""

from __future__ import annotations

import re
import sqlite3
import sys

LINE = re.compile(
    rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \w+ \[[^\]]+\] \[(\w+)\] Cost calculated: \$([\d.]+) "
    rb"\(model=([^,]+), input=(\d+) tokens, output=(\d+) tokens, pricing_input=\$([\d.]+)/token, "
    rb"pricing_output=\$([\d.]+)/token\)"
)
BATCH_ROWS = 10_000
INSERT = "INSERT INTO costs(time, provider, model, input_tokens, output_tokens, cost) VALUES (?, ?, ?, ?, ?, ?)"


def main(log: str, database: str) -> int:
    """Read all cost lines of the log into the database and return how many there were."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE costs(id INTEGER PRIMARY KEY, time TEXT, provider TEXT, model TEXT, "
        "input_tokens INTEGER, output_tokens INTEGER, cost TEXT)"
    )
    rows: list[tuple[str, str, str, int, int, str]] = []
    count = 0
    with open(log, "rb") as lines:  # noqa: PTH123 - no module more than the loop needs
        for line in lines:
            found = LINE.match(line)
            if found is None:
                continue
            time, provider, cost, model, input_tokens, output_tokens, _, _ = found.groups()
            rows.append(
                (time.decode(), provider.decode(), model.decode(), int(input_tokens), int(output_tokens), cost.decode())
            )
            if len(rows) == BATCH_ROWS:
                count += _store(connection, rows)
    count += _store(connection, rows)
    connection.close()
    return count


def _store(connection: sqlite3.Connection, rows: list[tuple[str, str, str, int, int, str]]) -> int:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, rows)
    connection.execute("COMMIT")
    count = len(rows)
    rows.clear()
    return count


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]))
