"""What `tokencli serve` says: at its start where clients go and what is ready, one line a call, and its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokencli.domain.charge import CostStatus
from tokencli.domain.event import Finish
from tokencli.domain.text import visible
from tokencli.render.terminal import count, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokencli.domain.charge import Charge
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.session import Session
    from tokencli.services.catalogue import ListedProvider
    from tokencli.services.recovery import Recovered

_LONG = 500
_LABELS = {
    "openai": "OpenAI-style clients",
    "anthropic": "Anthropic clients",
    "gemini": "Gemini clients",
    "one_provider": "one provider",
    "one_session": "one session",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeView:
    """A server that has just started; `session` is the active one, `base_urls` by kind of client.

    `local_url` is there where every address of the machine is listened on.
    """

    version: str
    base_urls: Mapping[str, str]
    needs_token: bool
    providers: Sequence[ListedProvider]
    ledger: str
    config: str
    session: Session | None
    recovered: Recovered
    local_url: str | None = None


def start_json(view: ServeView) -> str:
    """Return the start as one line of JSON, for programs that start `serve` themselves."""
    values: dict[str, Any] = {
        "version": view.version,
        "base_urls": dict(view.base_urls),
        "needs_token": view.needs_token,
        "providers": [
            {"name": each.entry.name, "has_key": each.has_key, "key_source": each.key_source} for each in view.providers
        ],
        "ledger": view.ledger,
        "config": view.config,
        "session": None if view.session is None else view.session.name,
        "recovered": view.recovered._asdict(),
    }
    return json.dumps(values)


def start_text(view: ServeView) -> str:
    """Return the start as lines of plain text, without a line end."""
    rows = [(_LABELS[kind], url) for kind, url in view.base_urls.items()]
    if view.local_url is not None:
        rows.append(("listening on", f"every address of this machine; its own programs may use {view.local_url}"))
    if view.needs_token:
        rows.append(("token", "asked for in every request: X-Tokencli-Token, or in the place of the API key"))
    rows += [*_key_rows(view.providers), ("ledger", view.ledger), ("config", view.config)]
    rows.append(("session", _session_words(view.session)))
    if told := recovered_words(view.recovered):
        rows.append(("recovered", told))
    width = max(len(label) for label, _ in rows)
    lines = [f"  {label:<{width}}  {visible(text, limit=_LONG)}" for label, text in rows]
    return "\n".join((f"tokencli {view.version} is ready; Ctrl-C stops it.", *lines))


def recovered_words(found: Recovered) -> str:
    """Return what was found of runs that ended without settling; empty when nothing was."""
    parts = (
        (found.unknown, "left open by a crash, now settled as unknown"),
        (found.spooled, "taken in from the spool"),
    )
    words = [f"{_calls(number)} {what}" for number, what in parts if number]
    if found.broken:
        lines = "line" if found.broken == 1 else "lines"
        words.append(f"{count(found.broken)} {lines} kept aside unread beside the ledger")
    return "; ".join(words)


def call_line(event: UsageEvent, charge: Charge | None) -> str:
    """Return one settled call in one line: time, provider and model, tokens, cost, and how it ended unless well."""
    usage = event.usage
    into, out = ("?", "?") if usage is None else (count(usage.input_tokens), count(usage.output_tokens))
    cost = "" if charge is None else f", {_cost_words(charge)}"
    ending = "" if event.finish is Finish.OK else f", {event.finish.value}"
    why = f" ({event.error_type})" if event.error_type else ""
    name = "/".join(part for part in (event.provider_name, event.model) if part)
    when = event.occurred_at.astimezone().strftime("%H:%M:%S")
    return f"{when} {visible(name)}: {into} in, {out} out{cost}{ending}{visible(why)}"


def _cost_words(charge: Charge) -> str:
    """Return what a call costs; a word where there is no sum, for what is not known is not $0."""
    if charge.list_cost is None or charge.status is not CostStatus.PRICED:
        return charge.status.value
    return money(charge.list_cost)


def stopping_words(n_open: int, drain_s: float) -> str:
    """Return what is said when the server is told to stop while answers are under way."""
    return f"stopping: {_calls(n_open)} may take {drain_s:g} s to end; once more breaks them off."


def stopped_words(broken_off: int) -> str:
    """Return what is said at the end when answers had to be broken off."""
    return f"{_calls(broken_off)} broken off and settled with what was known."


def _key_rows(providers: Iterable[ListedProvider]) -> list[tuple[str, str]]:
    ready = [each.entry.name for each in providers if each.has_key]
    lacking = [f"{each.entry.name} ({each.key_source})" for each in providers if not each.has_key and each.key_source]
    keyless = [each.entry.name for each in providers if not each.has_key and not each.key_source]
    rows = [("keys", ", ".join(ready) or "none yet: set one of the variables below, or let clients send their own")]
    if lacking:
        rows.append(("no key", ", ".join(lacking)))
    if keyless:
        rows.append(("need no key", ", ".join(keyless)))
    return rows


def _session_words(session: Session | None) -> str:
    if session is None:
        return "none is active: 'tokencli session new' begins one"
    what = session.model or session.provider_name
    return f"{session.name} ({what})" if what else session.name


def _calls(number: int) -> str:
    return f"{count(number)} {'call' if number == 1 else 'calls'}"
