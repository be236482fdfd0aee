"""The grammar of "Cost calculated" lines, their French twins and the lines of failure around them.

    [Gemini] Cost calculated: $0.000123 (model=M, input=200 tokens, output=75 tokens, pricing_input=$P/token, ...)
    [Gemini] Cost calculated: $0.000123 (model=M, in=200, out=75, pricing_in=$P, pricing_out=$P)
    [Gemini] Cost calculated: $0.000123 (150 input + 50 output tokens)      or (150 in + 50 out tokens)
    Coût de 0.001195 pour 'agent' ('model') enregistré.                     also with lost accents

Anything may stand before: the prefix tells the time, and the last bracket the provider. A call of a billion
tokens or of $10,000 is none: such a line is broken.
"""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Final, NamedTuple

MARKERS: Final = (
    b"Cost calculated",
    b" pour '",
    b"] Failed to count ",
    b"] No usage data in final response",
    b"] Failed to get usage data",
    b"Timeout AI request",
)
COST_MARKER: Final = MARKERS[0]
TWIN_MARKER: Final = MARKERS[1]

COMMON: Final = re.compile(
    rb"Cost calculated: \$(\d{1,4})\.(\d{6}) "
    rb"\(model=([^,()\r\n]{1,256}), input=(\d{1,9}) tokens, output=(\d{1,9}) tokens([^()\r\n]{0,120})\)"
)
_COST: Final = re.compile(
    rb"Cost calculated: \$([\d.eE+-]{1,24}) \((?:"
    rb"model=([^,()\r\n]{1,256}), in(?:put)?=(\d{1,9})(?: tokens)?, out(?:put)?=(\d{1,9})(?!\d)(?: tokens)?"
    rb"([^()\r\n]{0,120})"
    rb"|(\d{1,9}) in(?:put)? \+ (\d{1,9}) out(?:put)? tokens)\)"
)
_PRINTED: Final = re.compile(
    rb", pricing_in(?:put)?=\$([\d.eE+-]{1,24})(?:/token)?, pricing_out(?:put)?=\$([\d.eE+-]{1,24})(?:/token)?"
)
PROVIDER: Final = re.compile(rb"\[([^\[\]\r\n]{1,64})\] $")
_TWIN: Final = re.compile(
    rb"Co[^ ]{1,6}t de \$?([\d.eE+-]{1,24}) pour '([^'\r\n]{1,256})' \('([^'\r\n]{1,256})'\) enregistr"
)
_FAILURES: Final = (
    ("count_input_failed", re.compile(rb"\[([^\[\]]{1,64})\] Failed to count input tokens")),
    ("count_output_failed", re.compile(rb"\[([^\[\]]{1,64})\] Failed to count output tokens")),
    ("no_usage", re.compile(rb"\[([^\[\]]{1,64})\] No usage data in final response(?: for model ([^\s,]{1,256}))?")),
    ("usage_read_failed", re.compile(rb"\[([^\[\]]{1,64})\] Failed to get usage data")),
    (
        "timeout",
        re.compile(rb"Timeout AI request .{0,40}?\(provider=([^,()]{1,64})(?:, model=([^,()]{1,256}))?\)"),
    ),
    ("timeout", re.compile(rb"Timeout AI request()")),
)
_PICO: Final = Decimal(10**12)
_TOO_MUCH: Final = Decimal(10**16)


class CostLine(NamedTuple):
    """What a cost line says, without its time and provider; `printed` is its unit prices, as they stand there."""

    model: bytes | None
    input_tokens: int
    output_tokens: int
    reported_pico: int
    printed: bytes


class TwinLine(NamedTuple):
    """What a French twin line says, without its time."""

    agent: str
    model: str
    reported_pico: int


class FailureLine(NamedTuple):
    """What a line of failure says, without its time; `position` is where it begins to say so."""

    position: int
    code: str
    provider: str | None
    model: str | None


@lru_cache(maxsize=65536)
def pico_of(dollars: bytes) -> int | None:
    """Return printed dollars as whole picodollars, half to even; None when it is no amount below $10,000."""
    try:
        pico = Decimal(dollars.decode("ascii")) * _PICO
    except (DecimalException, UnicodeDecodeError):
        return None
    if not pico.is_finite() or not 0 <= pico < _TOO_MUCH:
        return None
    return int(pico.to_integral_value(rounding="ROUND_HALF_EVEN"))


def name_of(raw: bytes) -> str:
    """Return a name as text, with unreadable bytes replaced."""
    return raw.decode("utf-8", "replace").strip()


@lru_cache(maxsize=4096)
def model_of(raw: bytes) -> str:
    """Return a model's name without the "models/" that one provider's library puts before it."""
    return name_of(raw).removeprefix("models/")


def cost_of(line: bytes, position: int) -> CostLine | None:
    """Return what the cost line says whose marker stands at `position`; None when it is none in a known form."""
    match = _COST.match(line, position)
    pico = pico_of(match[1]) if match else None
    if match is None or pico is None:
        return None
    _, model, long_in, long_out, printed, short_in, short_out = match.groups()
    return CostLine(model, int(long_in or short_in), int(long_out or short_out), pico, printed or b"")


def printed_prices(printed: bytes) -> tuple[int, int] | None:
    """Return the unit prices a line printed, in picodollars a token: -1, -1 for none, None when unreadable."""
    if not printed:
        return (-1, -1)
    match = _PRINTED.fullmatch(printed)
    prices = (pico_of(match[1]), pico_of(match[2])) if match else (None, None)
    return None if prices[0] is None or prices[1] is None else (prices[0], prices[1])


def twin_of(line: bytes) -> TwinLine | None:
    """Return what a French twin line says; None when the line is none."""
    match = _TWIN.search(line)
    pico = pico_of(match[1]) if match else None
    if match is None or pico is None:
        return None
    return TwinLine(agent=name_of(match[2]), model=model_of(match[3]), reported_pico=pico)


def looks_like_twin(line: bytes) -> bool:
    """Say whether a line that is no readable twin was meant to be one."""
    return b"enregistr" in line and b"t de " in line


def failure_of(line: bytes) -> FailureLine | None:
    """Return what a line of failure says; None when the line is none."""
    for code, pattern in _FAILURES:
        if match := pattern.search(line):
            model = match[2] if pattern.groups > 1 else None
            return FailureLine(
                position=match.start(),
                code=code,
                provider=name_of(match[1]) or None,
                model=model_of(model) if model else None,
            )
    return None
