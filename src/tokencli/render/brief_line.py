"""The status in one line, from whole numbers: the words of `status_view.status_line`, with nothing loaded for them."""

from __future__ import annotations

from tokencli.domain.pico import cents, rounded
from tokencli.domain.plain import NotPlainError
from tokencli.render.context_words import context_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokencli.services.brief import BriefSessionView, BriefStatus
    from tokencli.services.claude_session import ClaudeSession
    from tokencli.store.brief import Sum

DEFAULT = "today {today}, week {week}, month {month}{session_part}"
CLAUDE = "{model} {context_percent} of {context}, session {session_cost}, today {today}"
PERIODS = {"today": "day", "week": "week", "month": "month"}
SESSION_WORDS = ("session", "model", "context", "context_percent", "gauge", "session_cost", "session_part")
WORDS = {
    *PERIODS,
    *(f"{name}{end}" for name in PERIODS for end in ("_cost", "_limit", "_level")),
    *("calls", "tokens"),
    *SESSION_WORDS,
}
_MARKS = {"warning": " (!)", "over": " (!!)"}
_DASH, _UNPRICED = "-", "unpriced"
_LONGEST_PLAIN = 200
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_DIGITS_AND_POINT = 4


def pieces_of(template: str) -> list[str]:
    """Return a template cut into text, field, text ... and text; raise NotPlainError for more than plain fields."""
    first, *others = template.split("{")
    pieces = [first]
    for other in others:
        field, end, text = other.partition("}")
        if not end or field not in WORDS or "}" in text:
            raise NotPlainError
        pieces += (field, text)
    if "}" in first:
        raise NotPlainError
    return pieces


def brief_line(found: BriefStatus, template: str) -> str:
    """Return the template with its fields filled in, in one line; raise NotPlainError for more than plain fields."""
    pieces = pieces_of(template)
    pieces[1::2] = [field(found, name) for name in pieces[1::2]]
    return " ".join("".join(pieces).split("\n"))


def field(found: BriefStatus, name: str) -> str:
    """Return what a field of a template shows."""
    if name in SESSION_WORDS:
        return _of_session(found.session, name)
    if name == "calls":
        return f"{found.sum_of('day').requests:,}"
    if name == "tokens":
        return compact(found.sum_of("day").tokens)
    word, _, part = name.partition("_")
    return _of_period(found, PERIODS[word], part)


def _of_period(found: BriefStatus, period: str, part: str) -> str:
    limit = found.limits.get(period)
    if part == "limit":
        return _DASH if limit is None else cents(limit)
    if part == "level":
        return found.level_of(period) or _DASH
    cost = _cost(found.sum_of(period))
    if part == "cost" or limit is None:
        return cost
    return f"{cost} of {cents(limit)}{_MARKS.get(found.level_of(period) or '', '')}"


def _of_session(view: BriefSessionView | ClaudeSession | None, name: str) -> str:
    if view is None:
        return "" if name == "session_part" else _DASH
    ratio = view.context_used_ratio
    percent = _DASH if ratio is None else f"{ratio:.0%}"
    limit = context_words(view.context_limit_tokens)
    if name == "gauge":
        from tokencli.domain.session import gauge_of

        return gauge_of(ratio).value
    if name == "session_cost":
        return _cost(view.sum())
    return {
        "session": shown(view.name),
        "model": shown(view.model or _DASH),
        "context": limit,
        "context_percent": percent,
        "session_part": f", {shown(view.name)} {percent} of {limit}",
    }[name]


def _cost(total: Sum | None) -> str:
    if total is None:
        return _DASH
    return _UNPRICED if total.cost is None else cents(total.cost, is_lower_bound=total.unpriced > 0)


def shown(text: str) -> str:
    """Return text from outside, made harmless as `visible` does."""
    if text.isascii() and text.isprintable() and len(text) <= _LONGEST_PLAIN:
        return text
    from tokencli.domain.text import visible

    return visible(text)


def compact(number: int) -> str:
    """Return a whole number in at most five characters with its unit, as every view does: 999, 12.3k, 1.23M."""
    for size, unit in _UNITS:
        if number >= size:
            texts = (rounded(number, size, places).replace(",", "") for places in (2, 1, 0))
            return f"{next(text for text in texts if len(text) <= _DIGITS_AND_POINT)}{unit}"
    return str(number)
