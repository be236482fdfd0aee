from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import cost, twin
from tests.tellers import Hearing, told
from tokencli.services.joins import TWIN_NOTE
from tokencli.services.meetings import BY_LIKENESS_NOTE

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.readers.told import Told

DAY_S = 86_400
"""The cost lines' noon is a day after the tellers'."""


@pytest.fixture
def hearing(shop: Shop) -> Hearing:
    return Hearing(shop.database, shop.book)


def call(key: str, second: float) -> Told:
    return told(key, DAY_S + second, 200, 75, conversation_id="c1")


def counts(shop: Shop, *lines: bytes, name: str = "a.log") -> tuple[int, ...]:
    told = shop.take(shop.write(name, *lines))
    return told.lines, told.recorded, told.merged, told.duplicate, told.other


def test_a_cost_line_of_a_call_that_the_proxy_told_is_one_more_sighting(shop: Shop, hearing: Hearing) -> None:
    hearing.hear("proxy", call("p:1", 0))
    assert counts(shop, cost(2), cost(500)) == (2, 1, 1, 0, 0)
    assert hearing.sightings() == [("cost-line", BY_LIKENESS_NOTE)]
    assert hearing.rows("f.source, e.reported_cost_pico") == [("proxy", 350_000_000), ("cost-line", 350_000_000)]


def test_the_other_way_round_is_the_same(shop: Shop, hearing: Hearing) -> None:
    assert counts(shop, cost(2), cost(500)) == (2, 2, 0, 0, 0)
    assert hearing.hear("proxy", call("p:1", 0))[:3] == (0, 1, 0)
    assert hearing.rows("f.source, e.reported_cost_pico") == [("proxy", 350_000_000), ("cost-line", 350_000_000)]


def test_a_copy_of_the_log_adds_nothing(shop: Shop, hearing: Hearing) -> None:
    hearing.hear("proxy", call("p:1", 0), call("p:2", 1))
    assert counts(shop, cost(2), cost(2), cost(2)) == (3, 1, 2, 0, 0)
    assert counts(shop, b"other\n", cost(2), cost(2), cost(2), name="b.log") == (4, 0, 0, 3, 1)
    packed = shop.write("c.gz", gzip.compress(b"more\n" + cost(2) + cost(2)))
    assert shop.take(packed).duplicate == 2
    assert hearing.totals()[0] == 3


def test_the_twin_of_such_a_line_names_the_agent(shop: Shop, hearing: Hearing) -> None:
    hearing.hear("proxy", call("p:1", 0))
    assert counts(shop, cost(2), twin(2.05)) == (2, 0, 2, 0, 0)
    assert hearing.rows("f.source, f.agent") == [("proxy", "neo")]
    assert (TWIN_NOTE in dict(hearing.sightings()).values()) or len(hearing.sightings()) == 2
    assert counts(shop, b"other\n", cost(2), twin(2.05), name="b.log") == (3, 0, 0, 2, 1)


def test_a_twin_that_comes_later_finds_the_call(shop: Shop, hearing: Hearing) -> None:
    hearing.hear("proxy", call("p:1", 0))
    log = shop.write("a.log", cost(2))
    shop.take(log)
    shop.append(log, twin(2.05))
    assert shop.take(log).merged == 1
    assert hearing.rows("f.source, f.agent") == [("proxy", "neo")]


def test_each_call_is_met_once(shop: Shop, hearing: Hearing) -> None:
    hearing.hear("proxy", call("p:1", 0))
    assert counts(shop, cost(1), cost(2)) == (2, 1, 1, 0, 0)
