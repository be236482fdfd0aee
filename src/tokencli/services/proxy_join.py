"""A call of the proxy's that a client's log has told already: it joins that call, and no second row is made.

A log may be read faster than the last byte of an answer is passed on, and a spool is taken in later than a log. It
costs a call one look at an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.services.likeness import is_trusted, may_be_one_answer
from tokencli.services.meetings import BY_ID_NOTE, Meetings
from tokencli.store import answers, witnesses
from tokencli.store.ledger import ORIGIN_SHIFT, DetailRow
from tokencli.store.origins import PROXY
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    from tokencli.store.ledger import CallRow, Ledger

_MOST_REMEMBERED = 10_000


class ProxyJoin:
    """Joins calls of one ledger; its methods belong inside a transaction of that ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Look into `ledger`."""
        self._ledger = ledger
        self._meetings = Meetings(ledger, PROXY)
        self._proxies: dict[int, bool] = {}

    def forget(self) -> None:
        """Forget what a rolled back transaction had made."""
        self._proxies.clear()

    def join(self, call: CallRow) -> bool | None:
        """Join a call with the one that a log has told of the same answer; None where there is none.

        True means that it has joined now, False that it had before.
        """
        answer = call.detail.response_id if call.detail else None
        if answer is None:
            return None
        number = answers.first_with_answer(self._ledger.connection, answer)
        if number is None or self._is_proxys(number >> ORIGIN_SHIFT) or not is_trusted(answer):
            return None
        known = witnesses.known_calls(self._ledger.connection, [number])[number]
        if known.facet.source == PROXY:
            return False if witnesses.is_sighting(self._ledger.connection, number, call.event.id) else None
        facet = self._ledger.dictionary.read_facet(call.event.facet_id)
        row = KnownCall(call.event, facet, call.detail or DetailRow())
        if not may_be_one_answer(known, row):
            return None
        self._meetings.merge(number, row, BY_ID_NOTE)
        if call.estimate is not None:
            witnesses.put_estimate(self._ledger.connection, number, call.estimate)
        return True

    def _is_proxys(self, origin_id: int) -> bool:
        known = self._proxies.get(origin_id)
        if known is None:
            if len(self._proxies) >= _MOST_REMEMBERED:
                self._proxies.clear()
            known = self._proxies[origin_id] = witnesses.kind_of(self._ledger.connection, origin_id) == PROXY
        return known
