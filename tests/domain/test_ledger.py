"""What a ledger's facts mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tokencli.domain.ledger import LedgerInfo

INFO = LedgerInfo(
    place="ledger.db",
    path="/home/me/ledger.db",
    ledger_id="0" * 32,
    created_at=None,
    schema="0001",
    known_schema="0001",
    mode=0o600,
    bytes=1,
    wal_bytes=0,
    calls=0,
    first_call=None,
    last_call=None,
    sqlite="3.40.1",
    synchronous="FULL",
)


def test_a_ledger_of_the_newest_schema_is_current() -> None:
    assert INFO.is_current
    assert not replace(INFO, schema="0000").is_current


@pytest.mark.parametrize(("mode", "is_private"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_private_means_closed_to_everybody_else(mode: int, *, is_private: bool) -> None:
    assert replace(INFO, mode=mode).is_private is is_private
