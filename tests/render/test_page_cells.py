from __future__ import annotations

from tokencli.domain.money import usd
from tokencli.domain.report import Totals
from tokencli.render import page_cells as cells


def test_remarks_name_what_is_there_and_nothing_else() -> None:
    totals = Totals(requests=9, unpriced_requests=2, subscription_requests=1, missing_requests=3, errors=1)
    assert cells.remarks_of(totals).replace("\N{NO-BREAK SPACE}", " ") == (
        "2 unpriced, 1 by subscription, 3 without counts, 1 failed"
    )
    assert cells.remarks_of(Totals(requests=9, priced_requests=9)) == ""


def test_a_missing_price_is_a_word_and_never_0() -> None:
    unpriced = cells.cost_html(Totals(requests=2, list_cost=None, unpriced_requests=2))
    assert "unpriced" in unpriced
    assert "0" not in unpriced


def test_a_lower_bound_is_marked() -> None:
    assert "≥ $1.00" in cells.cost_html(Totals(requests=2, list_cost=usd(1), unpriced_requests=1))
    assert "≥" not in cells.cost_html(Totals(requests=2, list_cost=usd(1)))


def test_names_keep_their_direction_to_themselves() -> None:
    assert cells.name_html("<b>") == "<bdi>&lt;b&gt;</bdi>"
    assert cells.name_html(None) == '<bdi class="none">(unknown)</bdi>'


def test_headings_say_which_columns_hold_numbers() -> None:
    assert cells.headings(("Model", False), ("Calls", True)) == (
        '<thead><tr><th scope="col">Model</th><th scope="col" class="number">Calls</th></tr></thead>'
    )


def test_the_longest_amount_sets_the_places_of_a_column() -> None:
    assert cells.places_class([usd("1.5"), usd("0.0105"), None]) == "places-2"
    assert cells.places_class([usd("3")]) == "places-0"
    assert cells.places_class([]) == "places-0"
    assert cells.places_class([usd("0.000000000001")]) == "places-10"
