"""Kinds: the words by which calls are told apart; small, for what sums calls up needs no more of a call."""

from __future__ import annotations

from enum import StrEnum


class Basis(StrEnum):
    """Where a count comes from; shown wherever a sum mixes them."""

    REPORTED = "reported"
    ESTIMATED = "estimated"
    PARTIAL = "partial"
    MISSING = "missing"


class Finish(StrEnum):
    """How the call ended."""

    OK = "ok"
    ERROR = "error"
    TRUNCATED = "truncated"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class CostStatus(StrEnum):
    """Whether a list cost is known: `unpriced` is not $0."""

    PRICED = "priced"
    FREE = "free"
    SUBSCRIPTION = "subscription"
    UNPRICED = "unpriced"
