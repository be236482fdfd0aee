from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import Shop, cost
from tests.services.test_reprice import apply, book_of, priced
from tokencli.domain.errors import UnknownMomentError
from tokencli.services import reprice
from tokencli.services.overview import overview
from tokencli.services.past import last_moment_of, look_back
from tokencli.services.report import Question, report
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from tokencli.domain.report import Totals

ASKED = Question(zone="UTC", group_by=("model",))
LATER = datetime(2026, 11, 25, tzinfo=UTC)


def believed(shop: Shop, moment: datetime) -> Totals:
    with open_ledger(shop.database.path, write=False) as database:
        look_back(database, moment)
        shown = overview(database, ASKED, now=LATER)
        asked = report(database, ASKED, now=LATER)
        assert asked.totals == shown.by_provider.totals
        assert all(row.totals.requests for row in asked.rows)
        return asked.totals


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", datetime(2026, 11, 20, 22, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-11-20T14:30", datetime(2026, 11, 20, 13, 30, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 29, 21, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_date_means_its_end_and_a_time_itself(text: str, moment: datetime) -> None:
    assert last_moment_of(text, "Europe/Paris") == moment


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(UnknownMomentError):
        last_moment_of("soon", "UTC")


def test_before_a_repricing_the_old_charges_were_believed(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, "alpha"), cost(1, "beta")))
    shop.connection.execute("DELETE FROM arrival")
    twice = book_of(priced("alpha", "2", "4"), priced("beta", "0.15", "0.60"))
    apply(shop, twice)
    third = book_of(priced("alpha", "3", "6"))
    reprice.apply(shop.database, third, Question(zone="UTC"), now=LATER, advance=lambda _: None)
    before, between, after = (
        believed(shop, moment) for moment in (LATER - timedelta(days=20), LATER - timedelta(days=1), LATER)
    )
    assert str(before.list_cost) == "0.000425"
    assert str(between.list_cost) == "0.000775"
    assert (str(after.list_cost), after.unpriced_requests) == ("0.00105", 1)
    with open_ledger(shop.database.path, write=False) as database:
        assert report(database, ASKED, now=LATER).totals == after
    shop.check()


def test_calls_that_had_not_come_in_yet_were_not_known(shop: Shop) -> None:
    log = shop.write("a.log", cost(0, "alpha"))
    shop.take(log)
    shop.connection.execute("UPDATE arrival SET arrived_at = ?", (10**15,))
    shop.append(log, cost(60, "alpha"), cost(120, "beta"))
    shop.take(log)
    arrivals = shop.connection.execute("SELECT arrived_at FROM arrival ORDER BY seq").fetchall()
    assert len(arrivals) == 2
    assert believed(shop, datetime(2025, 11, 1, tzinfo=UTC)).requests == 1
    assert believed(shop, LATER).requests == 3
    assert believed(shop, datetime(2025, 10, 1, tzinfo=UTC)).requests == 0


def test_what_an_earlier_version_took_in_arrived_when_its_log_was_last_read(shop: Shop) -> None:
    log = shop.write("a.log", cost(0, "alpha"))
    shop.take(log)
    shop.connection.execute("DELETE FROM arrival")
    shop.connection.execute("UPDATE log_file SET updated_at = ?", (10**15,))
    shop.append(log, cost(60, "alpha"))
    shop.take(log)
    assert [row[0] for row in shop.connection.execute("SELECT arrived_at FROM arrival ORDER BY seq")][:1] == [10**15]


def test_reading_again_what_is_unchanged_tells_of_no_arrival(shop: Shop) -> None:
    log = shop.write("a.log", cost(0, "alpha"))
    shop.take(log)
    shop.take(log)
    assert shop.connection.execute("SELECT count(*) FROM arrival").fetchone() == (1,)
