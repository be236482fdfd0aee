"""One call as JSON: the keys of the interface, exact money, harmless text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tokencli.domain.charge import unpriced
from tokencli.domain.usage import Basis, Estimate
from tokencli.render.event_text import explain_json

if TYPE_CHECKING:
    from tokencli.domain.explain import Explanation

KEYS = [
    *("event_id", "occurred_at", "source", "provider_name", "operation_name", "request_model", "response_model"),
    *("response_id", "session_id", "conversation_id", "client", "agent", "project", "tags", "usage", "list_cost"),
    *("reported_cost", "cost_status", "finish", "error_type", "duration_s", "time_to_first_token_s"),
]


def document(explanation: Explanation) -> dict[str, Any]:
    found = json.loads(explain_json(explanation, zone="Europe/Paris"))
    assert isinstance(found, dict)
    return found


def test_json_has_the_keys_of_the_interface_in_their_order(explanation: Explanation) -> None:
    told = document(explanation)
    assert list(told) == [*KEYS, "estimate", "charge", "past_charges", "sightings"]
    usage = list(told["usage"])
    assert usage[:7] == [
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "reasoning_tokens",
    ]
    assert usage[-1] == "basis"
    assert told["occurred_at"] == "2026-11-20T15:33:00+01:00"


def test_the_charge_adds_up_line_by_line(explanation: Explanation) -> None:
    charge = document(explanation)["charge"]
    assert charge["list_cost"] == "0.04678"
    assert charge["price_effective_from"] == "2026-05-01"
    assert charge["is_disputed"] is True
    assert charge["lines"][0] == {
        "unit": "input_tokens",
        "quantity": 4000,
        "unit_price_usd": "0.0000025",
        "amount": "0.01",
        "note": "batch: 0.5 x standard",
    }


def test_every_sighting_is_listed(explanation: Explanation) -> None:
    sightings = document(explanation)["sightings"]
    assert [one["seq"] for one in sightings] == [1042, 1300]
    assert list(sightings[0]) == ["source", "origin", "place", "seq", "occurred_at", "note"]


def test_our_own_count_stands_beside_the_reported_one(explanation: Explanation) -> None:
    counted = replace(explanation, event=replace(explanation.event, estimate=Estimate(input_tokens=3900)))
    told = document(counted)
    assert told["estimate"] == {"input_tokens": 3900, "output_tokens": None}
    assert told["usage"] == document(explanation)["usage"]
    assert document(explanation)["estimate"] is None


def test_what_is_not_known_is_null(explanation: Explanation) -> None:
    event = replace(explanation.event, usage=None, basis=Basis.MISSING, reported_cost=None)
    told = document(replace(explanation, event=event, charge=unpriced("nothing was counted")))
    assert told["usage"] is None
    assert told["list_cost"] is None
    assert told["reported_cost"] is None
    assert told["cost_status"] == "unpriced"
    assert told["charge"]["reason"] == "nothing was counted"


def test_hostile_names_are_escaped_and_kept(explanation: Explanation) -> None:
    name = "\x1b]52;c;x\x07\u202e</script>"
    told = explain_json(replace(explanation, event=replace(explanation.event, agent=name)), zone="UTC")
    assert told.isascii()
    assert told.replace("\n", "").isprintable()
    assert json.loads(told)["agent"] == name
