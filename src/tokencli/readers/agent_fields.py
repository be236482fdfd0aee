"""Fields of agents' records, read with care: whole counts, times, money, names of a sane length."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from tokencli.domain.money import PICO_PER_USD
from tokencli.readers.blake import blake2b
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from decimal import Decimal

Number = int | float | str | None
Moment = int | float | str | None

NO_JSON: Final = "it is no JSON"
NO_TIME: Final = "it has no time"
NO_COUNT: Final = "a count is no whole number"
NO_TRUE_COUNT: Final = "a count is negative or absurdly large"
OTHER_SHAPE: Final = "its fields are of another shape"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

LARGEST_COUNT: Final = 2**49  # so that a sum of several counts is still a count
LONGEST_TEXT: Final = 256
LONGEST_RAW: Final = 16_384
LONGEST_KEY: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END_US: Final = 7_258_118_400_000_000  # the year 2200
_FIRST_MS: Final = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_DATE_AND_TIME: Final = len("2026-01-02T03:04:05")
_LARGEST_USD: Final = 1_000_000


def count(value: Number) -> int:
    """Return a count of tokens, 0 where nothing is said; raise BrokenRecordError when it can be none.

    Some exporters write 12.0 or "12": both are 12.
    """
    if value is None:
        return 0
    number = value if type(value) is int else _whole(value)
    if not 0 <= number <= LARGEST_COUNT:
        raise BrokenRecordError(NO_TRUE_COUNT)
    return number


def moment(value: Moment) -> int | None:
    """Return microseconds since 1970 of an ISO 8601 time or of epoch seconds or milliseconds; None when it is no time.

    A time without an offset is UTC. Nothing before 1970 or after 2199 is a time.
    """
    if isinstance(value, str):
        return _iso(value)
    if value is None or isinstance(value, bool) or not 0 < value < _END_US:
        return None
    micros = int(value * (1_000 if value >= _FIRST_MS else 1_000_000))
    return micros if 0 < micros < _END_US else None


def changed_at(path: str) -> int | None:
    """Return when a file was last changed, in microseconds since 1970; None when there is no such file."""
    try:
        return Path(path).stat().st_mtime_ns // 1_000
    except (OSError, ValueError):
        return None


def dollars(value: Decimal | None) -> int | None:
    """Return an amount in picodollars; None when it is none, or none that can be true."""
    if value is None or not value.is_finite() or not 0 <= value <= _LARGEST_USD:
        return None
    return int(value * PICO_PER_USD)


def text(value: str | None) -> str | None:
    """Return a name, cut to a sane length; None when it is empty."""
    if not value:
        return None
    if len(value) <= LONGEST_TEXT and value.isascii():
        return value
    short = value[:LONGEST_TEXT]
    return short if short.isascii() else short.encode("utf-8", "replace").decode("utf-8")


def project(cwd: str | None) -> str | None:
    r"""Return a working directory as a project's name: c:/x/ and C:\x are the same."""
    name = text(cwd)
    if name is None:
        return None
    if name[1:2] == ":":
        name = name[0].upper() + name[1:].replace("/", "\\")
    return name.rstrip("/\\") or name


def key(*parts: str) -> str:
    """Return the parts as one key; where they are long or odd, their digest stands behind the first."""
    whole = ":".join(parts)
    if len(whole) <= LONGEST_KEY and whole.isascii() and whole.isprintable():
        return whole
    return f"{parts[0]}:{digest(*parts)}"


def digest(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits that stand for the parts."""
    seen = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        seen.update(b"%d:%b" % (len(data), data))
    return seen.hexdigest()


def _whole(value: float | str) -> int:
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_COUNT)):
            return int(value)
    elif not isinstance(value, bool) and math.isfinite(value) and value == int(value):
        return int(value)
    raise BrokenRecordError(NO_COUNT)


def _iso(value: str) -> int | None:
    if len(value) < _DATE_AND_TIME or value[4] != "-" or value[10] not in "Tt ":
        return None
    try:
        found = _read(value)
        when = found if found.tzinfo else found.replace(tzinfo=UTC)
        since = when - _EPOCH
    except (OverflowError, ValueError):
        return None
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return micros if 0 < micros < _END_US else None


def _read(value: str) -> datetime:
    """Return a time as RFC 3339 has it, to the nearest microsecond, or as ISO 8601 has it in its other forms."""
    try:
        return msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return datetime.fromisoformat(value)
