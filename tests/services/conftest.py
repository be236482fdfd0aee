"""A shop: one ledger that takes logs in, with prices that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import Shop, prices
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.pricing.book import PriceBook


@pytest.fixture(scope="session")
def book() -> PriceBook:
    """Return one price book for all tests."""
    return prices()


@pytest.fixture
def shop(tmp_path: Path, book: PriceBook) -> Iterator[Shop]:
    """Return an empty ledger with a folder for logs beside it."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        yield Shop(database, book, tmp_path / "logs")
