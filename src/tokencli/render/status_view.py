"""The status in one line, for prompts and status bars, by a template; and as JSON."""

from __future__ import annotations

import json
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.errors import UsageError
from tokencli.domain.text import visible
from tokencli.render.context_words import context_words
from tokencli.render.terminal import DASH, compact, money
from tokencli.services.budgets import threshold_values
from tokencli.services.live import live_session, totals_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.threshold import Threshold
    from tokencli.services.status import Status

DEFAULT: Final = "today {today}, week {week}, month {month}{session_part}"
_PERIODS: Final = {"today": "day", "week": "week", "month": "month"}
_CENTS: Final = 2
_WORDS: Final = (
    *_PERIODS,
    *(f"{name}_cost" for name in _PERIODS),
    *(f"{name}_limit" for name in _PERIODS),
    *(f"{name}_level" for name in _PERIODS),
    *("calls", "tokens", "session", "model", "context", "context_percent", "gauge", "session_cost", "session_part"),
)


class UnknownFieldError(UsageError):
    """A template that asks for something there is not."""

    def __init__(self, name: str) -> None:
        """Name it, and what there is."""
        super().__init__(f"there is no {{{visible(name)}}}: use {', '.join(f'{{{word}}}' for word in _WORDS)}.")


class BrokenTemplateError(UsageError):
    """A template in which a brace has no counterpart."""

    def __init__(self, template: str) -> None:
        """Show it, and how a brace is written."""
        super().__init__(f"in {visible(template)!r} a brace has no counterpart: write '{{{{' and '}}}}' for braces.")


def status_line(found: Status, template: str = DEFAULT) -> str:
    """Return the template with its fields filled in, in one line; raise UnknownFieldError for a field there is not."""
    return filled(template, _values(found))


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its fields filled in, in one line; raise UnknownFieldError for a field there is not."""
    parts: list[str] = []
    try:
        for text, field, _, _ in Formatter().parse(template):
            parts.append(text)
            if field is not None:
                parts.append(values[field])
    except KeyError as error:
        raise UnknownFieldError(str(error.args[0])) from None
    except ValueError:
        raise BrokenTemplateError(template) from None
    return " ".join("".join(parts).split("\n"))


def status_json(found: Status, *, zone: str) -> str:
    """Return everything as one JSON object, without a line end."""
    document = {
        "totals": {name: totals_values(totals) for name, totals in found.totals.items()},
        "thresholds": [threshold_values(each) for each in found.thresholds],
        "session": None if found.session is None else live_session(found.session, zone),
    }
    return json.dumps(document, indent=2)


def _values(found: Status) -> dict[str, str]:
    values: dict[str, str] = {}
    for word, name in _PERIODS.items():
        totals, limit = found.totals[name], found.threshold(name)
        cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=_CENTS)
        most = DASH if limit is None else money(limit.limit, places=_CENTS)
        values[f"{word}_cost"], values[f"{word}_limit"] = cost, most
        values[f"{word}_level"] = DASH if limit is None else limit.level.value
        values[word] = cost if limit is None else f"{cost} of {most}{_mark(limit)}"
    day = found.totals["day"]
    return {**values, "calls": f"{day.requests:,}", "tokens": compact(day.total_tokens), **_session(found)}


def _mark(limit: Threshold) -> str:
    return {"warning": " (!)", "over": " (!!)"}.get(limit.level.value, "")


def _session(found: Status) -> dict[str, str]:
    view = found.session
    names = ("session", "model", "context", "context_percent", "gauge", "session_cost")
    if view is None:
        return {**dict.fromkeys(names, DASH), "session_part": ""}
    ratio = view.context_used_ratio
    percent = DASH if ratio is None else f"{ratio:.0%}"
    name, limit = visible(view.session.name), context_words(view.context_limit_tokens)
    values: dict[str, Any] = {
        "session": name,
        "model": visible(view.model_in_use or DASH),
        "context": limit,
        "context_percent": percent,
        "gauge": view.gauge.value,
        "session_cost": money(view.list_cost, is_lower_bound=view.totals.is_lower_bound, places=_CENTS),
        "session_part": f", {name} {percent} of {limit}",
    }
    return values
