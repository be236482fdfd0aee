"""Good news: the providers of which nothing bad was found, so that a reader sees what was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.finding import Severity
from tokencli.domain.money import from_pico
from tokencli.services.checks.costs import dollars
from tokencli.services.checks.evidence import calls_words, name_of, requests_of, success

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence


def good_news(evidence: Evidence, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Say of each provider that no bad finding names, nor any model of it, that its calls are in order."""
    named = {each.subject for each in findings if each.severity is not Severity.SUCCESS and each.subject}
    for provider, found in sorted(evidence.by(lambda facet: facet.provider).items(), key=lambda pair: str(pair[0])):
        models = {name_of(facet) for facet, _ in found}
        if provider in named or not named.isdisjoint(models):
            continue
        tokens = sum(tally.total_tokens for _, tally in found)
        cost = from_pico(sum(tally.list_pico for _, tally in found))
        words = (
            f"{provider}: {calls_words(requests_of(found))}, {tokens:,} tokens, {dollars(cost)}: counted and priced."
        )
        yield success("provider-in-order", words, subject=str(provider), count=requests_of(found))
