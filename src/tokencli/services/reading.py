"""Reading: how logs are to be read; light enough to be asked for where nothing is read in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Labels(NamedTuple):
    """What the command line says of all calls of a log."""

    source: str
    agent: str | None = None
    project: str | None = None
    tags: str = "{}"

    @classmethod
    def of(cls, source: str, agent: str | None, project: str | None, tags: Mapping[str, str]) -> Labels:
        """Return labels with the tags as canonical JSON."""
        return cls(source, agent, project, json.dumps(dict(tags), sort_keys=True, ensure_ascii=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How logs are to be read: `zone` for times without offset, `day` (ISO date) for lines without time.

    A dry run does everything and keeps nothing. `table` is the state in which a reader of tables begins: the columns'
    meaning, as the user said it.
    """

    zone: str
    day: str | None
    labels: Labels
    is_dry_run: bool = False
    table: str | None = None
