"""Whatever happens to calls that no index has an entry for, they are found as a search through all rows finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost_logs import check_sums
from tests.tellers import NOON_US, Hearing, answer_id, told
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.services import reprice
from tokencli.services.merge import merge
from tokencli.services.record import Door
from tokencli.services.report import Question
from tokencli.store import check_links, known, witnesses
from tokencli.store.answers import NAME_START, NAMED_BY_ANSWER, first_with_answer
from tokencli.store.conversation import sum_of_conversation
from tokencli.store.database import open_ledger
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from tests.cost_logs import Shop
    from tokencli.readers.told import Told
    from tokencli.store.database import Database

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NOON = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOON_US)
RUN = "0123456789ab"
CONVERSATIONS = ("c1", "c2", "s1")
OTHER_PRICES = PriceBook(
    [[OwnPrice(provider_name=None, model="alpha", source="test", input_usd=usd("3"), output_usd=usd("5"))]]
)
SUMS = f"""\
SELECT count(*), coalesce(sum(f.cost_status = 'unpriced'), 0), coalesce(sum(e.list_cost_pico), 0),
       coalesce(sum(e.input_tokens), 0) + coalesce(sum(e.output_tokens), 0)
FROM event AS e JOIN facet AS f ON f.id = e.facet_id LEFT JOIN event_detail AS d NOT INDEXED ON d.event_id = e.id
WHERE d.conversation_id = ?1 OR (f.source = '{NAMED_BY_ANSWER}' AND f.session_id = ?1)"""
ALL_ANSWERS = "SELECT event_id, response_id FROM event_detail NOT INDEXED WHERE response_id IS NOT NULL ORDER BY 1"
OF_PROVIDER = """\
SELECT e.id FROM event AS e JOIN facet AS f ON f.id = e.facet_id JOIN event_detail AS d NOT INDEXED ON d.event_id = e.id
WHERE +d.response_id = ? AND f.provider_name IS ? ORDER BY e.occurred_at DESC, e.id DESC"""


def marked(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(found_elsewhere) FROM event_detail").fetchone()[0])


def check(connection: sqlite3.Connection) -> None:
    """Compare every way to look for calls with a search through all rows."""
    by_answer: dict[str, list[int]] = {}
    for number, answer in connection.execute(ALL_ANSWERS):
        by_answer.setdefault(answer, []).append(number)
    asked = [*by_answer, "msg_nobody"]
    assert witnesses.calls_with_answers(connection, asked) == by_answer
    providers = [name for (name,) in connection.execute("SELECT DISTINCT provider_name FROM facet")]
    for answer in asked:
        assert first_with_answer(connection, answer) == by_answer.get(answer, [None])[0]
        for provider in providers:
            expected = [number for (number,) in connection.execute(OF_PROVIDER, (answer, provider))]
            assert known.calls_answered(connection, provider, answer) == expected
    for name in (*CONVERSATIONS, "nobody"):
        expected = connection.execute(SUMS, (name,)).fetchone()
        found = sum_of_conversation(connection, name)
        assert (found and (found.requests, found.unpriced, found.pico, found.tokens)) == (
            expected if expected[0] else None
        )
    assert check_links.false_marks(connection) == 0
    assert check_links.damage(connection, whole=True) == []
    check_sums(connection)


class World:
    """A ledger that the log, the proxy and others tell of calls, and that is priced anew."""

    def __init__(self, database: Database, book: PriceBook) -> None:
        self.database = database
        self.book = book
        self.hearing = Hearing(database, book)
        self.seq = 0

    def log(self, *calls: Told, place: str = "") -> None:
        self.seq += 100
        self.hearing.hear(NAMED_BY_ANSWER, *calls, start=self.seq, place=place)

    def other(self, source: str, call: Told) -> None:
        self.seq += 100
        self.hearing.hear(source, call, start=self.seq)

    def proxy(self, event: UsageEvent) -> None:
        with self.database.transaction() as connection:
            ledger = Ledger(connection)
            ledger.dictionary.origin(RUN, "proxy", None)
            Door(ledger, self.book).record(event)

    def improve(self, event: UsageEvent) -> None:
        """Let a later look improve the proxy's call, if it has a row of its own."""
        with self.database.transaction() as connection:
            door = Door(Ledger(connection), self.book)
            number = door.number(event)
            if connection.execute("SELECT 1 FROM event WHERE id = ?", (number,)).fetchone():
                door.improve(event)

    def price_anew(self, book: PriceBook) -> None:
        reprice.apply(self.database, book, Question(zone="UTC"), now=NOW, advance=lambda _: None)


