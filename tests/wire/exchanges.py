"""Recorded answers, played to a meter in pieces, and judged as the corpus' own score does."""

from __future__ import annotations

import importlib.util
import json
import random
from functools import cache
from typing import TYPE_CHECKING, Any

from tokencli.domain.usage import Basis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tokencli.wire.reading import Meter, Reading

SIZES = (1, 7)
SEEDS = (1, 2)
BYTE_BY_BYTE = 30_000  # a longer body is not fed byte by byte


def records(corpus: Path, *apis: str) -> list[dict[str, Any]]:
    with (corpus / "exchanges.jsonl").open(encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [record for record in found if record["api"] in apis]


def body_of(record: dict[str, Any]) -> bytes:
    return (record["response_body"] or "").encode()


def cuttings(body: bytes) -> Iterator[list[bytes]]:
    """Yield the body in one piece, then in small ones, then cut at random places."""
    yield [body]
    for size in SIZES:
        if len(body) <= BYTE_BY_BYTE * size:
            yield [body[at : at + size] for at in range(0, len(body), size)]
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311 - the same cuts on every run are wanted, not secrets
        edges = sorted(chance.randrange(len(body) + 1) for _ in range(9))
        yield [body[start:end] for start, end in zip([0, *edges], [*edges, len(body)], strict=True)]


def read(meter: Meter, chunks: list[bytes], *, is_complete: bool = True) -> Reading:
    for chunk in chunks:
        meter.observe(chunk)
    return meter.reading(is_complete=is_complete)


def verdict(corpus: Path, record: dict[str, Any], reading: Reading) -> tuple[str, str]:
    """Return what score.py says: "ok", "wrong" or "doubtful (not scored)", and why."""
    usage = reading.usage
    prediction: dict[str, Any] = {"id": record["id"]}
    if usage is not None:
        prediction |= {
            "input_total": usage.input_tokens,
            "uncached_input": usage.uncached_input_tokens,
            "cache_read": usage.cache_read_tokens,
            "cache_write": usage.cache_write_tokens,
            "output_total": usage.output_tokens,
            "reasoning": usage.reasoning_tokens,
        }
    judged: tuple[str, str] = _score(corpus).verdict(record, prediction)
    return judged


def misjudged(corpus: Path, meter: Callable[[str], Meter], *apis: str) -> list[tuple[object, ...]]:
    """Return every record that is read wrong, or differently when it is cut differently."""
    wrong: list[tuple[object, ...]] = []
    for record in records(corpus, *apis):
        kind = record["response_content_type"] or ""
        first, *others = [read(meter(kind), chunks) for chunks in cuttings(body_of(record))]
        judged = verdict(corpus, record, first)
        if judged[0] == "wrong":
            wrong.append((record["id"], record["provider"], *judged))
        if any(other != first for other in others):
            wrong.append((record["id"], record["provider"], "differs by cut"))
    return wrong


def overstated(corpus: Path, meter: Callable[[str], Meter], *apis: str) -> list[tuple[object, ...]]:
    """Return every record whose cut answer claims more than the whole one, or claims to be whole.

    Doubtful ones are left out: what they contradict is often themselves.
    """
    wrong: list[tuple[object, ...]] = []
    for record in records(corpus, *apis):
        if record["doubtful"]:
            continue
        body, kind = body_of(record), record["response_content_type"] or ""
        whole = read(meter(kind), [body])
        for tenth in range(10):
            part = read(meter(kind), [body[: len(body) * tenth // 10]], is_complete=False)
            if part.response_id != whole.response_id:
                continue  # nothing yet, or one of several answers in one recording
            if part.basis is Basis.REPORTED and part != whole:
                wrong.append((record["id"], tenth, part.basis))
            if part.usage and whole.usage and _exceeds(part, whole):
                wrong.append((record["id"], tenth, part.usage, whole.usage))
    return wrong


def _exceeds(part: Reading, whole: Reading) -> bool:
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    return any(_billed(part, name) > _billed(whole, name) for name in names)


def _billed(reading: Reading, name: str) -> int:
    usages = [reading.usage, *(call.usage for call in reading.side_calls)]
    return sum(getattr(usage, name) for usage in usages if usage is not None)


@cache
def _score(corpus: Path) -> Any:
    spec = importlib.util.spec_from_file_location("corpus_score", corpus / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
