"""The text that Prometheus reads: names, labels and buckets as its boards and rules expect them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.metrics_example import LIVE, SNAPSHOT
from tokencli.metrics.prometheus import exposition

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from tokencli.metrics.prometheus import Live
    from tokencli.services.measures import Snapshot


def parsed(snapshot: Snapshot = SNAPSHOT, live: Live | None = LIVE) -> dict[str, Metric]:
    _, text = exposition(snapshot, live)
    return {family.name: family for family in text_string_to_metric_families(text.decode())}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    """Return the values by name and labels, those in the order of their names."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for sample in family.samples
    }


def test_the_seven_names_of_the_cockpit_are_there_with_their_labels() -> None:
    found = parsed()
    labels = {
        sample.name: tuple(sample.labels)
        for family in found.values()
        for sample in family.samples
        if sample.name.startswith("llm_") and sample.labels
    }
    assert set(labels["llm_cost_dollars_total"]) == {"agent", "model", "provider"}
    assert set(labels["llm_tokens_total"]) == {"provider", "model", "type"}
    assert set(labels["llm_requests_total"]) == {"provider", "model"}
    assert set(labels["llm_cost_per_request_dollars_bucket"]) == {"le"}
    for name in ("llm_daily_cost_dollars", "llm_weekly_cost_dollars", "llm_monthly_cost_dollars"):
        assert found[name].type == "gauge"


def test_counts_are_over_all_agents_and_money_is_by_agent() -> None:
    found = parsed()
    assert values(found["llm_requests"])["llm_requests_total", "gpt-4o", "openai"] == 4
    assert values(found["llm_tokens"])["llm_tokens_total", "gpt-4o", "openai", "input"] == 1500
    by_agent = values(found["tokencli_agent_tokens"])
    assert by_agent["tokencli_agent_tokens_total", "planner", "input"] == 500
    costs = values(found["llm_cost_dollars"])
    assert costs["llm_cost_dollars_total", "", "gpt-4o", "openai"] == 0.0105
    assert costs["llm_cost_dollars_total", "planner", "gpt-4o", "openai"] == 1e-12


def test_histograms_count_upwards_to_all_calls() -> None:
    samples = parsed()["llm_cost_per_request_dollars"].samples
    bounds = [(sample.labels["le"], sample.value) for sample in samples if sample.name.endswith("_bucket")]
    assert [float(bound) for bound, _ in bounds] == [
        0.0001,
        0.0005,
        0.001,
        0.005,
        0.01,
        0.05,
        0.1,
        0.5,
        1,
        float("inf"),
    ]
    assert [value for _, value in bounds] == [1, 1, 1, 1, 1, 3, 3, 3, 3, 4]
    rest = {sample.name: sample.value for sample in samples if not sample.name.endswith("_bucket")}
    assert rest == {"llm_cost_per_request_dollars_count": 4, "llm_cost_per_request_dollars_sum": 2.03}


def test_odd_names_come_back_as_they_were() -> None:
    assert values(parsed()["tokencli_unpriced_requests"]) == {
        ("tokencli_unpriced_requests_total", "back\\slash\nline", 'quo"te'): 1
    }


def test_the_proxy_tells_how_it_stands() -> None:
    found = parsed()
    assert values(found["tokencli_rate_limit_requests_per_minute"]) == {
        ("tokencli_rate_limit_requests_per_minute", "groq"): 100
    }
    assert values(found["tokencli_open_calls"]) == {("tokencli_open_calls",): 2}
    assert values(found["tokencli_measuring_failures"]) == {("tokencli_measuring_failures_total",): 1}
    error = values(found["tokencli_estimate_error_ratio"])["tokencli_estimate_error_ratio", "openai", "input"]
    assert error == pytest.approx(0.1)
    assert "tokencli_open_calls" not in parsed(live=None)


def test_limits_stand_beside_what_was_spent() -> None:
    found = parsed()
    assert values(found["tokencli_cost_limit_dollars"]) == {("tokencli_cost_limit_dollars", "day"): 3}
    assert values(found["llm_daily_cost_dollars"]) == {("llm_daily_cost_dollars",): 2.5}