class Truth(NamedTuple):
    """One call as it was: its tokens, how it grew, its conversation and the proxy's, the user's session, its id."""

    into: int
    out: int
    steps: tuple[int, ...]
    conversation: str | None
    proxys_conversation: str | None
    session: str | None
    has_answer: bool


_names = st.sampled_from((None, *CONVERSATIONS))
TRUTHS = st.lists(
    st.builds(
        Truth,
        st.integers(1, 3),
        st.integers(20, 22),
        st.lists(st.integers(1, 19), max_size=1).map(tuple),
        _names,
        _names,
        _names,
        st.integers(0, 4).map(bool),
    ),
    min_size=1,
    max_size=4,
)


def of_log(number: int, truth: Truth, out: int) -> Told:
    answer = answer_id(f"{number:04d}") if truth.has_answer else None
    more: dict[str, Any] = {"response_id": answer, "conversation_id": truth.conversation}
    return told(f"{NAME_START}{answer or number}", number * 50.0 + 3, truth.into, out, **more)


def of_proxy(number: int, truth: Truth, *, is_late: bool = False) -> UsageEvent:
    usage = TokenUsage(input_tokens=truth.into, output_tokens=truth.out + is_late)
    return UsageEvent(
        event_id=EventId(f"{RUN}.{number + 1}"),
        occurred_at=NOON + timedelta(seconds=number * 50),
        source="proxy",
        basis=Basis.REPORTED,
        request_model="alpha",
        session_id=truth.session,
        conversation_id=truth.proxys_conversation,
        response_id=answer_id(f"{number:04d}"),
        usage=usage,
    )


def steps_of(world: World, truths: list[Truth]) -> list[Callable[[], object]]:
    """Return everything that may happen to these calls, each of which may happen again."""
    whole = [of_log(number, truth, truth.out) for number, truth in enumerate(truths)]
    parts = [of_log(number, truth, out) for number, truth in enumerate(truths) for out in truth.steps]
    steps: list[Callable[[], object]] = [
        lambda: world.log(*whole[: len(whole) // 2 + 1]),
        lambda: world.log(*whole[len(whole) // 2 :]),
        lambda: world.log(*whole, place="copy"),
        lambda: world.log(*parts),
        lambda: world.price_anew(OTHER_PRICES),
        lambda: world.price_anew(world.book),
    ]
    for number, truth in enumerate(truths):
        event, late = of_proxy(number, truth), of_proxy(number, truth, is_late=True)
        seen = told(f"o:{number}", number * 50.0 + 4, truth.into, truth.out, agent="scout")
        named = told(f"x:{number}", number * 50.0 + 5, truth.into, truth.out, conversation_id=truth.session)
        steps += [
            partial(world.proxy, event),
            partial(world.improve, late),
            partial(world.other, "otel", seen),
            partial(world.other, "codex", named),
        ]
    return steps


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TRUTHS, st.data())
def test_calls_are_found_whatever_tells_of_them_in_any_order(
    book: PriceBook, tmp_path_factory: pytest.TempPathFactory, truths: list[Truth], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with (
        open_ledger(folder / "l.db", write=True, create=True) as database,
        open_ledger(folder / "other.db", write=True, create=True) as other,
    ):
        world = World(database, book)
        steps = steps_of(world, truths)
        first = data.draw(st.integers(0, 3), "first")
        for number in (first, *data.draw(st.lists(st.integers(0, len(steps) - 1), max_size=8), "then")):
            steps[number]()
            check(database.connection)
        merge(other, database)
        assert marked(other.connection) == 0
        check(other.connection)


def test_a_log_alone_is_marked_and_stays_so_when_it_is_read_again_and_priced_anew(shop: Shop) -> None:
    world = World(shop.database, shop.book)
    truths = [Truth(2, 20, (), name, None, None, has_answer=True) for name in (None, "c1", "c1")]
    calls = [of_log(number, truth, truth.out) for number, truth in enumerate(truths)]
    world.log(*calls)
    world.log(*calls, place="copy")
    world.price_anew(OTHER_PRICES)
    assert marked(shop.connection) == 3
    check(shop.connection)


@pytest.mark.parametrize("seen_by", ["proxy", "otel"])
def test_another_witness_with_better_figures_brings_the_call_back_into_the_indexes(shop: Shop, seen_by: str) -> None:
    world = World(shop.database, shop.book)
    truth = Truth(2, 20, (), "c1", "c2", "s1", has_answer=True)
    world.log(*(of_log(number, truth, 20) for number in range(2)))
    if seen_by == "proxy":
        world.proxy(of_proxy(0, truth))
    else:
        world.other("otel", told("o:0", 4, 2, 20, agent="scout"))
    assert marked(shop.connection) == 1
    check(shop.connection)
