"""Fields of a provider's JSON, read with care: a wrong type, a negative or a monstrous number is no value."""

from __future__ import annotations

import json
from decimal import Decimal

from tokencli.domain.money import Usd
from tokencli.wire.framing import is_object

LARGEST_COUNT = 2**49  # so that a sum of several counts is still a count
LARGEST_TEXT = 256
LARGEST_RAW = 16_384
LARGEST_COST = Decimal(1_000_000)
UNNAMED_ERROR = "error"
_CONTENTS = frozenset({"choices", "data", "embeddings", "output", "usage"})
_written = json.JSONEncoder(allow_nan=False).encode


def child(value: dict[str, object], *names: str) -> dict[str, object]:
    """Return the first of the named members that is an object with something in it, else an empty one."""
    for name in names:
        found = value.get(name)
        if found and is_object(found):
            return found
    return {}


def children(value: dict[str, object], name: str) -> list[dict[str, object]]:
    """Return the objects in the named array."""
    found = value.get(name)
    if not isinstance(found, list):
        return []
    items: list[object] = [*found]
    return [item for item in items if is_object(item)]


def count(value: dict[str, object], *names: str) -> int | None:
    """Return the first of the named members that is a count of tokens; None when none is.

    gpustack and some gateways write counts as 12.0, header-fed ones as "12": both are 12.
    """
    for name in names:
        number = value.get(name)
        if number is None:
            continue
        if type(number) is not int:
            number = _whole(number)
        if number is not None and 0 <= number <= LARGEST_COUNT:
            return number
    return None


def text(value: dict[str, object], *names: str) -> str | None:
    """Return the first of the named members that is a string with something in it, cut to a sane length."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found:
            short = found[:LARGEST_TEXT]
            return short if short.isascii() else short.encode("utf-8", "replace").decode("utf-8")
    return None


def dollars(value: object) -> Usd | None:
    """Return a JSON number or a decimal string as dollars, with the digits it was written in; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or len(written := str(value)) > LARGEST_TEXT:
        return None
    try:
        amount = Decimal(written)
    except ArithmeticError:
        return None
    return Usd(amount) if amount.is_finite() and 0 <= amount <= LARGEST_COST else None


def raw_json(value: dict[str, object]) -> str | None:
    """Return an object as JSON again, to be kept beside what was made of it; None when it is none or absurdly large."""
    try:
        written = _written(value)
    except (ValueError, RecursionError):
        return None
    return written if len(written) <= LARGEST_RAW else None


def error_type(value: dict[str, object]) -> str | None:
    """Return the name of the error that an answer's object reports, None when it reports none.

    OpenAI and most others send {"error": {"type", "code"}}, Azure a code only, xAI {"code", "error": "a
    sentence"}, Mistral and Voyage {"detail"}, Cohere {"message"}.
    """
    if error := child(value, "error"):
        code = _whole(error.get("code"))
        return text(error, "type", "code", "status") or (UNNAMED_ERROR if code is None else str(code))
    if text(value, "error"):
        return text(value, "code") or UNNAMED_ERROR
    is_bare = _CONTENTS.isdisjoint(value)
    return UNNAMED_ERROR if is_bare and (value.get("detail") or text(value, "message")) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        is_digits = value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_COUNT))
        return int(value) if is_digits else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None
