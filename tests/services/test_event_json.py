"""A call has the interface's keys, in their order, and times with the offset of the zone that was asked for."""

from __future__ import annotations

from tests.services.session_calls import call
from tokencli.domain.charge import Charge, CostStatus, unpriced
from tokencli.domain.money import usd
from tokencli.services.event_json import event_values, exact

KEYS = """event_id occurred_at source provider_name operation_name request_model response_model response_id session_id
conversation_id client agent project tags usage list_cost reported_cost cost_status finish error_type duration_s
time_to_first_token_s"""


def test_a_call_has_the_keys_of_the_interface() -> None:
    event = call("s", 0, (100, 10), tags={"team": "web"}, reported_cost=usd("0.50"))
    values = event_values(event, Charge(status=CostStatus.PRICED, list_cost=usd("0.0105")), zone="Asia/Tokyo")
    assert list(values) == KEYS.split()
    assert values["occurred_at"] == "2026-11-20T21:00:00+09:00"
    assert (values["list_cost"], values["reported_cost"], values["cost_status"]) == ("0.0105", "0.5", "priced")
    assert values["tags"] == {"team": "web"}
    assert values["usage"]["input_tokens"] == 100
    assert values["usage"]["basis"] == "reported"


def test_what_is_not_known_is_null() -> None:
    values = event_values(call(None, 0, None), unpriced("nobody knows"), zone="UTC")
    assert (values["usage"], values["list_cost"], values["session_id"]) == (None, None, None)


def test_money_has_no_exponent() -> None:
    assert exact(usd("0.000000000001")) == "0.000000000001"
    assert exact(None) is None
