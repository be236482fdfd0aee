"""A context limit above the provider's is found, one below it is a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks import plants
from tests.services.checks.ledgers import event

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


@pytest.mark.parametrize(("limit", "is_found"), [(262_144, True), (131_072, False), (135_000, False), (32_768, False)])
def test_a_limit_above_the_providers_is_told_with_the_right_one(bench: Bench, limit: int, *, is_found: bool) -> None:
    bench.settings = plants.settings_with(limit)
    bench.keep(event(1, provider_name="mistral", request_model="mistral-large-2411", source="proxy"))
    found = bench.found().get("context-limit")
    assert (found is not None) is is_found
    assert found is None or "max_context_size = 131072" in found.advice


def test_models_that_nobody_uses_are_not_looked_up(bench: Bench) -> None:
    bench.settings = plants.settings_with(262_144)
    assert bench.found() == {}


def test_a_session_that_is_gone_is_told_with_its_calls(bench: Bench) -> None:
    plants.lost_session(bench)
    found = bench.found()["session-lost"]
    assert (found.subject, found.count) == ("s-that-is-gone", 1)


def test_sessions_of_logs_are_not_kept_and_not_missed(bench: Bench) -> None:
    bench.keep(event(1, session_id="of-a-client", source="claude-code"))
    assert "session-lost" not in bench.found()


def test_a_model_that_config_toml_lost_is_told_by_its_session(bench: Bench) -> None:
    plants.model_gone(bench)
    assert bench.found()["session-model-unknown"].subject == "work"
