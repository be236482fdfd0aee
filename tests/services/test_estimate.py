"""The estimator: bounds, what it learns, and how far off it is on recorded requests."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.calibration import Calibration
from tokencli.services.estimate import Estimator, Lesson, Subject
from tokencli.services.prompt_text import prompt_of
from tokencli.services.record import record
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tests.cost_logs import Shop

MODELS = ("gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "codestral-latest", "llama-3.3-70b", "kimi-k2")
TEXT = "The quick brown fox jumps over the lazy dog.\n" * 200


def body(*texts: str, **members: Any) -> bytes:
    messages = [{"role": "user", "content": text} for text in texts]
    return json.dumps({"model": "m", "messages": messages, **members}).encode()


def estimate(content: bytes, model: str = "gpt-4o", api_name: str = "openai-chat") -> int:
    found = Estimator().estimate_input(api_name, "openai", model, content)
    assert found is not None
    return found


def taught(estimator: Estimator, shown: int | None, real: int) -> None:
    estimator.learn("openai", "gpt-4o", estimated=Estimate(input_tokens=shown), real=TokenUsage(input_tokens=real))


@pytest.mark.parametrize("model", MODELS)
def test_english_is_estimated_near_ten_tokens_a_sentence(model: str) -> None:
    assert estimate(body(TEXT), model) == pytest.approx(2000, rel=0.2)


def test_envelope_of_many_messages_costs_a_few_tokens_each() -> None:
    one, many = estimate(body("Hello")), estimate(body(*["Hello"] * 101))
    assert 2 <= (many - one) / 100 <= 8


def test_embeddings_have_no_envelope() -> None:
    content = json.dumps({"model": "text-embedding-3-small", "input": [[1, 2, 3], [4]]}).encode()
    assert estimate(content, "text-embedding-3-small", "embeddings") == 4


def test_tool_definitions_count() -> None:
    tools = [{"type": "function", "function": {"name": f"tool_{n}", "description": TEXT[:450]}} for n in range(10)]
    assert estimate(body("Hi", tools=tools)) > estimate(body("Hi")) + 400


@pytest.mark.parametrize("content", [b"", b"   ", b"--boundary\r\n", b"\x1f\x8b\x08", b"model=x"])
def test_body_that_is_no_json_is_not_estimated(content: bytes) -> None:
    assert Estimator().estimate_input("openai-chat", "openai", "gpt-4o", content) is None


@given(st.binary(), st.sampled_from(MODELS))
def test_estimate_of_any_bytes_is_never_negative(content: bytes, model: str) -> None:
    assert (Estimator().estimate_input("openai-chat", "openai", model, b"{" + content) or 0) >= 0


@given(st.text(), st.text(), st.sampled_from(MODELS))
def test_appended_text_never_lowers_the_estimate(start: str, more: str, model: str) -> None:
    assert estimate(body(start), model) <= estimate(body(start + more), model)


@pytest.mark.parametrize("size", [300, 4_000, 4_000_000])
def test_size_of_an_image_does_not_matter(size: int) -> None:
    url = {"url": "data:image/png;base64," + "iVBORw0K" * (size // 8)}
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": url}]
    found = estimate(json.dumps({"messages": [{"role": "user", "content": content}]}).encode())
    assert found == estimate(body("What is this?")) + 765


def test_escaped_and_plain_characters_are_estimated_alike() -> None:
    messages = {"messages": [{"role": "user", "content": "Füße, 漢字 и слова\n" * 50}]}
    assert estimate(json.dumps(messages).encode()) == estimate(json.dumps(messages, ensure_ascii=False).encode())


def test_scripts_cost_more_than_their_characters_suggest() -> None:
    assert 300 <= estimate(body("模型上下文协议是一种开放标准。" * 50)) <= 1200


def test_output_is_estimated_from_its_bytes() -> None:
    estimator = Estimator()
    assert estimator.estimate_output("openai", "gpt-4o", 4000) == pytest.approx(1000, rel=0.1)
    assert estimator.estimate_output("openai", "gpt-4o", 0) == 0
    assert estimator.estimate_output("openai", "gpt-4o", -1) is None


def test_estimator_learns_from_what_the_provider_counts() -> None:
    estimator = Estimator()
    first = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT))
    assert first is not None
    real = round(first * 1.3)
    taught(estimator, first, real)
    assert estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) == pytest.approx(real, rel=0.05)
    assert estimator.estimate_input("openai-chat", "openai", "gpt-5", body(TEXT)) == first
    assert estimator.estimate_input("openai-chat", "azure", "gpt-4o", body(TEXT)) == first


def test_calls_on_their_way_together_do_not_teach_the_same_twice() -> None:
    estimator = Estimator()
    shown = [estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) for _ in range(20)]
    real = round((shown[0] or 0) * 1.5)
    for one in shown:
        taught(estimator, one, real)
    assert estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) == pytest.approx(real, rel=0.05)


def test_output_is_learned_where_there_was_no_reasoning() -> None:
    estimator = Estimator()
    shown = estimator.estimate_output("openai", "o3", 40_000) or 0
    hidden = TokenUsage(output_tokens=shown + 50_000, reasoning_tokens=50_000)
    estimator.learn("openai", "o3", estimated=Estimate(output_tokens=shown), real=hidden)
    assert estimator.estimate_output("openai", "o3", 40_000) == shown
    estimator.learn("openai", "o3", estimated=Estimate(output_tokens=shown), real=TokenUsage(output_tokens=2 * shown))
    assert estimator.estimate_output("openai", "o3", 40_000) == pytest.approx(2 * shown, rel=0.05)


def test_calls_with_images_teach_nothing() -> None:
    estimator = Estimator()
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    content = json.dumps({"messages": [{"role": "user", "content": [part]}]}).encode()
    shown = estimator.estimate_input("openai-chat", "openai", "gpt-4o", content)
    taught(estimator, shown, 40)
    assert estimator.estimate_input("openai-chat", "openai", "gpt-4o", content) == shown


def test_restarted_estimator_knows_what_the_calls_of_before_taught() -> None:
    estimator, lessons = Estimator(), list[Lesson]()
    for factor in (1.2, 1.25, 1.3):
        shown = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) or 0
        taught(estimator, shown, round(2000 * factor))
        lessons.append(Lesson(Subject("openai", "gpt-4o"), estimated=shown, real=round(2000 * factor)))
    again = Estimator.taught({}, lessons)
    wanted = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT))
    assert again.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) == pytest.approx(wanted, abs=2)


def test_what_was_saved_in_the_ledger_is_known_after_a_restart(shop: Shop) -> None:
    estimator = Estimator()
    shown = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) or 0
    taught(estimator, shown, 2 * shown)
    with shop.database.transaction() as connection:
        estimator.save(connection)
    with shop.database.reading() as connection:
        again = Estimator.from_ledger(connection)
    assert again.calibrations == estimator.calibrations


def test_calls_after_the_last_save_are_learned_from_the_ledger(shop: Shop) -> None:
    estimator = Estimator()
    shown = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT)) or 0
    event = UsageEvent(
        event_id=EventId("abcdef012345.1"),
        occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
        source="proxy",
        basis=Basis.REPORTED,
        provider_name="openai",
        request_model="gpt-4o",
        usage=TokenUsage(input_tokens=2 * shown),
        estimate=Estimate(input_tokens=shown),
    )
    with shop.database.transaction() as connection:
        estimator.save(connection)
        record(Ledger(connection), shop.book, event)
        again = Estimator.from_ledger(connection)
    learned = again.calibrations[Subject("openai", "gpt-4o")]
    assert (learned.real, learned.estimated, learned.samples) == (2 * shown, shown, 1)


def test_number_of_calibrations_is_bounded() -> None:
    subjects = [Subject("openai", f"model-{number}") for number in range(2000)]
    estimator = Estimator.taught({}, [Lesson(subject, estimated=10, real=12) for subject in subjects])
    assert list(estimator.calibrations) == subjects[-512:]
    assert estimator.calibrations[subjects[-1]] == Calibration(real=12, estimated=10, samples=1)


def test_threads_may_share_an_estimator() -> None:
    estimator = Estimator()

    def work(number: int) -> None:
        shown = estimator.estimate_input("openai-chat", "openai", "gpt-4o", body(TEXT[:number]))
        taught(estimator, shown, 100)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(1, 400)))
    assert estimator.calibrations[Subject("openai", "gpt-4o")].samples == 399


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    told = os.environ.get("TOKENCLI_CORPUS")
    corpus = Path(told) if told else Path(__file__).parents[3] / "shared" / "corpus"
    if not (corpus / "exchanges.jsonl").exists():
        pytest.skip("no corpus of recorded exchanges: name its directory with TOKENCLI_CORPUS")
    with (corpus / "exchanges.jsonl").open() as lines:
        records = [json.loads(line) for line in lines]
    return [
        record
        for record in records
        if record["usage_status"] == "reported"
        and not record["request_body_truncated"]
        and record["request_body"]
        and (record["expected_usage"] or {}).get("input_total")
    ]


def median_error(records: list[dict[str, Any]], least_bytes: int) -> float:
    """Return the median of |estimate - reported| / reported over requests without media that hold so much text."""
    errors: list[float] = []
    for exchange in records:
        content = exchange["request_body"].encode()
        prompt = prompt_of(content)
        if prompt.media or len(prompt.text) < least_bytes:
            continue
        model = exchange["request_model"] or exchange["response_model"]
        shown = Estimator().estimate_input(exchange["api"], exchange["provider"], model, content)
        assert shown is not None
        real = exchange["expected_usage"]["input_total"]
        errors.append(abs(shown - real) / real)
    assert len(errors) > 50
    return median(errors)


def test_half_of_the_recorded_requests_of_a_kilobyte_or_more_are_within_7_percent(
    recorded: list[dict[str, Any]],
) -> None:
    assert median_error(recorded, 1000) < 0.07


def test_half_of_all_recorded_requests_tiny_ones_too_are_within_18_percent(recorded: list[dict[str, Any]]) -> None:
    assert median_error(recorded, 0) < 0.18
