"""Faults at every event boundary of six protocols, and in the middle of every event.

The provider resets, ends or falls silent, or the client goes away. Whatever happens: one row, with a finish and a
basis; the client sees an error on every cut, never a clean end; and nothing is claimed beyond what was sent.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import Ending, FakeProvider, Framing, Received, Scripted
from tests.reliability.protocols import INPUT, OUTPUT, SPEECHES, Speech, whole_answer
from tests.reliability.rig import (
    CALL,
    IS_LONG,
    PATIENCE_S,
    call,
    call_of,
    check_whole,
    client_of,
    config,
    row_of,
    rows_of,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from tests.e2e.serving import Proxy
    from tests.proxy.calls import Client
    from tests.reliability.rig import Row

AT_ONCE = 100 if IS_LONG else 24
FAULTS = {"reset": Ending.RESET, "fin": Ending.FIN, "stall": Ending.STALL}
SETTINGS = {"patient": "timeout_s = 60", "hasty": "timeout_s = 1", "drained": 'timeout_s = 60\non_disconnect = "drain"'}


@dataclass(frozen=True, slots=True)
class Case:
    """One call and what goes wrong with it after `n_events` whole events and `more_bytes` of the next one.

    -1 events: not even the head of the answer comes.
    """

    protocol: str
    fault: str
    n_events: int
    more_bytes: int = 0

    @property
    def name(self) -> str:
        return f"{self.protocol}.{self.fault}.{self.n_events}.{self.more_bytes}"

    @property
    def speech(self) -> Speech:
        return SPEECHES[self.protocol](self.name)

    @property
    def setting(self) -> str:
        return {"stall": "hasty", "drain": "drained"}.get(self.fault, "patient")

    @property
    def sent_bytes(self) -> int:
        if self.n_events < 0 or not self.more_bytes:
            return self.speech.size(self.n_events) if self.n_events >= 0 else -1
        event = self.speech.events[self.n_events]
        return self.speech.size(self.n_events) + min(self.more_bytes, len(event) - 1)


def case_of(name: str) -> Case:
    protocol, fault, n_events, more_bytes = name.split(".")
    return Case(protocol, fault, int(n_events), int(more_bytes))


def boundaries(protocol: str, fault: str, *, is_torn: bool) -> Iterable[Case]:
    """Return a case for every place between two events, and where `is_torn` in the middle of every event."""
    events = SPEECHES[protocol]("").events
    yield from (Case(protocol, fault, number) for number in range(len(events) + 1))
    if is_torn:
        for number, event in enumerate(events):
            steps = range(1, len(event), 5) if IS_LONG else (len(event) // 2, len(event) - 2)
            yield from (Case(protocol, fault, number, step) for step in steps)


def by_events(request: Received) -> Scripted:
    """Answer as the provider: the call's id says what goes wrong."""
    if request.method != "POST":
        return whole_answer("")
    case = case_of(call_of(request))
    ending = FAULTS.get(case.fault, Ending.STALL)
    return case.speech.answer().cut(case.sent_bytes, ending)


def house_of(url: str) -> str:
    """Return the configuration: each protocol with a patient provider, a hasty one, and one that is read to its end."""
    tables = []
    for setting, extra in SETTINGS.items():
        speeches = {protocol: make("") for protocol, make in SPEECHES.items()}
        named = [(f"{protocol}-{setting}", each.kind, f"{url}{each.base}") for protocol, each in speeches.items()]
        tables.append(config(named, extra=extra))
    return "[server]\n" + "".join(table.removeprefix("[server]\n") for table in tables)


