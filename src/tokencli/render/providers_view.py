"""Providers as a table: where their calls go, where their key is read, how fast and how patient; never a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tokencli.render.terminal import safe, stacked
from tokencli.services.catalogue import IN_THE_FILE, providers_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tokencli.services.catalogue import ListedProvider

_WIDE = 120


def providers_table(rows: Sequence[ListedProvider], console: Console) -> Table:
    """Return providers; narrow terminals see address and key below the name, and no types."""
    from rich.table import Table

    wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("provider", overflow="fold")
    if wide:
        table.add_column("type", no_wrap=True)
        table.add_column("base URL", overflow="fold")
        table.add_column("key", overflow="fold")
    for head in ("models", "limit", "timeout"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        name, url, key = safe(row.entry.name), _address(row.entry.base_url), key_words(row)
        texts = [name, row.entry.type, url, key] if wide else [stacked(name, [url, key])]
        limit = "none" if row.entry.limit_rpm is None else f"{row.entry.limit_rpm:,}/min"
        table.add_row(*texts, str(row.models), limit, f"{row.entry.wait_s} s")
    return table


def providers_json(rows: Sequence[ListedProvider]) -> str:
    """Return providers as one JSON object, without a line end."""
    return json.dumps(providers_values(rows), indent=2, ensure_ascii=False)


def key_words(row: ListedProvider) -> Text:
    """Return where a provider's key is read and whether it is there."""
    from rich.text import Text

    if row.key_source is None:
        return Text("no key")
    if row.key_source == IN_THE_FILE:
        return Text("in config.toml", style="green")
    if row.has_key:
        return Text.assemble("from ", safe(row.key_source), style="green")
    return Text.assemble(safe(row.key_source), " is not set", style="yellow")


def _address(url: str | None) -> Text:
    from rich.text import Text

    return Text("no base URL", style="yellow") if url is None else safe(url, style="dim")
