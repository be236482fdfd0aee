"""Reading: how logs are to be read; light enough to be asked for where nothing is read in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokencli.services.rates import Labels


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
