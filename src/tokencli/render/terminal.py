"""How the terminal shows numbers, names and bars: one set of rules for every view.

Text from outside goes through `safe`; a number is never cut. Rich is imported inside functions, because
it costs more than the whole start of a command that prints JSON.
"""

from __future__ import annotations

import re
import sys
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any, cast

from tokencli.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.text import Text

    from tokencli.domain.money import Usd

UNKNOWN = "(unknown)"
UNPRICED = "unpriced"
DASH = "-"
_PADDING = re.compile(r" +(?=\n)")
_PARTS = re.compile(r"[^-/:_ ]*[-/:_ ]|[^-/:_ ]+")
_ASCII_SIGNS = {
    ord("≥"): ">=",
    ord("…"): "...",
    ord("└"): "`",
    ord("├"): "|",
    ord("─"): "-",
    ord("│"): "|",
}
_BLOCKS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"
_ASCII_SPARKS = ".-=*#"
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_CENTS_FROM = 10
_DIGITS_AND_POINT = 4


class Trimmed:
    """A stream that leaves out blanks before a line's end; all else is the stream's own."""

    def __init__(self, stream: IO[str]) -> None:
        """Take the stream that gets the text."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write whole lines, as a console does, without the blanks that pad them."""
        self._stream.write(_PADDING.sub("", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Return what the stream itself has: its encoding, its flush."""
        return getattr(self._stream, name)


def make_console(*, is_stderr: bool = False, no_color: bool = False, width: int | None = None) -> Console:
    """Return a console on stdout or stderr; `width` in columns, None for the terminal's own (80 when piped).

    What is no terminal gets lines without blanks at their ends.
    """
    from rich.console import Console

    stream = sys.stderr if is_stderr else sys.stdout
    return Console(
        file=stream if stream.isatty() else cast("IO[str]", Trimmed(stream)),
        no_color=no_color or None,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def is_ascii(console: Console) -> bool:
    """Say whether the console's encoding lacks the block characters."""
    return not console.encoding.lower().replace("_", "-").startswith("utf")


def safe(text: str | None, *, style: str = "") -> Text:
    """Return text from outside as harmless Rich text; None as "(unknown)"."""
    from rich.text import Text

    return Text(UNKNOWN, style="dim") if text is None else Text(visible(text), style=style)


def stacked(head: Text, below: Iterable[Text]) -> Text:
    """Return one cell of several lines, those below the head set in by two columns."""
    from rich.text import Text

    return Text.assemble(head, *(part for line in below for part in ("\n  ", line)))


def money_places(amounts: Iterable[Usd | None]) -> int:
    """Return how many decimals a column of these amounts needs: 2 from $10 on, else 4, or 6 when all are tiny."""
    known = [abs(amount) for amount in amounts if amount]
    largest = max(known, default=Decimal(_CENTS_FROM))
    if largest >= _CENTS_FROM:
        return 2
    return 4 if largest >= Decimal("0.01") else 6


def money(amount: Usd | None, *, is_lower_bound: bool = False, places: int | None = None) -> str:
    """Return dollars for a table: "$0.0105", "≥ $1.23" for a lower bound (rounded down), "unpriced" for None.

    `places` decimals, or as many as the amount itself needs; what would round to nothing is shown as "<$0.01".
    """
    if amount is None:
        return UNPRICED
    decimals = money_places([amount]) if places is None else places
    step = Decimal(1).scaleb(-decimals)
    if is_lower_bound:
        return f"≥ ${amount.quantize(step, ROUND_FLOOR):,}"
    if 0 < amount < step / 2:
        return f"<${step}"
    return f"{'-' if amount < 0 else ''}${abs(amount).quantize(step, ROUND_HALF_EVEN):,}"


def counted(number: int, noun: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 call", "2,000 calls"."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


def count(number: int | None) -> str:
    """Return a whole number with thousands separators; a dash for None, what nobody counted."""
    return DASH if number is None else f"{number:,}"


def compact(number: int | None) -> str:
    """Return a whole number in at most five characters with its unit: 999, 12.3k, 1.23M; a dash for None."""
    if number is None:
        return DASH
    for size, unit in _UNITS:
        if number >= size:
            scaled = Decimal(number) / size
            texts = (f"{scaled:.{places}f}" for places in (2, 1, 0))
            return f"{next(text for text in texts if len(text) <= _DIGITS_AND_POINT)}{unit}"
    return str(number)


def bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a bar of `width` columns filled to `share` (0..1); what is above 0 shows at least its first step."""
    share = min(max(share, 0.0), 1.0)
    if ascii_only:
        filled = max(round(share * width), 1 if share else 0)
        return ("#" * filled).ljust(width)
    eighths = max(round(share * width * 8), 1 if share else 0)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + _BLOCKS[rest].strip()).ljust(width)


def sparkline(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """Return one character a value, or a sum of neighbours when there are more than `width`; zero is a dot."""
    sparks, nothing = (_ASCII_SPARKS, "_") if ascii_only else (_SPARKS, "·")
    groups = _grouped(values, width)
    top = max(groups, default=0.0)
    if top <= 0:
        return ""
    last = len(sparks) - 1
    return "".join(sparks[min(last, int(value / top * len(sparks)))] if value > 0 else nothing for value in groups)


def folded(text: str, width: int, most_lines: int = 3) -> str:
    """Return a name in lines of at most `width` columns (3 at least), broken after its own separators if any.

    What does not fit `most_lines` loses its middle, never its end: that is where versions and dates stand.
    """
    from rich.cells import cell_len, chop_cells

    lines: list[str] = []
    for piece in (chunk for part in _PARTS.findall(text) for chunk in chop_cells(part, width)):
        if lines and cell_len(lines[-1] + piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    if len(lines) > most_lines:
        end = next((text[-size:] for size in range(width, 0, -1) if cell_len(text[-size:]) < width), "")
        lines[most_lines - 1 :] = [f"…{end}"]
    return "\n".join(lines)


def middle_cut(text: str, width: int) -> str:
    """Return text cut to `width` characters in its middle, so that the end (a version, a date) stays visible."""
    if len(text) <= width:
        return text
    tail = max(1, (width - 1) // 2)
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


def ascii_words(text: str) -> str:
    """Return our own words without the few signs that a narrow encoding lacks."""
    return text.translate(_ASCII_SIGNS)


def _grouped(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    return [sum(values[low:high]) for low, high in pairwise(edges)]
