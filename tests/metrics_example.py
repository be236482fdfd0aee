"""One reading for monitoring, with a little of everything."""

from __future__ import annotations

from datetime import UTC, datetime

from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.report import Totals
from tokencli.domain.threshold import Threshold
from tokencli.metrics.prometheus import Live
from tokencli.services.estimate_report import EstimateError
from tokencli.services.measures import Labels, Snapshot
from tokencli.store.histograms import Bins

DAY = period_of("today", now=datetime(2026, 11, 20, 12, tzinfo=UTC), zone="UTC")
GPT, PLANNER = Labels("openai", "gpt-4o", ""), Labels("openai", "gpt-4o", "planner")
ODD = Labels('quo"te', "back\\slash\nline", "")
COUNTERS = {
    "requests": {GPT: 3, PLANNER: 1, ODD: 1},
    "errors": {GPT: 1},
    "input_tokens": {GPT: 1000, PLANNER: 500},
    "output_tokens": {GPT: 10},
    "cache_read_tokens": {GPT: 800},
    "cache_write_tokens": {},
    "reasoning_tokens": {GPT: 4},
    "unpriced_requests": {ODD: 1},
    "estimated_requests": {},
    "partial_requests": {},
    "missing_requests": {},
    "list_cost_pico": {GPT: 10_500_000_000, PLANNER: 1},
}
SNAPSHOT = Snapshot(
    counters=COUNTERS,
    costs=Bins((1, 0, 0, 0, 0, 2, 0, 0, 0, 1), 2_030_000_000_000),
    durations={"openai": Bins((0,) * 12 + (1,), 301_000_000)},
    first_tokens={},
    thresholds=(Threshold(name="day", period=DAY, limit=usd("3"), spent=usd("2.5")),),
    spent={"day": Totals(requests=1, list_cost=usd("2.5")), "week": Totals(), "month": Totals()},
    estimates=(
        EstimateError(
            provider_name="openai",
            model="gpt-4o",
            side="input",
            calls=3,
            estimated_tokens=110,
            reported_tokens=100,
            mean_error=0.1,
            mean_absolute_error=0.1,
            p90_absolute_error=0.2,
        ),
    ),
)
LIVE = Live(
    version="1.2.3",
    recorder={"open_calls": 2, "spooled": 0, "unsaved": 0, "lost": 0, "aside": 0},
    measuring_failures=1,
    rates=[
        {"provider_name": "groq", "limit": 100, "used": 7},
        {"provider_name": "mine", "limit": None, "used": 1},
    ],
)
