"""Exchange: the life of one call, from its plan to its settled row, whatever becomes of it.

Intent, send, settle, release: the row is open before the request leaves and settled before the client gets the chunk
with which the answer ends, be it the last byte, the end of a chunked body or the stream's own end mark. Every end
settles exactly once: whole, refused, cut, given up by the client, or broken off by a shutdown.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from tokencli.domain.errors import StoreError
from tokencli.domain.event import EventId, Finish
from tokencli.proxy.faults import CutAnswerError, NoRecordError, ProviderFault
from tokencli.proxy.headers import without_hop_by_hop
from tokencli.proxy.relay import Measurement, Slips
from tokencli.proxy.rows import Ending, OutputEstimator, bare_row, row_of, side_row
from tokencli.proxy.withhold import UsageWithholder
from tokencli.wire.decoding import decoder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tokencli.domain.event import UsageEvent
    from tokencli.domain.intent import Intent
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.line import Answer
    from tokencli.proxy.pace import Pace
    from tokencli.proxy.plan import Plan
    from tokencli.proxy.upstream import Upstream
    from tokencli.wire.reading import SideCall

EVENT_ID = b"x-tokencli-event-id"
LOOKED = EventId("look.0")
_LOG = logging.getLogger("tokencli.proxy")
_FAILED = 300  # redirects are passed on and never followed: their call was not answered
_BODYLESS = frozenset({204, 304})
_REFUSES_FIELDS = frozenset({400, 422})
_USAGE_FIELDS = re.compile(rb"stream_options|include_usage")
_REASON_BYTES = 64 * 1024
_UNSENDABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH, _TYPE, _ENCODING = b"content-length", b"content-type", b"content-encoding"
_IDENTITY = ("", "identity")


class Calls(Protocol):
    """Where calls are written down: services.recorder.Recorder."""

    async def open(self, intent: Intent) -> EventId:
        """Return the id of a call that is about to be sent, once its intent is safe; raise StoreError if it is not."""
        ...

    async def settle(self, event: UsageEvent) -> None:
        """Return once the call's row is safe."""
        ...

    async def look(self, event: UsageEvent) -> bool:
        """Say whether the call of that response id is known; its row then tells what the event does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What all exchanges of a process share.

    `loops` raises a refusal for a base URL that leads back here; `measured_bytes` bounds the unpacked copy of an
    answer; `silent_on_usage` names the providers that refused in this run to be asked for usage.
    """

    upstream: Upstream
    recorder: Calls
    pace: Pace
    loops: Callable[[str], Awaitable[None]]
    estimator: OutputEstimator
    monotonic: Callable[[], float]
    slips: Slips
    measured_bytes: int
    silent_on_usage: set[str] = field(default_factory=set[str])


