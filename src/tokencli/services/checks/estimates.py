"""Estimates: how many calls we had to count ourselves, and the likely reason.

Some estimates are normal: a client that leaves, a server that was killed. From every tenth call on there is a reason.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.services.checks.evidence import PROXY, UNASKED, calls_words, is_billed, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence, Tally
    from tokencli.store.facets import Facet

LEAST_CALLS: Final = 20
HIGH_SHARE: Final = 0.10
MOST_SHARE: Final = 0.50
_GUESSED: Final = frozenset({Basis.ESTIMATED.value, Basis.PARTIAL.value})
_CAUSES: Final = {
    "include_usage": (
        "their streams were never asked for usage (include_usage)",
        "Ask for stream_options.include_usage: 'tokencli serve' does, unless config.toml says include_usage = false.",
    ),
    "client": (
        "their clients left before the end",
        'Set on_disconnect = "drain" for this provider in config.toml, or raise the clients\' own timeouts.',
    ),
    "upstream": (
        "their answers were cut on the way",
        "Look at the provider's and the network's timeouts: raise timeout_s for this provider in config.toml.",
    ),
    "crash": (
        "the server was killed while they were under way",
        "Find out what ends 'tokencli serve' (memory, a restart); let it end by SIGTERM, which settles open calls.",
    ),
    "unmeasured": (
        "their answers ended well and told no usage: this path is not measured, or its provider does not count",
        "Look at one with 'tokencli explain EVENT', and ask the provider how it reports the usage of such a call.",
    ),
}


def estimated_share(evidence: Evidence) -> Iterator[Finding]:
    """Find providers of whose calls too many are our own counts, with the likely cause."""
    for found in evidence.by(lambda facet: (facet.source, facet.provider) if is_billed(facet) else None).values():
        facet = found[0][0]
        answered = sum(tally.requests for each, tally in found if each.basis != Basis.MISSING)
        guessed = [(each, tally) for each, tally in found if each.basis in _GUESSED]
        count = sum(tally.requests for _, tally in guessed)
        if answered < LEAST_CALLS or count < HIGH_SHARE * answered:
            continue
        reason, advice = _CAUSES[_cause(evidence, guessed)]
        name = facet.provider or "(no provider named)"
        share = round(100 * count / answered)
        words = f"{name}: {count:,} of {calls_words(answered)} ({share} %) are estimates of ours, for {reason}."
        say = problem if count >= MOST_SHARE * answered else warning
        yield say("estimated-share", words, advice, subject=name, count=count)


def _cause(evidence: Evidence, guessed: list[tuple[Facet, Tally]]) -> str:
    """Return the likeliest cause: that of most of the calls."""
    ends: Counter[str] = Counter()
    for facet, tally in guessed:
        ends[_cause_of(evidence, facet)] += tally.requests
    return ends.most_common(1)[0][0]


def _cause_of(evidence: Evidence, facet: Facet) -> str:
    ended = {
        Finish.CANCELLED: "client",
        Finish.TRUNCATED: "upstream",
        Finish.ERROR: "upstream",
        Finish.UNKNOWN: "crash",
    }
    if facet.finish in ended:
        return ended[Finish(facet.finish)]
    provider = evidence.tools.settings.providers.get(facet.provider or "")
    is_switched_off = facet.source == PROXY and provider is not None and not provider.asks_for_usage
    return "include_usage" if is_switched_off or facet.source == UNASKED else "unmeasured"
