"""Tally: sums over calls while they are being added up; the finished ones are Totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.kinds import Basis, CostStatus, Finish
from tokencli.domain.money import from_pico
from tokencli.domain.report import Totals

if TYPE_CHECKING:
    from tokencli.store.slices import Sums

_REQUESTS, _REPORTED, _LIST_PICO, _REPORTED_PICO = 0, 1, 7, 8
_ADDED = 9


class Kind(NamedTuple):
    """What decides in which counts a call appears."""

    status: str
    basis: str
    is_error: bool


def kind_of(status: str, basis: str, finish: str) -> Kind:
    """Return the kind of the calls of a facet with these words."""
    return Kind(status, basis, finish == Finish.ERROR)


class Tally:
    """Sums by kind of call, in whole numbers: exact, and the same in every order."""

    __slots__ = ("_by_kind",)

    def __init__(self) -> None:
        """Start at zero."""
        self._by_kind: dict[Kind, list[int]] = {}

    def add(self, kind: Kind, sums: Sums) -> None:
        """Add some calls of one kind."""
        known = self._by_kind.get(kind)
        if known is None:
            self._by_kind[kind] = list(sums[2:])
        else:
            for place in range(_ADDED):
                known[place] += sums[place + 2]

    def totals(self) -> Totals:
        """Return the sums; the list cost is None when there are calls and none has a price."""
        columns = [sum(column) for column in zip(*self._by_kind.values(), strict=True)] or [0] * _ADDED
        requests = columns[_REQUESTS]
        unpriced = self._count(status=CostStatus.UNPRICED)
        return Totals(
            requests=requests,
            errors=sum(sums[_REQUESTS] for kind, sums in self._by_kind.items() if kind.is_error),
            input_tokens=columns[2],
            cache_read_tokens=columns[3],
            cache_write_tokens=columns[4],
            output_tokens=columns[5],
            reasoning_tokens=columns[6],
            list_cost=None if requests and unpriced == requests else from_pico(columns[_LIST_PICO]),
            reported_cost=from_pico(columns[_REPORTED_PICO]) if columns[_REPORTED] else None,
            priced_requests=self._count(status=CostStatus.PRICED),
            unpriced_requests=unpriced,
            subscription_requests=self._count(status=CostStatus.SUBSCRIPTION),
            free_requests=self._count(status=CostStatus.FREE),
            estimated_requests=self._count(basis=Basis.ESTIMATED),
            partial_requests=self._count(basis=Basis.PARTIAL),
            # What is free used nothing: a call that failed leaves no sum too low.
            missing_requests=self._count(basis=Basis.MISSING)
            - self._count(basis=Basis.MISSING, status=CostStatus.FREE),
        )

    def _count(self, *, status: CostStatus | None = None, basis: Basis | None = None) -> int:
        return sum(
            sums[_REQUESTS]
            for kind, sums in self._by_kind.items()
            if (status is None or kind.status == status) and (basis is None or kind.basis == basis)
        )
