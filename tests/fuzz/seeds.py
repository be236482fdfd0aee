"""First inputs: what the tests of meters and readers give them, and, where it is here, the corpus of recorded calls."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zstandard

from tests.fuzz.harvest import VARIABLE, Basket, shortened
from tests.fuzz.targets import SIGNALS, name_of, name_of_meter
from tokencli.readers import otlp_protobuf
from tokencli.readers.agents import claimant
from tokencli.wire.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.targets import Target

ROOT: Final = Path(__file__).resolve().parents[2]
TEXT: Final = b'{"a": 1}\n2026-01-02 [x] Cost calculated: $0.000001 (1 in + 1 out tokens)\n'
_OF_EACH: Final = 4
TESTS: Final = ("tests/readers", "tests/wire")


class NoSeedsError(AssertionError):
    """The tests that should be listened to did not run."""

    def __init__(self, said: str) -> None:
        """Keep the end of what was said."""
        super().__init__(f"no inputs came of {' and '.join(TESTS)}:\n{said[-2000:]}")


def gather(folder: Path) -> None:
    """Write the first inputs of all targets, a folder for each."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.fuzz.harvest", "-m", "not hypothesis and not torture"]
    quiet = ["-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider"]
    nowhere = str(folder / "no-corpus")  # recorded calls are added below, each as it is
    environ = {**os.environ, VARIABLE: str(folder), "TOKENCLI_CORPUS": nowhere}
    done = subprocess.run(
        [*command, *quiet, *TESTS], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    if not folder.is_dir():
        raise NoSeedsError(done.stdout + done.stderr)
    basket = Basket()
    for name, data in (*_packed(), *_recorded(), *_exports(_inputs(folder / "otlp-lines"))):
        basket.add(name, data)
    for place in sorted(folder.iterdir()):
        for data in _inputs(place)[:_OF_EACH]:
            basket.add("claims", data)
    basket.write(folder)


def seeds_of(folder: Path, target: Target) -> list[bytes]:
    """Return a target's first inputs in an order that is always the same."""
    return _inputs(folder / (target.like or target.name))


def _inputs(place: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(place.iterdir())] if place.is_dir() else []


def corpus() -> Path | None:
    """Return the folder of recorded calls where it is here."""
    place = Path(os.environ.get("TOKENCLI_CORPUS") or ROOT.parent / "shared" / "corpus")
    return place if place.is_dir() else None


def _packed() -> Iterator[tuple[str, bytes]]:
    for data in (
        gzip.compress(TEXT, mtime=0) * 2,
        bz2.compress(TEXT),
        lzma.compress(TEXT),
        zstandard.compress(TEXT) * 2,
        TEXT.decode().encode("utf-16"),
        TEXT.decode().encode("utf-16-be"),
    ):
        yield "packed", data


def _recorded() -> Iterator[tuple[str, bytes]]:
    place = corpus()
    if place is None:
        return
    for case in _records(place / "agent_logs.jsonl"):
        for name, text in (case["files"] or {}).items():
            data = (text or "").encode("utf-8", "replace")
            agent = claimant(name, data[:65_536])
            if agent is not None and agent.rows is None:
                yield name_of(agent), data
    for record in _records(place / "exchanges.jsonl"):
        api = APIS.get(record["api"])
        if api is not None:
            data = (record["response_body"] or "").encode("utf-8", "replace")
            yield name_of_meter(api.meter), shortened(data)


def _exports(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what tests give the reader of OTLP as JSON as protobuf, too."""
    formats = import_module("google.protobuf.json_format")
    for line in lines:
        for signal in SIGNALS:
            message = otlp_protobuf._class(signal, "ServiceRequest")()
            try:
                formats.Parse(line, message)
            except (formats.ParseError, ValueError):
                continue
            yield "otlp-protobuf", message.SerializeToString()


def _records(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
