"""A reading in Prometheus' text format.

The names that begin with llm_ are those of the cockpit whose boards and alert rules exist; the others begin with
tokencli_. Money is in dollars, time in seconds, tokens are tokens.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.money import PICO_PER_USD
from tokencli.services.measures import COST_BOUNDS_USD, SECONDS_BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from tokencli.services.measures import Labels, Snapshot
    from tokencli.store.histograms import Bins

_MICROS: Final = 1_000_000
_END: Final = "+Inf"
_GAUGES_OF_PERIODS: Final = {"day": "llm_daily_cost_dollars", "week": "llm_weekly_cost_dollars"}
_MONTHLY: Final = "llm_monthly_cost_dollars"
_BY_MODEL: Final = {
    "requests": ("llm_requests", "Calls, failed ones included."),
    "errors": ("tokencli_errors", "Calls that failed."),
    "unpriced_requests": ("tokencli_unpriced_requests", "Calls whose price is not known: no sum of dollars has them."),
    "estimated_requests": ("tokencli_estimated_requests", "Calls whose tokens nobody reported and tokencli counted."),
    "partial_requests": ("tokencli_partial_requests", "Calls whose answer was cut."),
    "missing_requests": ("tokencli_uncounted_requests", "Calls of which no tokens are known."),
}
_PARTS: Final = {
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "reasoning_tokens": "reasoning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How the running proxy stands: `recorder` its numbers by name, `rates` the rows of /api/rate-limit."""

    version: str
    recorder: Mapping[str, int]
    measuring_failures: int
    rates: Iterable[Mapping[str, Any]] = ()


def exposition(snapshot: Snapshot, live: Live | None) -> tuple[str, bytes]:
    """Return the content type and the text; without `live` it tells of the ledger alone."""
    # Loading it takes as long as a report does, and only the proxy that is asked needs it.
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(_Reading(snapshot, live))


class _Reading:
    """One reading, as the library's generate_latest asks for it."""

    def __init__(self, snapshot: Snapshot, live: Live | None) -> None:
        self._snapshot = snapshot
        self._live = live

    def collect(self) -> Iterator[Metric]:
        yield from _counters(self._snapshot.counters)
        yield from _histograms(self._snapshot)
        yield from _money(self._snapshot)
        yield from _estimates(self._snapshot)
        if self._live is not None:
            yield from _proxy(self._live)


