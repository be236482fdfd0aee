"""Sessions: calls of sessions that are gone, models that config.toml does not know, contexts larger than they are.

A limit below the provider's own is a choice; one above it lets a gauge show room that is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import calls_words, warning
from tokencli.services.contexts import listed_limit
from tokencli.store import check_sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence
    from tokencli.store.facets import Facet

TOLERANCE: Final = 1.05
"""164,000 for 163,840 is rounding."""


def lost_sessions(evidence: Evidence) -> Iterator[Finding]:
    """Find calls that belong to sessions which the ledger does not hold."""
    lost = check_sessions.lost_sessions(evidence.connection)
    if lost:
        calls = sum(count for _, count in lost)
        words = (
            f"{calls_words(calls)} belong to {len(lost)} session{'s' if len(lost) > 1 else ''} that the ledger lacks."
        )
        advice = "Another program removed them: bring back a copy of the ledger, or see them by 'report --by session'."
        yield warning("session-lost", words, advice, subject=lost[0][0], count=calls)


def unknown_models(evidence: Evidence) -> Iterator[Finding]:
    """Find open sessions whose model config.toml has no more."""
    settings = evidence.tools.settings
    for name, model in check_sessions.session_models(evidence.connection):
        if settings.models and settings.resolve_model(model) is None:
            words = f"The session {name!r} asks for the model {model!r}, which config.toml does not name."
            advice = "Name the model in config.toml, or end the session with 'tokencli session end'."
            yield warning("session-model-unknown", words, advice, subject=name, count=1)


def context_limits(evidence: Evidence) -> Iterator[Finding]:
    """Find models in use whose limit in config.toml is above what their provider serves."""
    settings = evidence.tools.settings
    used = {(facet.provider, name) for facet in _used(evidence) for name in (facet.request_model, facet.response_model)}
    chosen = {model for _, model in check_sessions.session_models(evidence.connection)}
    for entry in settings.models.values():
        is_used = entry.key in chosen or not used.isdisjoint(
            {(entry.provider, entry.model), (entry.provider, entry.key)}
        )
        if entry.context_limit_tokens is None or not is_used:
            continue
        listed = listed_limit(entry.provider, entry.model)
        if listed is None or entry.context_limit_tokens <= TOLERANCE * listed:
            continue
        words = (
            f"{entry.key}: config.toml says a context of {entry.context_limit_tokens:,} tokens, "
            f"{entry.provider} serves {listed:,}."
        )
        advice = f"Write max_context_size = {listed} for it in config.toml, or leave it out: gauges show too much room."
        yield warning("context-limit", words, advice, subject=entry.key, count=entry.context_limit_tokens - listed)


def _used(evidence: Evidence) -> Iterator[Facet]:
    for number, tally in evidence.sums.items():
        if tally.requests:
            yield evidence.facets[number]
