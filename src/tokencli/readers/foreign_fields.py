"""Fields of other programs' tables, whose columns may hold anything: names, times, counts and money, read with care."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final, TypeGuard

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import to_pico
from tokencli.readers import agent_fields
from tokencli.readers.told import BrokenRecordError

NO_MONEY: Final = "its cost is no amount of dollars"


def name(value: object) -> str | None:
    """Return a name; a number as it is written, None for nothing."""
    if isinstance(value, bytes) or value is None:
        return None
    return agent_fields.text(str(value).strip())


def moment(value: object) -> int:
    """Return microseconds since 1970 UTC; raise BrokenRecordError where there is no time."""
    at = agent_fields.moment(value) if _is_scalar(value) else None
    if at is None:
        raise BrokenRecordError(agent_fields.NO_TIME)
    return at


def count(value: object) -> int | None:
    """Return a count of tokens, None where nothing is said; raise BrokenRecordError when it can be none."""
    if value is None or value == "":
        return None
    if not _is_scalar(value):
        raise BrokenRecordError(agent_fields.NO_COUNT)
    return agent_fields.count(value)


def picodollars(value: object) -> int | None:
    """Return dollars exactly as they are printed, None where nothing is said; raise BrokenRecordError for others."""
    if value is None or value == "":
        return None
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else str(value))
        pico = to_pico(amount)
    except (InvalidOperation, ImpossibleValueError):
        raise BrokenRecordError(NO_MONEY) from None
    if pico < 0:
        raise BrokenRecordError(NO_MONEY)
    return pico


def is_true(value: object) -> bool:
    """Say whether a flag is set, as a number or in words."""
    return str(value).strip().lower() in {"1", "1.0", "true", "yes"}


def has_table(head: bytes, *tables: str) -> bool:
    """Say whether the beginning of a SQLite file tells of one of some tables."""
    lowered = head.lower()
    if not lowered.startswith(b"sqlite format 3\x00"):
        return False
    marks = (b"(", b" ", b'"', b"`", b"]", b"'", b"\n", b"\t")
    return any(
        b"create table " + before + table.encode() + mark in lowered
        for table in tables
        for before in (b"", b'"', b"`", b"[", b"'")
        for mark in marks
    )


def _is_scalar(value: object) -> TypeGuard[int | float | str]:
    return isinstance(value, int | float | str)
