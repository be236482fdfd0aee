from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tokencli.domain.event import EventId, Finish
from tokencli.domain.intent import Intent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.proxy.rows import Ending, bare_row, row_of, side_row
from tokencli.wire.reading import Reading, SideCall

ID = EventId("run.1")
INTENT = Intent(
    opened_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    provider_name="groq",
    operation_name="chat",
    request_model="m",
    session_id="s1",
    conversation_id="c1",
    client="aider",
    agent="a",
    project="p",
    tags={"team": "x"},
    estimated_input_tokens=100,
)
USED = TokenUsage(input_tokens=90, output_tokens=9)


class Tenth:
    def __init__(self) -> None:
        self.lessons: list[tuple[str | None, str | None, Estimate, TokenUsage]] = []

    def estimate_output(self, provider_name: str | None, model: str | None, output_bytes: int) -> int | None:
        assert (provider_name, model) == ("groq", "m")
        return output_bytes // 10

    def learn(self, provider_name: str | None, model: str | None, *, estimated: Estimate, real: TokenUsage) -> None:
        self.lessons.append((provider_name, model, estimated, real))


def test_what_is_known_of_the_call_stands_in_its_row() -> None:
    reading = Reading(usage=USED, basis=Basis.REPORTED, response_model="m-1", response_id="r1", finish=Finish.OK)
    row = row_of(ID, INTENT, reading, Ending(duration_s=2.0, time_to_first_token_s=0.5), Tenth())
    assert (row.session_id, row.conversation_id, row.client, row.agent, row.project) == ("s1", "c1", "aider", "a", "p")
    assert (row.tags, row.response_model, row.response_id) == ({"team": "x"}, "m-1", "r1")
    assert (row.duration_s, row.time_to_first_token_s) == (2.0, 0.5)
    assert (row.usage, row.basis, row.finish) == (USED, Basis.REPORTED, Finish.OK)


def test_reported_figures_and_our_own_stand_side_by_side_and_teach() -> None:
    estimator = Tenth()
    reading = Reading(usage=USED, basis=Basis.REPORTED, finish=Finish.OK, output_bytes=80)
    row = row_of(ID, INTENT, reading, Ending(), estimator)
    assert row.estimate == Estimate(input_tokens=100, output_tokens=8)
    assert estimator.lessons == [("groq", "m", Estimate(input_tokens=100, output_tokens=8), USED)]


def test_partial_figures_teach_nothing() -> None:
    estimator = Tenth()
    reading = Reading(usage=USED, basis=Basis.PARTIAL, finish=Finish.TRUNCATED)
    assert row_of(ID, INTENT, reading, Ending(), estimator).basis is Basis.PARTIAL
    assert estimator.lessons == []


@pytest.mark.parametrize("finish", [Finish.OK, Finish.TRUNCATED, Finish.CANCELLED])
def test_a_billed_call_without_figures_is_estimated(finish: Finish) -> None:
    row = row_of(ID, INTENT, Reading(output_bytes=50), Ending(finish=finish), Tenth())
    assert (row.basis, row.finish) == (Basis.ESTIMATED, finish)
    assert row.usage == TokenUsage(input_tokens=100, output_tokens=5)


def test_a_billed_call_of_which_nothing_can_be_counted_has_no_figures() -> None:
    intent = Intent(opened_at=INTENT.opened_at, provider_name="groq", request_model="m")
    row = row_of(ID, intent, Reading(finish=Finish.OK), Ending(), Tenth())
    assert (row.usage, row.basis, row.estimate) == (None, Basis.MISSING, None)


def test_what_is_never_billed_costs_nothing() -> None:
    row = row_of(ID, INTENT, Reading(finish=Finish.OK, is_billed=False), Ending(), Tenth())
    assert (row.usage, row.basis) == (TokenUsage(), Basis.REPORTED)


def test_a_refused_call_has_no_figures_and_no_zero_either() -> None:
    ending = Ending(finish=Finish.ERROR, error_type="http_429", is_failure=True)
    row = row_of(ID, INTENT, Reading(is_billed=False), ending, Tenth())
    assert (row.usage, row.basis, row.error_type) == (None, Basis.MISSING, "http_429")


def test_an_error_inside_an_answer_is_told_in_its_own_words() -> None:
    reading = Reading(finish=Finish.ERROR, error_type="content_filter", is_billed=False)
    row = row_of(ID, INTENT, reading, Ending(), Tenth())
    assert (row.finish, row.error_type, row.basis) == (Finish.ERROR, "content_filter", Basis.MISSING)


def test_an_error_that_a_cut_stream_told_outranks_the_cut() -> None:
    reading = Reading(finish=Finish.ERROR, error_type="overloaded_error", output_bytes=10)
    row = row_of(ID, INTENT, reading, Ending(finish=Finish.TRUNCATED, error_type="cut"), Tenth())
    assert (row.finish, row.error_type) == (Finish.ERROR, "overloaded_error")


def test_an_error_that_a_stream_told_outranks_its_clients_leaving() -> None:
    reading = Reading(finish=Finish.ERROR, error_type="overloaded_error", output_bytes=10)
    row = row_of(ID, INTENT, reading, Ending(finish=Finish.CANCELLED, error_type="client_gone"), Tenth())
    assert (row.finish, row.error_type) == (Finish.ERROR, "overloaded_error")


@pytest.mark.parametrize("finish", [Finish.CANCELLED, Finish.UNKNOWN])
def test_a_call_given_up_before_its_answer_began_is_estimated(finish: Finish) -> None:
    row = row_of(ID, INTENT, None, Ending(finish=finish, error_type="client_gone"), Tenth())
    assert (row.usage, row.basis) == (TokenUsage(input_tokens=100), Basis.ESTIMATED)


def test_a_call_given_up_of_which_nothing_was_counted_has_no_figures() -> None:
    uncounted = replace(INTENT, estimated_input_tokens=None)
    row = row_of(ID, uncounted, None, Ending(finish=Finish.CANCELLED), Tenth())
    assert (row.usage, row.basis) == (None, Basis.MISSING)


def test_a_stream_that_ends_cleanly_without_its_end_mark_is_cut() -> None:
    row = row_of(ID, INTENT, Reading(finish=Finish.TRUNCATED), Ending(), Tenth())
    assert (row.finish, row.error_type) == (Finish.TRUNCATED, "cut")


def test_an_answer_that_nobody_reads_is_a_call_without_figures() -> None:
    row = row_of(ID, INTENT, None, Ending(), Tenth())
    assert (row.usage, row.basis, row.finish) == (None, Basis.MISSING, Finish.OK)


def test_a_bare_row_says_who_called_and_how_it_ended() -> None:
    row = bare_row(ID, INTENT, Ending(finish=Finish.CANCELLED, error_type="client_gone", duration_s=1.0))
    assert (row.usage, row.basis, row.finish, row.error_type) == (None, Basis.MISSING, Finish.CANCELLED, "client_gone")
    assert (row.client, row.duration_s) == ("aider", 1.0)


def test_a_side_call_is_reported_in_a_row_of_its_own() -> None:
    row = side_row(ID, INTENT, SideCall(kind="advisor_message", usage=USED))
    assert (row.usage, row.basis, row.finish) == (USED, Basis.REPORTED, Finish.OK)
