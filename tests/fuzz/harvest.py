"""A plugin for pytest: what the tests of meters and readers give them is kept, to fuzz from.

`pytest -p tests.fuzz.harvest tests/readers tests/wire` with TOKENCLI_FUZZ_SEEDS naming a folder; each target gets a
folder of its own in it. So a new reader's own tests are its first inputs, and nothing has to be listed.
"""

from __future__ import annotations

import functools
import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.fuzz.targets import maker_of, name_of, name_of_meter, targets
from tokencli.readers import invoice, otlp_protobuf
from tokencli.readers.agents import AGENTS
from tokencli.readers.scan import Scanner
from tokencli.wire.decoding import Decoder
from tokencli.wire.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE: Final = "TOKENCLI_FUZZ_SEEDS"
LARGEST: Final = 2048
"""Inputs are not longer: small ones are read fast, and what is long is rarely of another kind."""
SANE: Final = 600
_MOST: Final = 400
_FEW: Final = 4
_LONGEST: Final = 32


class Basket:
    """The inputs seen so far. What comes in pieces is one input for each object that takes it in."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[bytes, None]] = {}
        self._pieces: dict[tuple[str, int], list[bytes]] = {}
        self._last: dict[str, Any] = {}

    def add(self, name: str, data: bytes) -> None:
        """Keep one input."""
        known = self.inputs.setdefault(name, {})
        if data and len(known) < _MOST:
            known[shortened(data)] = None

    def begin(self, name: str, owner: object, state: str | None = None) -> None:
        """Say that an object begins anew, or, in a state, goes on where the one before it stood."""
        self._finish((name, id(owner)))
        before = self._last.get(name)
        goes_on = state is not None and before is not None and before.state == state
        self._pieces[name, id(owner)] = self._pieces.pop((name, id(before)), []) if goes_on else []
        self._last[name] = owner

    def piece(self, name: str, owner: object, data: bytes) -> None:
        """Keep a piece of an object's input."""
        self._pieces.setdefault((name, id(owner)), []).append(data)

    def _finish(self, key: tuple[str, int]) -> None:
        name = key[0]
        joint = b"" if name.startswith(("wire_", "code_")) else b"\n"
        self.add(name, joint.join(self._pieces.pop(key, [])))

    def write(self, folder: Path) -> None:
        """Write everything, one file for each input."""
        for key in list(self._pieces):
            self._finish(key)
        for name, inputs in self.inputs.items():
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            for data in inputs:
                (place / blake2b(data, digest_size=10).hexdigest()).write_bytes(data)


def shortened(data: bytes) -> bytes:
    """Return an input of a sane size with the shape of what is too long: short texts, few items, few records."""
    if len(data) <= SANE:
        return data
    separator = b"\n\n" if b"\n\n" in data else b"\r\n\r\n" if b"\r\n\r\n" in data else b"\n"
    slim = _slim_record(data)
    if slim == data:
        records = data.split(separator)
        kept = records if len(records) <= _FEW else [*records[: _FEW // 2], *records[-_FEW // 2 :]]
        slim = separator.join(map(_slim_record, kept))
    half = LARGEST // 2
    return slim if len(slim) <= LARGEST else slim[:half] + slim[-half:]


def _slim_record(record: bytes) -> bytes:
    begun = min((at for at in (record.find(b"{"), record.find(b"[")) if at >= 0), default=-1)
    try:
        value = json.loads(record[begun:]) if begun >= 0 else None
    except (ValueError, RecursionError):
        return record
    return record if value is None else record[:begun] + json.dumps(_slim(value), separators=(",", ":")).encode()


def _slim(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST or value.startswith("{") else value[:_LONGEST]
    if isinstance(value, list):
        return [_slim(item) for item in (value if len(value) <= _FEW else [*value[:2], *value[-2:]])]
    return {name: _slim(item) for name, item in value.items()} if isinstance(value, dict) else value


basket: Final = Basket()


def pytest_configure() -> None:
    """Listen to every reader and meter, before a test has imported one."""
    for target in targets().values():
        basket.inputs.setdefault(target.name, {})
    for meter in {api.meter for api in APIS.values()}:
        _listen(type(meter("")), "observe", name_of_meter(meter))
    for agent in AGENTS:
        maker, name = maker_of(agent), name_of(agent)
        if agent.lines:
            _listen(maker, "read", name)
        else:
            _before(maker, "read", functools.partial(_keep_document if agent.document else _keep_rows, name))
    _before(Scanner, "scan", lambda _, block, *__: basket.add("cost-line", block))
    _before(Scanner, "entry", lambda _, __, fields, *___: basket.add("cost-array", json.dumps([fields]).encode()[1:]))
    _before(invoice, "read_invoice", lambda _, data, **__: basket.add("invoice", data))
    _before(otlp_protobuf, "as_json", lambda _, data: basket.add("otlp-protobuf", data))
    _before(Decoder, "feed", _keep_code)


def pytest_unconfigure() -> None:
    """Write what was heard."""
    folder = os.environ.get(VARIABLE)
    if folder:
        basket.write(Path(folder))


def _listen(maker: type, method: str, name: str) -> None:
    """Keep what a class takes in piece by piece, from its beginning on."""
    _before(maker, "__init__", lambda owner, _, state=None: basket.begin(name, owner, state))
    _before(maker, method, lambda owner, data: basket.piece(name, owner, data))


def _keep_document(name: str, _owner: object, _path: str, data: bytes) -> None:
    basket.add(name, data)


def _keep_rows(name: str, _owner: object, _path: str, rows: Any) -> None:
    if isinstance(rows, list | tuple):
        basket.add(name, written(rows))


def _keep_code(owner: Decoder, data: bytes) -> None:
    for layer in owner._layers:
        basket.add(f"code{type(layer).__name__}".lower(), data)


def written(rows: Any) -> bytes:
    """Return rows as a target for rows takes them."""
    return json.dumps([[_cell(value) for value in row] for row in rows]).encode()


def _cell(value: object) -> object:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value if isinstance(value, str | int | float | None) else str(value)


def _before(owner: Any, name: str, heard: Callable[..., None]) -> None:
    whole = getattr(owner, name)

    @functools.wraps(whole)
    def wrapper(*args: Any, **named: Any) -> Any:
        heard(*args, **named)
        return whole(*args, **named)

    setattr(owner, name, wrapper)
