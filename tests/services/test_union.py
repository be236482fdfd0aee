from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tokencli.services.union import tells_better, union
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import DetailRow, EventRow
from tokencli.store.witnesses import KnownCall


def call(
    source: str = "tiny", out: int | None = 5, at: int = 100, *, number: int = 1, cost: int | None = 7, **facet: Any
) -> KnownCall:
    into = None if out is None else 10
    rest = None if out is None else 0
    event = EventRow(number, at, 1, into, rest, rest, out, rest, cost, None)
    basis = "missing" if out is None else "reported"
    status = "unpriced" if cost is None else "priced"
    return KnownCall(event, Facet(source=source, basis=basis, cost_status=status, **facet), DetailRow())


CALLS = st.builds(
    call,
    st.sampled_from(["proxy", "tiny", "otel"]),
    st.none() | st.integers(0, 3),
    st.integers(0, 9),
    cost=st.sampled_from([None, 7]),
    agent=st.sampled_from(["scout", "main"]),
)


@given(CALLS, CALLS, CALLS)
def test_the_figures_are_the_same_in_any_order(one: KnownCall, two: KnownCall, three: KnownCall) -> None:
    first = union(union(one, two), three)
    second = union(three, union(two, one))
    assert first.event[3:8] == second.event[3:8]
    assert tells_better(first, second) is tells_better(second, first) is False


def test_better_figures_come_with_their_source_and_what_they_lack_is_filled_in() -> None:
    old = call("tiny", 5, 130, agent="scout", tags='{"branch": "main"}', request_model="m")
    new = call("proxy", 9, 100, number=2, tags='{"team": "x"}')
    both = union(old, new)
    assert (both.event.id, both.event.occurred_at, both.event.output_tokens) == (1, 100, 9)
    assert (both.facet.source, both.facet.agent, both.facet.request_model) == ("proxy", "scout", "m")
    assert both.facet.tags == '{"branch": "main", "team": "x"}'


def test_worse_figures_only_fill_in() -> None:
    old = call("proxy", 9, 100)
    new = call("tiny", 12, 90, number=2, agent="scout")
    both = union(old, new._replace(event=new.event._replace(reported_cost_pico=3)))
    assert (both.event.output_tokens, both.event.reported_cost_pico, both.facet.agent) == (9, 3, "scout")
    assert both.event.occurred_at == 100


def test_a_priced_telling_is_better_than_one_without_a_model() -> None:
    assert tells_better(call("otel", 5), call("tiny", 5, cost=None))
    assert not tells_better(call("tiny", 5, cost=None), call("otel", 5))
