"""Input that a reader nearly knows: true records in which one place holds something else, or which are cut or damaged.

Blind bytes end at the first check of a reader; these come to what lies behind it. They are the same on every run.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

from tests.fuzz.checks import check_told
from tests.fuzz.harvest import VARIABLE
from tests.fuzz.mutations import ODD, Mutator
from tests.fuzz.words import COMMON
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MARK = "\x01here\x01"
_MARKED = json.dumps(_MARK)
_DAMAGED = 300
_BLIND = 50
_LARGEST = 100_000


def changed(*true: object) -> Iterator[bytes]:
    """Yield records, which are bytes or become JSON, and what is made of them: odd values in every place, and damage.

    While first inputs for the fuzzer are gathered there are only the records: it changes them itself.
    """
    pool = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in true]
    yield from pool
    if VARIABLE in os.environ:
        return
    mutator = Mutator(COMMON, pool, None)
    for data in pool:
        yield from _with_odd_values(data)
        yield from (data[:end] for end in range(0, len(data), 1 + len(data) // 200))
        yield from (mutator.mutated(data, _LARGEST, seed) for seed in range(_DAMAGED))
    chance = Random(3)  # noqa: S311 - the same bytes on every run are wanted, not secrets
    yield from (chance.randbytes(chance.randrange(200)) for _ in range(_BLIND))


def check_read(read: Callable[[bytes], Iterable[object]], *lines: bytes) -> None:
    """Read lines, of which the reader may refuse any; hold what it tells to what is true of every call."""
    for line in lines:
        with suppress(BrokenRecordError):
            check_told(read(line))


def _with_odd_values(data: bytes) -> Iterator[bytes]:
    try:
        whole = {"": json.loads(data)}
    except ValueError:
        return
    for owner, name in list(_places(whole)):
        kept, owner[name] = owner[name], _MARK
        text = json.dumps(whole[""])
        owner[name] = kept
        yield from (text.replace(_MARKED, odd).encode() for odd in ODD)


def _places(owner: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where a value stands, as what holds it and its name or number there, from the outside to the inside."""
    for name, value in owner.items() if isinstance(owner, dict) else enumerate(owner):
        yield owner, name
        if isinstance(value, dict | list):
            yield from _places(value)
