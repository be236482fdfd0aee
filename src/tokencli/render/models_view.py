"""The models of config.toml as a table: what they hold, what they can, what they cost."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import Unit
from tokencli.render.context_words import context_words
from tokencli.render.prices_view import per_million
from tokencli.render.terminal import is_ascii, safe, stacked
from tokencli.services.catalogue import models_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tokencli.services.catalogue import ListedModel

_WIDE = 120
_ICONS = {
    "tool_use": "\N{WRENCH}",
    "thinking": "\N{BRAIN}",
    "vision": "\N{EYE}\N{VARIATION SELECTOR-16}",
    "multimodal": "\N{FRAME WITH PICTURE}\N{VARIATION SELECTOR-16}",
    "autocomplete": "\N{HIGH VOLTAGE SIGN}",
    "reasoning": "\N{ELECTRIC LIGHT BULB}",
    "coding": "\N{PERSONAL COMPUTER}",
    "ultra_fast": "\N{ROCKET}",
}
_PLAIN_TERMINALS = ("linux", "dumb", "")


def models_table(rows: Sequence[ListedModel], console: Console) -> Table:
    """Return models, prices in dollars per million tokens; narrow terminals see three columns below the key."""
    from rich.table import Table

    wide, icons = console.width >= _WIDE, has_icons(console)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("model", overflow="fold")
    if wide:
        table.add_column("upstream name", overflow="fold")
    table.add_column("context", justify="right", no_wrap=True)
    table.add_column("input", justify="right", no_wrap=True)
    table.add_column("output", justify="right", no_wrap=True)
    table.add_column("key", no_wrap=True)
    if wide:
        # The last column, since terminals differ in how wide they draw an icon.
        table.add_column("can", overflow="fold")
    for row in rows:
        facts = [context_words(row.context_limit_tokens), *_prices(row), "yes" if row.has_key else "no"]
        key, upstream, abilities = safe(row.entry.key), safe(row.entry.model, style="dim"), _abilities(row, icons=icons)
        if wide:
            table.add_row(key, upstream, *facts, abilities)
        else:
            below = [abilities] if _says_it_all(row) else [upstream, abilities]
            table.add_row(stacked(key, [text for text in below if text]), *facts)
    return table


def models_json(rows: Sequence[ListedModel]) -> str:
    """Return models as one JSON object, without a line end."""
    return json.dumps(models_values(rows), indent=2, ensure_ascii=False)


def has_icons(console: Console) -> bool:
    """Say whether the console can show icons: a terminal with UTF-8 that is no text console."""
    return console.is_terminal and not is_ascii(console) and os.environ.get("TERM", "") not in _PLAIN_TERMINALS


def _prices(row: ListedModel) -> tuple[str, str]:
    if row.card is None or row.cost_status is not CostStatus.PRICED:
        return row.cost_status.value, ""
    return per_million(row.card.rate(Unit.INPUT)), per_million(row.card.rate(Unit.OUTPUT))


def _abilities(row: ListedModel, *, icons: bool) -> Text:
    words = (f"{_ICONS[name]} {name}" if icons and name in _ICONS else name for name in row.entry.capabilities)
    return safe(", ".join(words), style="dim")


def _says_it_all(row: ListedModel) -> bool:
    """Say whether the key ends with the upstream name, so that the name need not be repeated."""
    return row.entry.key.endswith(f"/{row.entry.model}") or row.entry.key == row.entry.model
