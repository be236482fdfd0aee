"""A call that two lines tell counts once, whatever file, batch or order they come in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, cost, twin
from tokencli.readers import cost_log, lines

if TYPE_CHECKING:
    from tests.cost_logs import Shop

CALL = ("alpha", 200, 75, 350_000_000)


def told(shop: Shop) -> list[tuple[object, ...]]:
    """Return agent, model, tokens and dollars of every call."""
    keys = ("agent", "model", "input", "output", "reported")
    return [tuple(call[key] for key in keys) for call in shop.calls()]


def test_twin_in_the_same_file_names_the_agent(shop: Shop) -> None:
    counts = shop.take(shop.write("a.log", cost(0), twin(0.05)))
    assert (counts.recorded, counts.merged) == (1, 1)
    assert told(shop) == [("neo", *CALL)]
    assert shop.calls()[0]["listed"] == 350_000_000


def test_twin_a_little_before_its_call_belongs_to_it(shop: Shop) -> None:
    assert shop.take(shop.write("a.log", twin(0), cost(0.5))).recorded == 1
    assert told(shop) == [("neo", *CALL)]


@pytest.mark.parametrize("size", [1, 100, 150, 200, 333, 1000])
def test_where_blocks_end_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(lines, "BLOCK", size)
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", size)
    log = [NOISE + cost(second) + twin(second + 0.05, f"agent-{second}") for second in range(30)]
    shop.take(shop.write("a.log", *log))
    assert told(shop) == [(f"agent-{second}", *CALL) for second in range(30)]


@pytest.mark.parametrize("order", [("calls", "twins"), ("twins", "calls")])
def test_twins_in_another_file_find_their_calls_in_both_orders(shop: Shop, order: tuple[str, str]) -> None:
    shop.write("calls", *(cost(second) for second in range(20)))
    shop.write("twins", *(twin(second + 0.05, f"agent-{second}") for second in range(20)))
    for name in order * 2:
        shop.take(shop.folder / name)
    assert told(shop) == [(f"agent-{second}", *CALL) for second in range(20)]
    assert shop.totals()[3] == 20 * 350_000_000


def test_two_calls_of_one_model_and_price_keep_their_own_agents(shop: Shop) -> None:
    calls = [cost(0, tokens=(200, 75)), cost(0.02, tokens=(100, 125))]
    twins = [twin(0.01, "neo"), twin(0.03, "nexus")]
    for number, parts in enumerate((calls[0] + twins[0] + calls[1] + twins[1], b"".join(calls + twins))):
        path = shop.write(f"{number}.log", parts.replace(b"2025-10-10", b"2025-10-1%d" % number))
        assert shop.take(path).recorded == 2
    assert {(agent, into) for agent, _, into, *_ in told(shop)[:2]} == {("neo", 200), ("nexus", 100)}
    assert [agent for agent, *_ in told(shop)].count("neo") == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", ["calls", "twins"])
def test_two_calls_near_each_other_are_two_in_any_order_of_files(
    shop: Shop, order: tuple[int, ...], together: str
) -> None:
    calls, twins = [cost(0), cost(2)], [twin(0.05, "neo"), twin(2.05, "nexus")]
    parts = [b"".join(calls), *twins] if together == "calls" else [*calls, b"".join(twins)]
    for number in (*order, *order):
        shop.take(shop.write(f"{number}.log", parts[number]))
    assert told(shop) == [("neo", *CALL), ("nexus", *CALL)]


@pytest.mark.parametrize("order", [("call", "twin"), ("twin", "call"), ("both",)])
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("OpenAI", "alpha"),
        ("Groq", "llama-3.3-70b-versatile"),
        ("Groq", "openai/gpt-oss-120b"),
        ("Gemini", "gemini-1.5-flash"),
    ],
)
def test_line_without_model_gets_the_model_of_its_twin(
    shop: Shop, order: tuple[str, ...], provider: str, model: str
) -> None:
    call, mate = cost(0, None, provider=provider), twin(0.6, model=model)
    for name, content in (("call", call), ("twin", mate), ("both", call + mate)):
        shop.write(name, content)
    for name in order:
        shop.take(shop.folder / name)
    assert told(shop) == [("neo", model, 200, 75, 350_000_000)]
    assert shop.calls()[0]["provider"] == provider.lower()
    for number, name in enumerate(("call", "twin", "both")):
        copy = shop.write(f"copy-{number}.log", NOISE, (shop.folder / name).read_bytes())
        assert shop.take(copy).recorded == 0, name
    assert len(shop.calls()) == 1


def test_line_without_model_is_priced_by_the_model_of_its_twin(shop: Shop) -> None:
    shop.take(shop.write("call", cost(0, None)))
    assert shop.calls()[0]["status"] == "unpriced"
    shop.take(shop.write("twin", twin(0.6)))
    assert (shop.calls()[0]["status"], shop.calls()[0]["listed"]) == ("priced", 350_000_000)


@pytest.mark.parametrize("first", ["both", "call", "twin"])
def test_copies_of_a_call_and_its_twin_add_nothing(shop: Shop, first: str) -> None:
    content = {"both": cost(0) + twin(0.05), "call": cost(0), "twin": twin(0.05)}
    for name, text in content.items():
        shop.write(name, text)
    shop.take(shop.folder / first)
    for number in range(3):
        shop.take(*(shop.write(f"{name}-{number}", NOISE * (number + 1), text) for name, text in content.items()))
    assert told(shop) == [("neo", *CALL)]


def test_copied_twin_takes_no_new_call_from_its_own_twin(shop: Shop) -> None:
    old = cost(0, dollars="0.000000") + twin(1, "neo", dollars="0.000000")
    new = cost(1.5, dollars="0.000000") + twin(3, "nexus", dollars="0.000000")
    shop.take(shop.write("a.log", old))
    counts = shop.take(shop.write("b.log", NOISE, old, new))
    assert (counts.recorded, counts.merged, counts.duplicate) == (1, 1, 2)
    assert [agent for agent, *_ in told(shop)] == ["neo", "nexus"]


def test_identical_twins_alone_are_as_many_calls_as_lines_wherever_blocks_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK", 50)
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", 50)
    shop.take(shop.write("a.log", twin(0) * 3))
    assert len(shop.calls()) == 3
    assert shop.take(shop.write("copy.log", NOISE, twin(0) * 3)).duplicate == 3


def test_twin_of_another_price_or_model_or_too_late_is_a_call_of_its_own(shop: Shop) -> None:
    others = [twin(0.1, dollars="0.000351"), twin(0.1, model="beta"), twin(5.001)]
    assert shop.take(shop.write("a.log", cost(0), *others)).recorded == 4


def test_calls_that_only_twins_told_get_their_tokens_later(shop: Shop) -> None:
    shop.take(shop.write("twins", twin(0.05), twin(10.05, "nexus")))
    assert {call["basis"] for call in shop.calls()} == {"missing"}
    counts = shop.take(shop.write("calls", cost(0), cost(5), cost(10)))
    assert (counts.recorded, counts.merged) == (1, 2)
    assert [agent for agent, *_ in told(shop)] == ["neo", None, "nexus"]
    assert {call["basis"] for call in shop.calls()} == {"reported"}


def test_busy_seconds_leave_no_twin_over(shop: Shop) -> None:
    log = sorted(
        [(tenth / 10, cost(tenth / 10, dollars="0.000000")) for tenth in range(300)]
        + [(tenth / 10 + 0.25, twin(tenth / 10 + 0.25, dollars="0.000000")) for tenth in range(300)]
    )
    counts = shop.take(shop.write("a.log", *(line for _, line in log)))
    assert (counts.recorded, counts.merged) == (300, 300)


def test_two_agents_of_the_command_line_do_not_part_a_call(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0)), agent="neo")
    counts = shop.take(shop.write("b.log", twin(0)), agent="neo")
    assert (counts.recorded, counts.merged) == (0, 1)
