import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tokencli.config.values import ProviderSettings
from tokencli.domain.charge import Charge, CostStatus, unpriced
from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.money import ZERO, Usd
from tokencli.domain.session import Session
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.render.serve_view import (
    ServeView,
    call_line,
    recovered_words,
    start_json,
    start_text,
    stopped_words,
    stopping_words,
)
from tokencli.services.catalogue import ListedProvider
from tokencli.services.recovery import Recovered

NOW = datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC)
VIEW = ServeView(
    version="1.2.3",
    base_urls={"openai": "http://127.0.0.1:8000/v1", "anthropic": "http://127.0.0.1:8000"},
    needs_token=False,
    providers=[
        ListedProvider(entry=ProviderSettings(name="mistral"), models=2, has_key=True, key_source="MISTRAL_API_KEY"),
        ListedProvider(entry=ProviderSettings(name="groq"), models=0, has_key=False, key_source="GROQ_API_KEY"),
        ListedProvider(entry=ProviderSettings(name="local"), models=0, has_key=False, key_source=None),
    ],
    ledger="/data/ledger.db",
    config="/etc/config\x1b[31m.toml",
    session=None,
    recovered=Recovered(),
)
EVENT = UsageEvent(
    event_id=EventId("run.1"),
    occurred_at=NOW,
    source="proxy",
    basis=Basis.REPORTED,
    provider_name="mistral",
    request_model="mistral-large-2411",
    usage=TokenUsage(input_tokens=1200, output_tokens=5),
)


def test_the_start_says_where_clients_go_and_who_has_a_key() -> None:
    said = start_text(VIEW).split("\n")
    assert said[0] == "tokencli 1.2.3 is ready; Ctrl-C stops it."
    assert "  OpenAI-style clients  http://127.0.0.1:8000/v1" in said
    assert "  keys                  mistral" in said
    assert "  no key                groq (GROQ_API_KEY)" in said
    assert "  need no key           local" in said
    assert "  session               none is active: 'tokencli session new' begins one" in said
    assert not [line for line in said if "\x1b" in line]


def test_the_start_names_the_session_the_token_and_what_was_recovered() -> None:
    session = Session(id="a1", name="work", created_at=NOW, provider_name="mistral", is_active=True)
    said = start_text(replace(VIEW, needs_token=True, session=session, recovered=Recovered(unknown=1, spooled=2)))
    assert "work (mistral)" in said
    assert "X-Tokencli-Token" in said
    assert "1 call left open by a crash, now settled as unknown; 2 calls taken in from the spool" in said


def test_a_start_on_every_address_names_the_one_for_this_machine_too() -> None:
    said = start_text(replace(VIEW, local_url="http://127.0.0.1:8000"))
    assert "every address of this machine; its own programs may use http://127.0.0.1:8000" in said
    assert "every address" not in start_text(VIEW)


def test_the_start_in_json_is_one_line() -> None:
    told = start_json(VIEW)
    assert "\n" not in told
    values = json.loads(told)
    assert values["providers"][1] == {"name": "groq", "has_key": False, "key_source": "GROQ_API_KEY"}
    assert values["recovered"] == {"unknown": 0, "spooled": 0, "broken": 0}


def test_nothing_is_said_of_a_clean_start_and_lines_kept_aside_are_counted() -> None:
    assert recovered_words(Recovered()) == ""
    assert recovered_words(Recovered(broken=2)) == "2 lines kept aside unread beside the ledger"


def test_a_call_is_one_line_with_its_tokens_and_cost() -> None:
    charge = Charge(status=CostStatus.PRICED, list_cost=Usd(Decimal("0.0024")))
    assert call_line(EVENT, charge) == "12:00:07 mistral/mistral-large-2411: 1,200 in, 5 out, $0.002400"


@pytest.mark.parametrize(
    ("charge", "word"),
    [
        (unpriced("no price is known"), "unpriced"),
        (Charge(status=CostStatus.SUBSCRIPTION, list_cost=ZERO), "subscription"),
        (Charge(status=CostStatus.FREE, list_cost=ZERO), "free"),
    ],
)
def test_a_call_without_a_sum_says_why_and_never_0_dollars(charge: Charge, word: str) -> None:
    assert call_line(EVENT, charge) == f"12:00:07 mistral/mistral-large-2411: 1,200 in, 5 out, {word}"


def test_a_call_that_did_not_end_well_says_so_and_unknown_counts_are_not_0() -> None:
    event = replace(
        EVENT, usage=None, basis=Basis.MISSING, finish=Finish.ERROR, error_type="http_500", request_model="a\x1b]0;b"
    )
    assert call_line(event, None) == "12:00:07 mistral/a\\x1b]0;b: ? in, ? out, error (http_500)"


def test_the_end_says_what_is_waited_for_and_what_was_broken_off() -> None:
    assert stopping_words(2, 30) == "stopping: 2 calls may take 30 s to end; once more breaks them off."
    assert stopped_words(1) == "1 call broken off and settled with what was known."
