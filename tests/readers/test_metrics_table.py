from __future__ import annotations

from typing import Any

import pytest

from tokencli.domain.usage import Basis
from tokencli.readers.metrics_table import MetricsTableReader, claims
from tokencli.readers.told import BrokenRecordError, Told

NAMES = ("table", "number", "time", "session", "provider", "model", "into", "out", "total", "estimated", "flag", "type")
NOTHING = dict.fromkeys(NAMES) | {"table": "metrics", "number": 1, "time": "2026-02-01 10:00:00", "session": 1}


def read(*, session: tuple[Any, ...] = ("work", "mistral", "mistral/codestral-2501"), **changes: Any) -> Any:
    row = (*((NOTHING | changes)[name] for name in NAMES), "proxy", *session)
    (told,) = MetricsTableReader().read("b.db", [row])
    return told


@pytest.mark.parametrize(
    ("counts", "tokens", "basis"),
    [
        ({"into": 10, "out": 5}, (10, 5), Basis.REPORTED),
        ({"into": 10, "out": 5, "estimated": 99}, (10, 5), Basis.REPORTED),
        ({"estimated": 99, "flag": 1}, (99, 0), Basis.ESTIMATED),
        ({"into": 0, "out": 0, "estimated": 99}, (99, 0), Basis.ESTIMATED),
        ({"total": 70, "type": "estimated"}, (70, 0), Basis.ESTIMATED),
        ({"total": 70, "type": "real"}, (70, 0), Basis.REPORTED),
        ({"total": 70}, (70, 0), Basis.ESTIMATED),
    ],
)
def test_real_figures_go_before_estimates(counts: dict[str, Any], tokens: tuple[int, int], basis: Basis) -> None:
    told = read(**counts)
    assert (told.usage.input_tokens, told.usage.output_tokens) == tokens
    assert told.basis is basis


def test_a_row_without_any_figure_has_no_usage() -> None:
    assert (read().usage, read().basis) == (None, Basis.MISSING)


def test_the_session_says_what_the_row_does_not() -> None:
    told = read(into=1)
    assert (told.provider_name, told.request_model) == ("mistral", "codestral-2501")
    assert (told.conversation_id, told.tags) == ("work (1)", {"seen_by": "proxy"})
    other = read(into=1, model="gpt-4o", session=(None, None, None))
    assert (other.provider_name, other.request_model, other.conversation_id) == ("openai", "gpt-4o", "1")


def test_a_models_own_slash_is_kept() -> None:
    assert read(into=1, provider="nvidia", model="moonshotai/kimi-k2.5").request_model == "moonshotai/kimi-k2.5"
    kimi = read(into=1, provider="managed:kimi-code", model="kimi-code/kimi-for-coding")
    assert kimi.request_model == "kimi-for-coding"


def test_a_row_that_cannot_be_true_is_refused() -> None:
    assert isinstance(read(time=None), BrokenRecordError)
    assert isinstance(read(into=-1), BrokenRecordError)
    assert isinstance(read(into=1), Told)


def test_a_file_is_claimed_by_both_of_its_tables() -> None:
    head = b"SQLite format 3\x00 CREATE TABLE sessions (x) CREATE TABLE metrics (x)"
    assert claims("b.db", head)
    assert not claims("b.db", head.replace(b"sessions", b"others"))
