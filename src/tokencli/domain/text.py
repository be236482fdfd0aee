"""Text from outside, made harmless: what a log names a model must not drive a terminal or a spreadsheet."""

from __future__ import annotations

import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ONE_BYTE, _TWO_BYTES = 0x100, 0x10000
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, limit: int = 200) -> str:
    r"""Return text with every control, bidi, zero-width and unassigned character shown as \x1b or \u202e.

    Longer text is cut to `limit` characters with an ellipsis. The result has one line and no escape
    sequence; brackets stay, so callers that use a markup language must pass it as plain text.
    """
    shown = "".join(_shown(char) for char in text[:limit])
    return shown + "…" if len(text) > limit else shown


def csv_cell(text: str) -> str:
    """Return text for a CSV cell: visible, and with an apostrophe before what a spreadsheet runs as a formula.

    The full-width forms of = + - @ start a formula too, in East Asian editions.
    """
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    if ord(char) < _ONE_BYTE:
        return f"\\x{ord(char):02x}"
    return f"\\u{ord(char):04x}" if ord(char) < _TWO_BYTES else f"\\U{ord(char):08x}"
