"""A mutator that knows what it changes: records, JSON inside of them, server-sent events, rows, and tables.

Blind bytes rarely get past the first check of a reader. This changes one thing of what is well formed otherwise: a
value's type, a name, a number, the nesting, the place where an event or a line ends.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MARK: Final = "\x01raw\x01"
_MARKED: Final = json.dumps(_MARK)
_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
_BARE: Final = re.compile(rb"[A-Za-z_][\w.]*")
_STRING: Final = re.compile(rb'"[^"\\\r\n]{0,80}"')
_SIGNS: Final = tuple(b'{}[]":,;|\\\r\n\t \x00\xff\xc3-+.eE0')
_DEEP: Final = (40, 300, 1200)
_LINE_ENDS: Final = (b"\n", b"\r\n", b"\r", b"\n\n", b"\n\r\n", b" \n", b"\n:\n", b"\ndata:\n", b"\nevent: x\n")
ODD: Final = (
    *("null", "true", "false", "0", "1", "-1", "-0", "1.0", "0.5", "-0.0", "12e0", "1e999", "-1e999", "1e-400"),
    *("NaN", "Infinity", "-Infinity", "9007199254740993", "562949953421312", "562949953421313", "9223372036854775807"),
    *("9223372036854775808", "18446744073709551616", "1" + "0" * 60, "9" * 5000, "253402300800", "1760000000000"),
    *("1760000000", "7258118400000", "4503599627370496", "0.1234567890123456789", "1e300", "1E+2", "00", "01", "1."),
    *(
        '""',
        '"0"',
        '"12"',
        '"-3"',
        '"12.0"',
        '"1e3"',
        '"NaN"',
        '"\\u0661"',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
    ),
    *('"x"', '" "', '"\\n"', '"' + "a" * 300 + '"', '"' + "\\u00e9" * 300 + '"', '"2026-02-30T00:00:00Z"'),
    *('"2026-01-02T03:04:05Z"', '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '"2026-01-02"'),
    *('"2026-01-02T03:04:05.123456789+05:30"', '"2026-W01-1T00:00:00"', '"../../x"', '"\\\\\\\\host\\\\c$"', '"c:"'),
    *("[]", "{}", "[null]", "[[]]", "[{}]", '{"":{}}', "[1,2,3]", '{"type":null}', '"{}"', '"[1"', "nul", "'x'"),
)
"""Values as they are written: numbers at the edges of what fits, half surrogates, times that are none, other types."""


class Mutator:
    """Changes inputs of one target; the same seed changes the same input in the same way.

    `words` are names and values that mean something to the target, `pool` holds examples to take pieces from;
    `separator` stands between the records of an input, None where the input is one document.
    """

    def __init__(self, words: Sequence[str], pool: Sequence[bytes], separator: bytes | None) -> None:
        self._words = words or ("id",)
        self._pool = pool
        self._separator = separator
        self._dice = Random(0)  # noqa: S311 - the same changes on every run are wanted, not secrets

    def mutated(self, data: bytes, max_size: int, seed: int) -> bytes:
        """Return the input with one thing changed, never longer than `max_size`."""
        dice = self._dice
        dice.seed(seed)
        if not data and self._pool:
            return dice.choice(self._pool)[:max_size]
        separator = self._separator
        if separator is not None and separator not in data and b"\r" in data:
            separator = separator.replace(b"\n", b"\r\n")
        if separator is None or (separator not in data and dice.random() < 0.7):
            return self._inside(data)[:max_size]
        return self._among(data.split(separator), separator)[:max_size]

    def damaged(self, data: bytes, seed: int) -> bytes:
        """Return a file with some bytes changed, or cut off."""
        dice = self._dice
        dice.seed(seed)
        changed = bytearray(data)
        for _ in range(1 << dice.randrange(6)):
            near = dice.randrange(110) if dice.random() < 0.3 else dice.randrange(len(data))  # the head tells most
            changed[near] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256), changed[near] ^ 1 << dice.randrange(8)))
        return bytes(changed[: dice.randrange(len(data))] if dice.random() < 0.1 else changed)

    def _among(self, records: list[bytes], separator: bytes) -> bytes:
        """Change one of several records, or their order, number and borders."""
        dice = self._dice
        at, act = dice.randrange(len(records)), dice.random()
        if act < 0.6:
            records[at] = self._inside(records[at])
        elif act < 0.66:
            records.insert(dice.randrange(len(records) + 1), records[at])
        elif act < 0.71:
            del records[at]
        elif act < 0.76:
            records.append(records.pop(at))
        elif act < 0.84 and self._pool:
            records.insert(at, dice.choice(dice.choice(self._pool).split(separator)))
        elif act < 0.9:
            cut = dice.randrange(len(records[at]) + 1)
            records[at] = records[at][:cut] + dice.choice(_LINE_ENDS) + records[at][cut:]
        elif act < 0.95:
            records[at : at + 2] = [b"".join(records[at : at + 2])]
        else:
            separator = dice.choice(_LINE_ENDS)
        return separator.join(records)

    def _inside(self, record: bytes) -> bytes:
        """Change one record: its JSON where it has some, else what looks like a number, a name or a sign."""
        dice = self._dice
        if dice.random() < 0.75:
            begun = min((at for at in (record.find(b"{"), record.find(b"[")) if at >= 0), default=-1)
            if begun >= 0:
                try:
                    value = json.loads(record[begun:])
                except (ValueError, RecursionError):
                    pass
                else:
                    return record[:begun] + self._written(value)
        return dice.choice(_PLAIN)(self, record)

    def _written(self, value: Any) -> bytes:
        """Return a JSON value with one part of it changed, as bytes."""
        dice, holder = self._dice, {"": value}
        owner: Any = holder
        name: Any = ""
        while (
            isinstance(child := owner[name], dict | list)
            and child
            and dice.random() < (0.98 if owner is holder else 0.85)
        ):
            owner, name = child, dice.choice(list(child)) if isinstance(child, dict) else dice.randrange(len(child))
        raw = dice.choice(_CHANGES)(self, owner, name)
        spaces = (",", ":") if dice.random() < 0.8 else None
        try:
            text = json.dumps(holder[""], separators=spaces, ensure_ascii=dice.random() < 0.9)
        except RecursionError:
            return b""
        if raw:
            text = text.replace(_MARKED, raw)
        return text.encode("utf-8", "surrogatepass")

    def _replace(self, owner: Any, name: Any) -> str:
        owner[name] = _MARK
        return self._dice.choice(ODD)

    def _retype(self, owner: Any, name: Any) -> str:
        value = owner[name]
        kinds: list[Any] = [[value], {self._dice.choice(self._words): value}, value]
        if isinstance(value, str):
            kinds += [len(value), value[: len(value) // 2], value.upper(), value * 3, [*value[:5]]]
        elif isinstance(value, int | float):
            kinds += [str(value), -value, value + 1, float(value) if abs(value) < 1e300 else 0.0, bool(value)]
        elif isinstance(value, dict | list):
            kinds += [json.dumps(value), len(value), [*value], list(value.values()) if isinstance(value, dict) else {}]
        owner[name] = self._dice.choice(kinds)
        return ""

    def _rename(self, owner: Any, name: Any) -> str:
        if isinstance(owner, dict):
            owner[self._dice.choice(self._words)] = owner.pop(name)
            if "" not in owner and name == "":
                owner[""] = owner
                owner[""] = {key: value for key, value in owner.items() if key}
        return ""

    def _word(self, owner: Any, name: Any) -> str:
        owner[name] = self._dice.choice(self._words)
        return ""

    def _add(self, owner: Any, name: Any) -> str:
        if isinstance(owner[name], dict):
            owner = owner[name]
        if isinstance(owner, dict) and owner.keys() != {""}:
            owner[self._dice.choice(self._words)] = self._dice.choice((_MARK, self._dice.choice(self._words), 7))
        elif isinstance(owner, list):
            owner.insert(name, _MARK)
        return self._dice.choice(ODD)

    def _drop(self, owner: Any, name: Any) -> str:
        if owner.__class__ is list or name != "":
            del owner[name]
        return ""

    def _repeat(self, owner: Any, name: Any) -> str:
        """Give a name twice, or an item of a list."""
        if isinstance(owner, list):
            owner.insert(name, owner[name])
            return ""
        if name == "":
            return ""
        raw = f"{json.dumps(owner[name])},{json.dumps(name)}:{self._dice.choice(ODD)}"
        owner[name] = _MARK
        return raw

    def _nest(self, owner: Any, name: Any) -> str:
        depth = self._dice.choice(_DEEP)
        inner = json.dumps(owner[name]) if self._dice.random() < 0.5 else "1"
        before, after = self._dice.choice((("[", "]"), ('{"a":', "}"), ("[", ""), ('{"usage":', "}")))
        owner[name] = _MARK
        return before * depth + inner + after * depth

    def _number(self, record: bytes) -> bytes:
        return self._exchange(record, _NUMBER, self._dice.choice(ODD).strip('"').encode())

    def _name(self, record: bytes) -> bytes:
        return self._exchange(record, _STRING, json.dumps(self._dice.choice(self._words)).encode())

    def _bare(self, record: bytes) -> bytes:
        return self._exchange(record, _BARE, self._dice.choice(self._words).encode())

    def _sign(self, record: bytes) -> bytes:
        at = self._dice.randrange(len(record) + 1)
        return record[:at] + bytes((self._dice.choice(_SIGNS),)) + record[at + self._dice.randrange(2) :]

    def _cut(self, record: bytes) -> bytes:
        start, end = sorted(self._dice.randrange(len(record) + 1) for _ in range(2))
        return record[:start] + record[end:] if self._dice.random() < 0.5 else record[:end]

    def _insert(self, record: bytes) -> bytes:
        at = self._dice.randrange(len(record) + 1)
        return record[:at] + self._dice.choice(self._words).encode() + record[at:]

    def _splice(self, record: bytes) -> bytes:
        """Go on with another example from somewhere."""
        if not self._pool:
            return record
        other = self._dice.choice(self._pool)
        return record[: self._dice.randrange(len(record) + 1)] + other[self._dice.randrange(len(other) + 1) :]

    def _exchange(self, record: bytes, wanted: re.Pattern[bytes], by: bytes) -> bytes:
        places = [found.span() for found in wanted.finditer(record)]
        if not places:
            return self._sign(record)
        start, end = self._dice.choice(places)
        return record[:start] + by + record[end:]


_PLAIN: Final[tuple[Callable[[Mutator, bytes], bytes], ...]] = tuple(
    getattr(Mutator, name) for name in ("_number", "_number", "_name", "_bare", "_sign", "_cut", "_insert", "_splice")
)
_CHANGES: Final[tuple[Callable[[Mutator, Any, Any], str], ...]] = tuple(
    getattr(Mutator, name)
    for name in ("_replace", "_replace", "_replace", "_retype", "_rename", "_word", "_add", "_drop", "_repeat", "_nest")
)
