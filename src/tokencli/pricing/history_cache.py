"""Looked-up histories on disk, so that a run that meets no new model need not import the price list.

One JSON object a line, only ever appended to, in a file that carries in its name the versions of the list and of the
program that read it. A line that cannot be read is skipped and looked up again. Everything still works when the
directory cannot be written.
"""

from __future__ import annotations

import contextlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

from tokencli.pricing.card import PriceCard

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
MOST_BYTES = 2_000_000
_LONGEST_NAME = 200


class HistoryCache:
    """Histories by (provider, model) in `directory`; each `version` has a file of its own."""

    def __init__(self, directory: Path, version: str) -> None:
        """Name the file; nothing is read or written yet."""
        self._path = directory / f"prices-{version}-{FORMAT}.jsonl"

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[PriceCard, ...]]:
        known: dict[tuple[str, str], tuple[PriceCard, ...]] = {}
        try:
            lines = self._path.read_bytes()[:MOST_BYTES].split(b"\n")
        except OSError:
            lines = []
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                entry = json.loads(line)
                key = (str(entry["provider"]), str(entry["model"]))
                known[key] = tuple(PriceCard.from_dict(body) for body in entry["cards"])
        return known

    def get(self, provider: str, model: str) -> tuple[PriceCard, ...] | None:
        """Return a history, empty when the list had none; None when it was not looked up yet."""
        return self._known.get((provider, model))

    def put(self, provider: str, model: str, cards: tuple[PriceCard, ...]) -> None:
        """Keep a history. Very long names and what comes after the file is full stay in memory only."""
        self._known[provider, model] = cards
        if len(provider) + len(model) > _LONGEST_NAME:
            return
        entry = {"provider": provider, "model": model, "cards": [card.to_dict() for card in cards]}
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() + len(line) <= MOST_BYTES:
                    file.write(line)