async def all_of(work: Callable[[Case], Awaitable[None]], cases: Iterable[Case]) -> None:
    """Do a work with all cases, so many at once, and tell of those that failed."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> None:
        async with room:
            try:
                await work(case)
            except (AssertionError, TimeoutError) as error:
                error.add_note(case.name)
                raise

    done = await asyncio.gather(*map(one, cases), return_exceptions=True)
    failed = [each for each in done if each is not None]
    if failed:
        raise BaseExceptionGroup(str(len(failed)), failed[:5])


def check_claims(row: Row, speech: Speech, n_events: int, *, is_torn: bool) -> None:
    """Hold a row to what was sent: a torn event may have said its figures already, or not."""
    after = min(n_events + is_torn, len(speech.events))
    told = {speech.said[max(0, n_events)], speech.said[max(0, after)]}
    counts = (row.input_tokens, row.output_tokens)
    assert row.basis in {"reported", "partial", "estimated", "missing"}, row
    if row.basis == "reported":
        assert after >= speech.stops_at
    if row.basis in {"reported", "partial"}:
        assert counts in told, (row, told)
    elif row.basis == "missing":
        assert counts == (None, None), row
    else:
        assert None in told, (row, told)
        assert 0 < (row.input_tokens or 0) < 10 * INPUT, row
        assert 0 <= (row.output_tokens or 0) <= speech.text_bytes[max(0, after)], row
    if row.finish == "ok":
        assert after >= speech.stops_at, row


async def cut_by_the_provider(proxy: Proxy, case: Case) -> None:
    speech = case.speech
    async with asyncio.timeout(PATIENCE_S):
        reply = await call(proxy, f"/p/{case.protocol}-{case.setting}{speech.path}", speech.body, case.name)
    row = await row_of(proxy.ledger, case.name)
    if case.n_events < 0:
        assert reply.status == (504 if case.fault == "stall" else 502), case
        assert reply.is_whole
        assert row.finish == "error", row
        check_claims(row, speech, 0, is_torn=False)
        return
    assert reply.status == 200, case
    assert not reply.is_whole, case
    assert b"".join(speech.events).startswith(reply.body), case
    if case.fault != "reset":
        # A reset may overtake what was sent before it; nothing else may lose a byte.
        assert len(reply.body) == case.sent_bytes, case
    seen_events = case.n_events
    if case.fault == "reset":
        seen_events = max(number for number in range(len(speech.events) + 1) if speech.size(number) <= len(reply.body))
    has_end = case.n_events + (case.more_bytes > 0) >= speech.ends_at
    assert row.finish in ({"truncated", "ok"} if has_end else {"truncated"}), row
    if row.finish == "truncated":
        assert row.error_type == ("timeout" if case.fault == "stall" else "cut"), row
    check_claims(row, speech, case.n_events, is_torn=case.more_bytes > 0)
    if case.n_events >= speech.ends_at and case.fault != "reset":
        assert (row.basis, row.input_tokens, row.output_tokens) == ("reported", INPUT, OUTPUT), row
    if seen_events >= 1 and speech.said[seen_events] is not None:
        assert row.basis in {"partial", "reported"}, row


@pytest.mark.parametrize("fault", FAULTS)
@async_test
async def test_every_cut_by_the_provider_is_an_error_to_the_client_and_a_row_of_what_was_said(
    tmp_path: Path, fault: str
) -> None:
    cases = [
        case for protocol in SPEECHES for case in boundaries(protocol, fault, is_torn=fault != "stall" or IS_LONG)
    ] + [Case(protocol, fault, -1) for protocol in SPEECHES]
    async with FakeProvider() as provider:
        provider.choose = by_events
        with serving(tmp_path, house_of(provider.url)) as proxy:
            await all_of(partial(cut_by_the_provider, proxy), cases)
            assert proxy.stop() == 0
    assert sorted(row.call or "" for row in rows_of(tmp_path / "ledger.db")) == sorted(case.name for case in cases)
    check_whole(tmp_path / "ledger.db")


async def read_some(client: Client, n_bytes: int) -> None:
    await client.head()
    while n_bytes > 0:
        n_bytes -= len(await client.piece())


async def left_by_the_client(proxy: Proxy, provider: FakeProvider, case: Case) -> None:
    speech = case.speech
    async with asyncio.timeout(PATIENCE_S), client_of(proxy.url) as client:
        client.ask(f"/p/{case.protocol}-patient{speech.path}", speech.body, "POST", CALL + b": " + case.name.encode())
        if case.n_events >= 0:
            await read_some(client, case.sent_bytes)
        else:
            await until(lambda: any(call_of(each) == case.name for each in provider.requests), "the request")
    request = next(each for each in provider.requests if call_of(each) == case.name)
    assert await request.gone_or(PATIENCE_S), f"the provider still sends: {case}"
    row = await row_of(proxy.ledger, case.name)
    is_told = case.n_events >= speech.ends_at and not case.protocol.startswith("gemini")
    assert row.finish == ("ok" if is_told else "cancelled"), row
    check_claims(row, speech, case.n_events, is_torn=case.more_bytes > 0)
    if case.n_events >= 1 and speech.said[case.n_events] is not None:
        assert row.basis in {"partial", "reported"}, row


@async_test
async def test_a_client_that_goes_ends_the_call_and_its_row_says_what_was_told_until_then(tmp_path: Path) -> None:
    cases = [case for protocol in SPEECHES for case in boundaries(protocol, "gone", is_torn=True)]
    cases += [Case(protocol, "gone", -1) for protocol in SPEECHES]
    async with FakeProvider() as provider:
        provider.choose = by_events
        with serving(tmp_path, house_of(provider.url)) as proxy:
            await all_of(partial(left_by_the_client, proxy, provider), cases)
            assert proxy.stop() == 0
    assert sorted(row.call or "" for row in rows_of(tmp_path / "ledger.db")) == sorted(case.name for case in cases)
    check_whole(tmp_path / "ledger.db")


@async_test
async def test_a_drained_answer_is_read_to_its_end_wherever_its_client_left(tmp_path: Path) -> None:
    cases = [case for protocol in SPEECHES for case in boundaries(protocol, "drain", is_torn=False)]
    releases = {case.name: asyncio.Event() for case in cases}

    def choose(request: Received) -> Scripted:
        if request.method != "POST":
            return whole_answer("")
        case = case_of(call_of(request))
        return case.speech.held(case.n_events, releases[case.name])

    async def left(proxy: Proxy, case: Case) -> None:
        speech = case.speech
        async with asyncio.timeout(PATIENCE_S), client_of(proxy.url) as client:
            path = f"/p/{case.protocol}-drained{speech.path}"
            client.ask(path, speech.body, "POST", CALL + b": " + case.name.encode())
            await read_some(client, case.sent_bytes)
        releases[case.name].set()
        row = await row_of(proxy.ledger, case.name)
        told = ("ok", "reported", INPUT, OUTPUT)
        assert (row.finish, row.basis, row.input_tokens, row.output_tokens) == told, row

    async with FakeProvider() as provider:
        provider.choose = choose
        with serving(tmp_path, house_of(provider.url)) as proxy:
            await all_of(partial(left, proxy), cases)
            assert proxy.stop() == 0
    assert len(rows_of(tmp_path / "ledger.db")) == len(cases)
    check_whole(tmp_path / "ledger.db")


@async_test
async def test_a_stream_that_ends_with_its_connection_is_whole_only_where_it_said_so(tmp_path: Path) -> None:
    def choose(request: Received) -> Scripted:
        if request.method != "POST":
            return whole_answer("")
        case = case_of(call_of(request))
        return case.speech.answer(Framing.CLOSE).cut(case.sent_bytes)

    async def ended(proxy: Proxy, case: Case) -> None:
        speech = case.speech
        reply = await call(proxy, f"/p/{case.protocol}-patient{speech.path}", speech.body, case.name)
        row = await row_of(proxy.ledger, case.name)
        is_told = case.n_events >= speech.stops_at
        assert reply.is_whole is is_told, (case, row)
        assert row.finish == ("ok" if is_told else "truncated"), row
        check_claims(row, speech, case.n_events, is_torn=False)

    cases = [case for protocol in SPEECHES for case in boundaries(protocol, "close", is_torn=False) if case.n_events]
    async with FakeProvider() as provider:
        provider.choose = choose
        with serving(tmp_path, house_of(provider.url)) as proxy:
            await all_of(partial(ended, proxy), cases)
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")


@pytest.mark.parametrize("framing", list(Framing)[:3])
@async_test
async def test_a_body_that_is_cut_is_never_whole_nor_counted(tmp_path: Path, framing: Framing) -> None:
    size = len(whole_answer("body.fin.00.0").body)
    cases = [Case("body", "fin", number) for number in range(0, size, 1 if IS_LONG else 29)]

    def choose(request: Received) -> Scripted:
        if request.method != "POST":
            return whole_answer("")
        name = call_of(request)
        return replace(whole_answer(name), framing=framing).cut(case_of(name).n_events)

    async def cut_off(proxy: Proxy, case: Case) -> None:
        speech = SPEECHES["chat"]("")
        reply = await call(proxy, f"/p/chat-patient{speech.path}", speech.body, case.name)
        row = await row_of(proxy.ledger, case.name)
        assert (row.basis, row.output_tokens) in {("missing", None), ("estimated", 0)}, row
        assert row.finish != "ok", row
        if framing is not Framing.CLOSE:
            assert not reply.is_whole, case
            assert (row.finish, row.error_type) == ("truncated", "cut"), row

    async with FakeProvider() as provider:
        provider.choose = choose
        with serving(tmp_path, house_of(provider.url)) as proxy:
            await all_of(partial(cut_off, proxy), cases)
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")


def test_the_cases_are_at_every_boundary_of_six_protocols() -> None:
    cases = [case for protocol in SPEECHES for case in boundaries(protocol, "fin", is_torn=True)]
    assert len(SPEECHES) == 6
    assert len(cases) >= 99
    assert all(re.fullmatch(r"[a-z-]+\.fin\.\d+\.\d+", case.name) for case in cases)