def _counters(counters: Mapping[str, Mapping[Labels, int]]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    cost = CounterMetricFamily(
        "llm_cost_dollars", "List cost of all priced calls.", labels=["agent", "model", "provider"]
    )
    for labels, pico in sorted(counters["list_cost_pico"].items()):
        cost.add_metric([labels.agent, labels.model, labels.provider], pico / PICO_PER_USD)
    yield cost
    words = "Tokens; input includes cached ones, output includes reasoning."
    tokens = CounterMetricFamily("llm_tokens", words, labels=["provider", "model", "type"])
    for side in ("input", "output"):
        _add(tokens, counters[f"{side}_tokens"], side)
    yield tokens
    words = "Tokens by agent; an empty agent is the main one, or not known."
    by_agent = CounterMetricFamily("tokencli_agent_tokens", words, labels=["agent", "type"])
    for side in ("input", "output"):
        sums: dict[str, int] = defaultdict(int)
        for labels, value in counters[f"{side}_tokens"].items():
            sums[labels.agent] += value
        for agent, value in sorted(sums.items()):
            by_agent.add_metric([agent, side], value)
    yield by_agent
    words = "Parts of the tokens, each of them inside llm_tokens_total."
    parts = CounterMetricFamily("tokencli_token_parts", words, labels=["provider", "model", "part"])
    for name, part in _PARTS.items():
        _add(parts, counters[name], part)
    yield parts
    for name, (metric, words) in _BY_MODEL.items():
        family = CounterMetricFamily(metric, words, labels=["provider", "model"])
        _add(family, counters[name])
        yield family


def _add(family: Any, by_labels: Mapping[Labels, int], *further: str) -> None:
    """Add the sums by provider and model, over all agents."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for labels, value in by_labels.items():
        sums[labels.provider, labels.model] += value
    for pair, value in sorted(sums.items()):
        family.add_metric([*pair, *further], value)


def _histograms(snapshot: Snapshot) -> Iterator[Metric]:
    from prometheus_client.core import HistogramMetricFamily

    cost = HistogramMetricFamily("llm_cost_per_request_dollars", "List cost of a call, of those that have a price.")
    cost.add_metric([], _buckets(snapshot.costs, COST_BOUNDS_USD), snapshot.costs.total / PICO_PER_USD)
    yield cost
    seconds = tuple(str(bound) for bound in SECONDS_BOUNDS)
    for name, words, by_provider in (
        ("tokencli_request_duration_seconds", "How long calls through the proxy took.", snapshot.durations),
        ("tokencli_time_to_first_token_seconds", "How long streams took to begin.", snapshot.first_tokens),
    ):
        family = HistogramMetricFamily(name, words, labels=["provider"])
        for provider, bins in sorted(by_provider.items()):
            family.add_metric([provider], _buckets(bins, seconds), bins.total / _MICROS)
        yield family


def _buckets(bins: Bins, bounds: Iterable[str]) -> list[tuple[str, float]]:
    return list(zip((*bounds, _END), accumulate(bins.counts), strict=True))


def _money(snapshot: Snapshot) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    for name, totals in snapshot.spent.items():
        words = f"List cost of the {name} that it is, in the user's zone."
        gauge = GaugeMetricFamily(_GAUGES_OF_PERIODS.get(name, _MONTHLY), words)
        gauge.add_metric([], float(totals.list_cost or 0))
        yield gauge
    limits = GaugeMetricFamily(
        "tokencli_cost_limit_dollars", "What a day, a week and a month may cost.", labels=["period"]
    )
    for each in snapshot.thresholds:
        limits.add_metric([each.name], float(each.limit))
    yield limits


def _estimates(snapshot: Snapshot) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    words = "Mean size of the error of tokencli's own counts in the last 24 hours: 0.05 is 5 % of the reported tokens."
    family = GaugeMetricFamily("tokencli_estimate_error_ratio", words, labels=["provider", "side"])
    sums: dict[tuple[str, str], tuple[float, int]] = {}
    for row in snapshot.estimates:
        key = row.provider_name or "", row.side
        error, calls = sums.get(key, (0.0, 0))
        sums[key] = error + row.mean_absolute_error * row.calls, calls + row.calls
    for key, (error, calls) in sorted(sums.items()):
        family.add_metric(key, error / calls)
    yield family


def _proxy(live: Live) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    info = GaugeMetricFamily("tokencli_info", "1 while the proxy runs.", labels=["version"])
    info.add_metric([live.version], 1)
    yield info
    for name, value in live.recorder.items():
        yield GaugeMetricFamily(f"tokencli_{name}", _PROXY_WORDS[name], value=value)
    words = "Answers that could not be measured; they were forwarded all the same."
    yield CounterMetricFamily("tokencli_measuring_failures", words, value=live.measuring_failures)
    for name, key, words in (
        ("tokencli_rate_limit_requests_per_minute", "limit", "What a provider allows a minute."),
        ("tokencli_rate_limit_used_requests", "used", "Calls to a provider in the last minute."),
    ):
        family = GaugeMetricFamily(name, words, labels=["provider"])
        for row in live.rates:
            if row[key] is not None:
                family.add_metric([str(row["provider_name"])], row[key])
        yield family


_PROXY_WORDS: Final = {
    "open_calls": "Calls that are under way.",
    "spooled": "Settled calls that wait in the spool for the ledger.",
    "unsaved": "Settled calls that are in memory only.",
    "lost": "Settled calls that could be kept nowhere.",
    "aside": "Lines of a spool that nobody could read, kept aside.",
}
