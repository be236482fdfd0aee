"""The configuration for people and as JSON: what is in force, what may be wrong, where it was looked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.text import visible
from tokencli.render.terminal import counted, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from tokencli.config.places import Candidate
    from tokencli.services.configuration import LookedOver, SettingInForce

_LONGEST_PATH = 4096
_ALWAYS = ("base_url", "api_key", "api_key_env", "rpm", "timeout_s")


def settings_table(found: Sequence[SettingInForce]) -> Table:
    """Return what is in force, section by section; of a provider's defaults only those that matter most."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("setting", overflow="fold")
    table.add_column("value", overflow="fold")
    table.add_column("from", no_wrap=True)
    section: tuple[str, ...] = ()
    for each in found:
        if each.line is None and each.path[0] == "providers" and each.path[-1] not in _ALWAYS:
            continue
        if each.path[:-1] != section:
            section = each.path[:-1]
            if table.row_count:
                table.add_row()
            table.add_row(safe(f"[{_dotted(section)}]", style="bold cyan"))
        origin = "default" if each.line is None else f"line {each.line}"
        table.add_row(
            safe(f"  {each.path[-1]}"), safe(_words(each.value)), safe(origin, style="dim" if each.line is None else "")
        )
    return table


def settings_json(file: str, found: Sequence[SettingInForce]) -> str:
    """Return what is in force as one JSON object; `line` is null for a default."""
    rows = [{"key": _dotted(each.path), "value": each.value, "line": each.line} for each in found]
    return json.dumps({"file": file, "settings": rows}, indent=2, ensure_ascii=False)


def check_words(found: LookedOver) -> str:
    """Return what a look at the file found, a sentence a line."""
    holds = [counted(found.providers, "provider"), counted(found.models, "model")]
    if found.own_prices:
        holds.append(counted(found.own_prices, "own price"))
    state = "is fine" if not found.warnings else f"can be used, with {counted(len(found.warnings), 'warning')}"
    first = f"{_path(found.place)} {state}: {', '.join(holds)}."
    return "\n".join((first, *(f"  {_path(warning)}" for warning in found.warnings)))


def check_json(found: LookedOver) -> str:
    """Return what a look at the file found as one JSON object."""
    values = {
        "status": "warning" if found.warnings else "ok",
        "file": found.place,
        "providers": found.providers,
        "models": found.models,
        "own_prices": found.own_prices,
        "warnings": list(found.warnings),
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def places_words(looked_at: Sequence[Candidate]) -> str:
    """Return the places where the configuration is looked for, one a line, the used one marked."""
    width = max(len(each.name) for each in looked_at)
    lines: list[str] = []
    for each in looked_at:
        where = _path(str(each.path)) if each.path else "not said"
        state = "" if each.is_there or each.path is None else " (not there)"
        lines.append(f"{'*' if each.is_used else ' '} {each.name:<{width}}  {where}{state}")
    return "\n".join(lines)


def places_json(looked_at: Sequence[Candidate]) -> str:
    """Return the used file and all places as one JSON object."""
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "path": str(each.path) if each.path else None,
            "is_there": each.is_there,
            "is_used": each.is_used,
        }
        for each in looked_at
    ]
    used = next(row["path"] for row in rows if row["is_used"])
    return json.dumps({"file": used, "looked_at": rows}, indent=2, ensure_ascii=False)


def _dotted(path: Sequence[str]) -> str:
    """Return a path as TOML writes it: providers."managed:kimi-code".rpm."""
    plain = str.maketrans("", "", "-_")
    return ".".join(
        key if key.isascii() and key.translate(plain).isalnum() else json.dumps(key, ensure_ascii=False) for key in path
    )


def _words(value: Any) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(text: str) -> str:
    return visible(text, limit=_LONGEST_PATH)
