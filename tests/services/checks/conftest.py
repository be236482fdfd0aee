"""A bench with a clean ledger of sixty days, and one with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import Bench, fill, prices
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench with an empty ledger."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        yield Bench(database, prices())


@pytest.fixture
def bench(empty: Bench) -> Bench:
    """Return a bench whose ledger holds 3,000 calls of sixty days, all in order."""
    fill(empty.database, empty.book, 3000)
    return empty
