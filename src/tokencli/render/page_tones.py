"""Which colour stands for which model: one choice for the whole page, so a model looks the same in each chart.

A tone is a name ("series-1"); page.css gives it a colour, one for light and one for dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.text import visible
from tokencli.render.page_words import UNKNOWN, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.domain.report import Report, ReportRow, Totals

SERIES = 8
OTHER = "series-other"
PLAIN = "plain"
_SHORT_NAME = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Tones:
    """The models that have a colour of their own, the dearest first; all others share the grey one."""

    named: tuple[str | None, ...]

    def of(self, model: str | None) -> str:
        """Return the tone of a model."""
        return f"series-{self.named.index(model) + 1}" if model in self.named else OTHER

    def groups(self, models: Iterable[str | None]) -> tuple[tuple[str, str], ...]:
        """Return (tone, name) of the groups those models fall into, in the order of the page."""
        present = set(models)
        own = tuple((self.of(model), short_name(model)) for model in self.named if model in present)
        rest = list(present.difference(self.named))
        if not rest:
            return own
        return (*own, (OTHER, short_name(rest[0]) if len(rest) == 1 else f"{len(rest)} other models"))


def tones_of(by_model: Report) -> Tones:
    """Return the tones of a report by model: the dearest models first, then those with the most calls."""
    models = [row.key.get("model") for row in sorted(by_model.rows, key=_weight, reverse=True)]
    return Tones(named=tuple(models[:SERIES]))


def short_name(model: str | None) -> str:
    """Return a model's name for a legend or a hover, cut where it is too long to read."""
    return UNKNOWN if model is None else visible(name_of(model), _SHORT_NAME)


def _weight(row: ReportRow) -> tuple[Decimal, int, int]:
    totals: Totals = row.totals
    return totals.list_cost or Decimal(0), totals.requests, totals.total_tokens
