"""Tokens: calls that nobody counted, or counted on one side only, and what logs say of why.

A call without tokens costs $0 in every sum: that is the fault for which this project exists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.services.checks.evidence import (
    TALKS,
    calls_words,
    is_billed,
    is_lonely_twin,
    name_of,
    problem,
    requests_of,
    warning,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence, Tally
    from tokencli.store.facets import Facet

SOME: Final = 3
"""Fewer uncounted calls of a model than this are chance."""
SOME_SHARE: Final = 0.05
ONE_SIDED: Final = 5
"""So many calls that all lack one side are no chance any more."""
_MOST_NAMED: Final = 4
_CAUSES: Final = {
    "anthropic": "have the backend add up the usage of message_start and message_delta of the stream",
    "gemini": "have the backend read usageMetadata of the last chunk instead of counting the text itself",
    "openai": "have the backend ask for stream_options.include_usage",
}
_MEASURE: Final = "or send the calls through 'tokencli serve', which measures every answer."
FAILURES: Final = {
    "timeout": (
        "timed out",
        "Look at the provider's state, or raise the timeout: what a cut call used is not counted.",
    ),
    "no_usage": (
        "came without token counts",
        "The backend does not find the usage of its streams: read it from their last events, or use 'tokencli serve'.",
    ),
    "count_input_failed": (
        "could not be counted on the way in",
        "Read the usage that the provider sends with its answer instead of counting the prompt.",
    ),
    "count_output_failed": (
        "could not be counted on the way out",
        "Read the usage that the provider sends with its answer instead of counting the text.",
    ),
    "usage_read_failed": (
        "had a usage that the backend failed to read",
        "Look at the exception in the log beside this line: the backend asks its library for something it lacks.",
    ),
}
"""What became of the calls that a line of failure tells of, by the line's code, and the next step."""


def no_calls(evidence: Evidence) -> Iterator[Finding]:
    """Find a ledger, or a period, without any call."""
    if any(tally.requests for tally in evidence.sums.values()):
        return
    failures = sum(notice.count for notice in evidence.notices)
    why = f", while the logs hold {failures:,} lines of failure" if failures else ""
    if evidence.is_whole:
        advice = "Take in the backend's log with 'tokencli ingest LOG', or send the calls through 'tokencli serve'."
        yield problem("no-calls", f"There is not one call in the ledger{why}: nothing was ever recorded.", advice)
    else:
        advice = "Look further back with --period all, or take in newer logs with 'tokencli ingest LOG'."
        yield warning("no-calls-in-period", f"There is no call in this period{why}.", advice)


def no_tokens(evidence: Evidence) -> Iterator[Finding]:
    """Find models whose calls, all or some of them, ended well and have no tokens."""
    for found in evidence.by(_counted_model).values():
        facet = found[0][0]
        calls = requests_of(found)
        blind = sum(_blind(evidence, each, tally) for each, tally in found)
        if not blind:
            continue
        advice = _advice(facet)
        name, why = name_of(facet), _why(evidence, facet)
        if blind == calls:
            words = f"{name}: {calls_words(calls)} and not one token, so the sums show $0 for it{why}."
            yield problem("no-tokens", words, advice, subject=name, count=calls)
        elif blind >= SOME and blind >= SOME_SHARE * calls:
            words = f"{name}: {blind:,} of {calls_words(calls)} have no tokens, so its sums are too low{why}."
            yield warning("some-no-tokens", words, advice, subject=name, count=blind)


def one_sided(evidence: Evidence) -> Iterator[Finding]:
    """Find models that read but never write, or write without having read anything."""
    for found in evidence.by(_talking_model).values():
        calls = requests_of(found)
        into = sum(tally.input_tokens for _, tally in found)
        out = sum(tally.output_tokens for _, tally in found)
        if calls < ONE_SIDED or bool(into) == bool(out):
            continue
        side, code = ("output", "no-output-tokens") if into else ("input", "no-input-tokens")
        name = name_of(found[0][0])
        words = f"{name}: {calls_words(calls)} with not one {side} token, so its cost is too low."
        yield warning(code, words, _advice(found[0][0]), subject=name, count=calls)


def lonely_twins(evidence: Evidence) -> Iterator[Finding]:
    """Find calls of which only the tracker's line is there: agent and dollars, and no tokens."""
    for found in evidence.by(lambda facet: (facet.provider, facet.model) if is_lonely_twin(facet) else None).values():
        calls, name = requests_of(found), name_of(found[0][0])
        words = f"{name}: {calls_words(calls)} that only the cost tracker's line tells: an agent, dollars, no tokens."
        advice = "Take in the log that holds their 'Cost calculated' lines too: the two lines then become one call."
        yield warning("twin-without-cost-line", words, advice, subject=name, count=calls)


def log_failures(evidence: Evidence) -> Iterator[Finding]:
    """Find the lines of failure that logs held: they explain calls without tokens."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for notice in evidence.notices:
        found[notice.code][notice.model or notice.provider_name or "unnamed"] += notice.count
    for code, subjects in found.items():
        what, advice = FAILURES.get(code, (f"ended in '{code}'", "Look at these lines in the log."))
        count = subjects.total()
        whose = ", ".join(f"{name} {number:,}" for name, number in subjects.most_common(_MOST_NAMED))
        more = len(subjects) - _MOST_NAMED
        whose += f" and {more} more" if more > 0 else ""
        words = f"{calls_words(count)} {what}, by the log's own words: {whose}."
        yield warning(f"log-{code.replace('_', '-')}", words, advice, count=count)


def _counted_model(facet: Facet) -> object | None:
    """Return the model of calls that must have tokens."""
    is_whole = facet.finish == Finish.OK and is_billed(facet) and not is_lonely_twin(facet)
    return (facet.provider, facet.model) if is_whole else None


def _talking_model(facet: Facet) -> object | None:
    is_counted = facet.basis == Basis.REPORTED and facet.operation_name in TALKS
    return _counted_model(facet) if is_counted else None


def _blind(evidence: Evidence, facet: Facet, tally: Tally) -> int:
    """Return how many of a facet's calls have no tokens: told by nobody, or told as 0."""
    return tally.requests if facet.basis == Basis.MISSING else evidence.zero_calls.get(facet.id, 0)


def _why(evidence: Evidence, facet: Facet) -> str:
    """Return what the logs say of the failures, as the end of a sentence."""
    fitting = [
        notice
        for notice in evidence.notices
        if facet.model in (notice.model, None) or (notice.model is None and notice.provider_name == facet.provider)
    ]
    count = sum(notice.count for notice in fitting)
    if not count:
        return ""
    code = max(fitting, key=lambda notice: notice.count).code
    what = FAILURES.get(code, (f"ended in '{code}'", ""))[0]
    return f"; the log has {count:,} line{'s' if count > 1 else ''} of failure, most of calls that {what}"


def _advice(facet: Facet) -> str:
    if facet.source == "proxy":
        return (
            "Look at one such call with 'tokencli explain EVENT': its provider sent no usage, or its API is not known."
        )
    cause = _CAUSES.get(facet.provider or "", "have the source write the usage that the provider sends")
    return f"{cause[0].upper()}{cause[1:]}, {_MEASURE}"
