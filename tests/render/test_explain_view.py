"""One call explained on the terminal."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from tokencli.domain.charge import Charge, CostStatus, unpriced
from tokencli.domain.explain import Explanation, Sighting
from tokencli.domain.money import ZERO, Usd, usd
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.render.explain_view import exact_dollars, explain_panel

if TYPE_CHECKING:
    from tokencli.domain.event import UsageEvent


def printed(explanation: Explanation, width: int = 100, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, errors="strict"), width=width, highlight=False)
    console.print(explain_panel(explanation, console, zone="Europe/Paris"))
    console.file.flush()
    return "\n".join(line.rstrip() for line in raw.getvalue().decode(encoding).split("\n"))


def changed(explanation: Explanation, event: UsageEvent) -> Explanation:
    return replace(explanation, event=event)


def test_the_call_is_named(explanation: Explanation) -> None:
    told = printed(explanation)
    for line in (
        "  id         0123456789ab.1042",
        "  when       2026-11-20 15:33:00+01:00",
        "  model      gpt-4o-2024-11-20",
        "  asked for  gpt-4o",
        "  agent      nexus",
        "  tags       team=web",
        "  seen by    cost-line, /var/log/backend.log, byte 1042",
        "  finish     ok, after 2.31 s",
    ):
        assert f"\n{line}\n" in told


def test_tokens_are_a_tree_whose_parts_are_not_added_again(explanation: Explanation) -> None:
    told = printed(explanation)
    assert "├─ cache read         8,000" in told
    assert "   └─ for 1 hour         45" in told
    assert "  total                13,023" in told


def test_the_sum_is_shown_line_by_line_with_the_price_and_its_date(explanation: Explanation) -> None:
    told = printed(explanation)
    assert "  input                4,000  x   $2.50/M  =  $0.01000  (batch: 0.5 x standard)" in told
    assert "  web search requests      2  x     $0.01  =  $0.02000" in told
    assert "=  $0.04678" in told
    assert "price: genai-prices 0.2.3, in force since 2026-05-01" in told
    assert "known lists disagree" in told


def test_printed_prices_that_do_not_give_the_printed_cost_are_said_to_be_others(explanation: Explanation) -> None:
    assert "not the reported cost" not in printed(explanation)
    rounded = replace(explanation, logged_amount=Usd(Decimal("0.05")))
    assert "tokens x printed prices  $0.05, not the reported cost: the log rounded" in printed(rounded)


def test_what_the_log_said_stands_beside_it(explanation: Explanation) -> None:
    told = printed(explanation)
    assert "printed prices           input $5.00/M, output $15.00/M" in told
    assert "tokens x printed prices  $0.071895" in told
    assert "$0.025115 above the list (1.5x the list)" in told


def test_a_log_that_agrees_has_no_difference(explanation: Explanation) -> None:
    same = changed(explanation, replace(explanation.event, reported_cost=explanation.charge.list_cost))
    assert "difference               none" in printed(same)


def test_a_log_below_the_list_is_told_as_such(explanation: Explanation) -> None:
    below = changed(explanation, replace(explanation.event, reported_cost=Usd(Decimal("0.02339"))))
    assert "$0.02339 below the list (1/2.0 of the list)" in printed(below)


def test_a_source_that_said_no_cost_has_no_such_block(explanation: Explanation) -> None:
    silent = replace(explanation.event, reported_cost=None, reported_prices=None)
    assert "what the log says" not in printed(changed(replace(explanation, logged_amount=None), silent))


def test_every_sighting_is_shown(explanation: Explanation) -> None:
    told = printed(explanation)
    assert "/var/log/backend.log, byte 1042" in told
    assert "0123456789ab, byte 1300 (twin line: agent nexus)" in told


def test_an_unpriced_call_says_why(explanation: Explanation) -> None:
    told = printed(replace(explanation, charge=unpriced("no list knows 'x'")))
    assert "unpriced: no list knows 'x'." in told
    assert "$0.00\n" not in told


def test_a_subscription_is_not_a_price_of_zero(explanation: Explanation) -> None:
    charge = Charge(status=CostStatus.SUBSCRIPTION, list_cost=ZERO, price_source="config.toml")
    told = printed(replace(explanation, charge=charge))
    assert "$0.00 (subscription)" in told
    assert "config.toml, in force since the list begins" in told


def test_a_call_without_counts_says_so(explanation: Explanation) -> None:
    missing = changed(explanation, replace(explanation.event, usage=None, basis=Basis.MISSING))
    assert "The source told no token counts." in printed(missing)


def test_our_own_count_stands_beside_the_told_one(explanation: Explanation) -> None:
    counted = changed(explanation, replace(explanation.event, estimate=Estimate(input_tokens=3900)))
    shown = printed(counted)
    assert "our own count" in shown
    assert "3,900 tokens" in shown
    assert "our own count" not in printed(explanation)


def test_counts_that_contradict_themselves_are_kept_and_marked(explanation: Explanation) -> None:
    usage = TokenUsage(input_tokens=1, cache_read_tokens=9, inconsistent=True, citation_tokens=4, web_search_requests=2)
    told = printed(changed(explanation, replace(explanation.event, usage=usage)))
    assert "└─ cache read" in told
    assert "contradict each other" in told
    assert "web searches" in told
    assert "citations" in told


def test_plain_calls_need_no_tree(explanation: Explanation) -> None:
    usage = TokenUsage(input_tokens=200, output_tokens=75)
    told = printed(changed(explanation, replace(explanation.event, usage=usage)))
    assert "─" not in told
    assert "  total   275" in told


def test_a_session_is_shown_by_its_name_where_it_has_one(explanation: Explanation) -> None:
    told = changed(explanation, replace(explanation.event, session_id="f7d88a06efba"))
    assert re.search(r"session +f7d88a06efba\n", printed(told))
    assert re.search(r"session +search\n", printed(replace(told, session_name="search")))


@pytest.mark.parametrize("width", [80, 160])
def test_hostile_names_are_dead(explanation: Explanation, width: int) -> None:
    name = "\x1b]52;c;x\x07\u202e[/x]</script>"
    event = replace(
        explanation.event,
        response_model=name,
        request_model=f"{name}2",
        agent=name,
        tags={name: name},
        provider_name=name,
        error_type=name,
        session_id=name,
    )
    told = printed(
        Explanation(
            event=event,
            charge=unpriced(name),
            place=name,
            sightings=(
                Sighting(source=name, origin=name, place=name, seq=1, occurred_at=event.occurred_at, note=name),
            ),
        ),
        width,
    )
    assert {char for char in told if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}} == {"\n"}
    assert "[/x]</script>" in told
    assert all(cell_len(line) <= width for line in told.split("\n"))


def test_a_narrow_console_gets_plain_signs(explanation: Explanation) -> None:
    told = printed(explanation, encoding="ascii")
    assert "`- cache write" in told


@pytest.mark.parametrize(
    ("amount", "shown"), [("0.0105", "$0.0105"), ("3", "$3.00"), ("1234.5", "$1,234.50"), ("-0.5", "-$0.50")]
)
def test_dollars_show_every_digit(amount: str, shown: str) -> None:
    assert exact_dollars(Decimal(amount)) == shown


def test_a_log_that_only_rounds_is_as_the_list(explanation: Explanation) -> None:
    event = replace(explanation.event, reported_cost=usd("0.046781"))
    charge = replace(explanation.charge, list_cost=usd("0.0467807"), lines=())
    told = printed(replace(explanation, event=event, charge=charge))
    assert re.search(r"difference +as the list, rounded\n", told)
    assert "1.00" not in told.partition("what the log says")[2].partition("sightings")[0]