class Exchange:
    """One call. `run` it once; tell it with `client_gone` that nobody waits for its answer any more."""

    __slots__ = (
        "_answer",
        "_beside",
        "_break_off",
        "_event_id",
        "_finish",
        "_first_at",
        "_is_begun",
        "_is_left",
        "_is_settled",
        "_leash",
        "_measurement",
        "_plan",
        "_received",
        "_send",
        "_started_at",
        "_tools",
        "_withholder",
    )

    def __init__(
        self, tools: Tools, plan: Plan, send: Callable[[Any], Awaitable[None]], break_off: Callable[[], None]
    ) -> None:
        """Take the ASGI `send`, and what breaks the client's connection so that no answer looks whole that is not."""
        self._tools = tools
        self._plan = plan
        self._send = send
        self._break_off = break_off
        self._leash: asyncio.Timeout | None = None
        self._event_id: EventId | None = None
        self._answer: Answer | None = None
        self._measurement = Measurement(tools.slips)
        self._withholder: UsageWithholder | None = None
        self._started_at = 0.0
        self._first_at: float | None = None
        self._received = 0
        self._is_begun = False
        self._is_left = False
        self._is_settled = False
        self._beside: list[SideCall] = []
        self._finish = Finish.UNKNOWN

    @property
    def event_id(self) -> EventId | None:
        """Return the id of the call's row; None when none was opened."""
        return self._event_id

    def client_gone(self) -> None:
        """Give the call up, or give it the time that the provider's `drain` allows."""
        self._is_left = True
        if self._leash is not None:
            provider = self._plan.provider
            left_s = provider.drain_s if provider.on_disconnect == "drain" else 0
            self._leash.reschedule(asyncio.get_running_loop().time() + left_s)

    async def run(self) -> None:
        """Send the request and hand its answer on.

        Raises:
            Refusal: nothing was answered yet, and nothing will be.
        """
        try:
            try:
                async with asyncio.timeout(None) as self._leash:
                    if self._is_left:
                        return
                    await self._live()
            finally:
                self._leash = None  # one that has run out takes no other time, and a client may leave from here on
        except TimeoutError:
            if not self._is_left:  # somebody else's, which says nothing about the client
                raise
            await self._settle(Ending(finish=Finish.CANCELLED, error_type="client_gone"), is_complete=False)
        except asyncio.CancelledError:
            await self._settle(Ending(finish=Finish.CANCELLED, error_type="shutdown"), is_complete=False)
            raise
        finally:
            await self._settle(Ending(finish=Finish.UNKNOWN, error_type="internal"), is_complete=False)
            if self._answer is not None:
                self._answer.close()

    async def _live(self) -> None:
        plan, tools = self._plan, self._tools
        await tools.pace.enter(plan.provider.name, plan.provider.limit_rpm)
        await tools.loops(plan.provider.base_url or "")
        if plan.intent is not None:
            try:
                self._event_id = await tools.recorder.open(plan.intent)
            except StoreError as error:
                raise NoRecordError(str(error)) from error
        self._started_at = tools.monotonic()
        try:
            answer = await self._ask()
        except ProviderFault as fault:
            ending = Ending(finish=Finish.ERROR, error_type=fault.error_type, is_failure=not fault.was_sent)
            await self._settle(ending, is_complete=False)
            raise
        try:
            await self._forward(answer)
        except CutAnswerError as cut:
            await self._settle(Ending(finish=Finish.TRUNCATED, error_type=cut.error_type), is_complete=False)
            self._break_off()

    async def _ask(self) -> Answer:
        """Return the answer's beginning; a wish for usage that the provider refuses is dropped, once."""
        plan, silent = self._plan, self._tools.silent_on_usage
        plain = plan.original_body
        asks = plain is not None and plan.provider.name not in silent
        answer = self._answer = await self._sent(plan.body if asks or plain is None else plain)
        if asks and plain is not None and answer.status in _REFUSES_FIELDS and await _refuses_usage(answer):
            answer.close()
            silent.add(plan.provider.name)
            asks = False
            answer = self._answer = await self._sent(plain)
        if asks and plan.withhold_usage and answer.status < _FAILED and _said(answer.headers, _ENCODING) in _IDENTITY:
            self._withholder = UsageWithholder()
        return answer

    async def _sent(self, body: bytes) -> Answer:
        plan = self._plan
        return await self._tools.upstream.send(plan.method, plan.url, plan.headers, body, wait_s=plan.provider.wait_s)

    async def _forward(self, answer: Answer) -> None:
        api = self._plan.api
        if api is not None and (self._event_id is not None or self._plan.look is not None):
            headers = answer.headers
            self._measurement.begin(api, _said(headers, _TYPE), _said(headers, _ENCODING), self._tools.measured_bytes)
        is_last = answer.length == 0
        if is_last:
            await self._hand_on(answer, b"", is_last=True)
        elif not answer.is_whole:
            await self._begin(answer)
        while not is_last:
            chunk = await answer.read()
            if self._first_at is None:
                self._first_at = self._tools.monotonic()
            self._received += len(chunk)
            is_last = not chunk or self._received == answer.length
            await self._hand_on(answer, chunk, is_last=is_last)

    async def _hand_on(self, answer: Answer, chunk: bytes, *, is_last: bool) -> None:
        """Pass a chunk on and measure it; one that may end the answer is measured first, and held if it does."""
        measurement = self._measurement
        is_held = is_last or measurement.may_end(chunk)
        if not is_held:
            await self._give(answer, chunk, more=True)
        measurement.observe(chunk)
        if is_last or measurement.is_done:
            await self._settle(self._end_of(answer), is_complete=True)
        if is_last and answer.is_by_close and self._finish is Finish.TRUNCATED:
            raise CutAnswerError(self._plan.provider.name, "cut")
        if is_held:
            await self._give(answer, chunk, more=not is_last)

    async def _begin(self, answer: Answer) -> None:
        self._is_begun = True
        headers = _answer_headers(answer, keeps_length=self._withholder is None)
        if self._event_id is not None:
            headers.append((EVENT_ID, self._event_id.encode()))
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def _give(self, answer: Answer, chunk: bytes, *, more: bool) -> None:
        if not self._is_begun:
            await self._begin(answer)
        if self._withholder is not None:
            chunk = self._withholder.feed(chunk)
            if not more:
                chunk += self._withholder.rest()
        if chunk or not more:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    def _end_of(self, answer: Answer) -> Ending:
        if answer.status < _FAILED:
            return Ending()
        return Ending(finish=Finish.ERROR, error_type=f"http_{answer.status}", is_failure=True)

    async def _settle(self, ending: Ending, *, is_complete: bool) -> None:
        """Write the call's row down, the first time this is called; later ends change nothing."""
        event_id, intent = self._event_id, self._plan.intent
        if self._is_settled:
            if self._beside and intent is not None:
                await self._settle_side_calls(intent)
            return
        if event_id is None or intent is None:
            if is_complete and self._plan.look is not None:
                self._is_settled = True
                await self._look(self._plan.look, ending)
            return
        self._is_settled = True
        timed = self._timed(ending)
        measurement = self._measurement
        reading = measurement.reading(is_complete=is_complete)
        event = measurement.guarded(lambda: row_of(event_id, intent, reading, timed, self._tools.estimator))
        if event is None:
            event = bare_row(event_id, intent, timed)
        self._finish = event.finish
        if reading is not None:
            self._beside = list(reading.side_calls)
        await self._tools.recorder.settle(event)
        if self._beside:
            await self._settle_side_calls(intent)

    async def _look(self, call: Intent, ending: Ending) -> None:
        """Let the row of a call that was made before say what a later look at its answer told."""
        reading = self._measurement.reading(is_complete=True)
        if reading is None or reading.usage is None or reading.response_id is None:
            return
        told = row_of(LOOKED, call, reading, replace(ending, duration_s=None), self._tools.estimator)
        recorder = self._tools.recorder
        try:
            if not await recorder.look(told):
                await recorder.settle(replace(told, event_id=await recorder.open(call)))
        except StoreError as error:
            _LOG.error("what a later look at a call told could not be recorded: %s", error)

    async def _settle_side_calls(self, intent: Intent) -> None:
        """Give each call that the provider made and billed beside this one a row of its own.

        It can be broken off at any place, and goes on there when it is called again.
        """
        recorder = self._tools.recorder
        while self._beside:
            side = self._beside[0]
            asked = replace(intent, request_model=side.model or intent.request_model, estimated_input_tokens=None)
            try:
                event_id = await recorder.open(asked)
            except StoreError as error:
                _LOG.error("a call billed beside another could not be recorded: %s", error)
                self._beside.clear()
                return
            del self._beside[0]
            await recorder.settle(side_row(event_id, asked, side))

    def _timed(self, ending: Ending) -> Ending:
        first_at, started_at = self._first_at, self._started_at
        first_s = max(0.0, first_at - started_at) if self._plan.is_stream and first_at is not None else None
        return Ending(
            finish=ending.finish,
            error_type=ending.error_type,
            is_failure=ending.is_failure,
            duration_s=max(0.0, self._tools.monotonic() - started_at),
            time_to_first_token_s=first_s,
        )


def _answer_headers(answer: Answer, *, keeps_length: bool) -> Headers:
    """Return the headers that pass to the client, in their order, repeated ones too.

    A length is left out where the body's is another one or where there is none to have; a header whose value no
    server may send is left out, too.
    """
    keeps_length = keeps_length and answer.length is not None and answer.status not in _BODYLESS
    kept: Headers = []
    for pair in without_hop_by_hop(answer.headers):
        name = pair[0].lower()
        if name == EVENT_ID or (name == _LENGTH and not keeps_length) or _UNSENDABLE.search(pair[1]):
            continue
        kept.append(pair)
    return kept


async def _refuses_usage(answer: Answer) -> bool:
    """Say whether an error speaks of the fields with which usage is asked for."""
    told = await answer.peek(_REASON_BYTES)
    return _USAGE_FIELDS.search(decoder(_said(answer.headers, _ENCODING), _REASON_BYTES).feed(told)) is not None


def _said(headers: Headers, name: bytes) -> str:
    """Return a header's values as one text in lower case, empty when it is not there."""
    found = [value for each, value in headers if each.lower() == name]
    return b",".join(found).decode("latin-1").strip().lower() if found else ""
