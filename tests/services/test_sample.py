"""The sample log: the same bytes from the generator every time, and every planted fault is in it."""

from __future__ import annotations

import lzma
from zoneinfo import ZoneInfo

import pytest

from tokencli.services.sample import SAMPLE_SINCE, SAMPLE_UNTIL, SAMPLE_ZONE, sample_log
from tools import make_sample

MAX_PACKED_BYTES = 250_000


@pytest.fixture(scope="module")
def content() -> bytes:
    with sample_log() as path:
        return lzma.decompress(path.read_bytes())


def test_shipped_log_is_what_the_generator_makes(content: bytes) -> None:
    assert make_sample.build()[0] == content


def test_shipped_log_is_small_enough_to_ship() -> None:
    with sample_log() as path:
        assert path.stat().st_size < MAX_PACKED_BYTES


def test_truth_adds_up_to_the_lines_in_the_log(content: bytes) -> None:
    truth = make_sample.build()[1]
    assert content.count(b"\n") == truth.lines
    assert content.count(b"Cost calculated:") == truth.calls.total() + truth.broken
    assert content.count(b"enregistr") == truth.twins
    assert content.count(b"Failed to count") == truth.notices["count"]
    assert content.count(b"No usage data") == truth.notices["usage"]
    assert content.count(b"Timeout AI request") == truth.notices["timeout"]


@pytest.mark.parametrize(
    ("model", "input_price", "output_price"),
    [
        ("gpt-4o", "0.00000500", "0.00001500"),
        ("gemini-1.5-flash", "0.00000035", "0.00000070"),
        ("gemini-2.0-flash", "0.00000035", "0.00000070"),
        ("models/gemini-2.5-flash", "0.00000030", "0.00000070"),
        ("claude-3-5-haiku-20241022", "0.00000025", "0.00000125"),
    ],
)
def test_each_wrong_price_of_the_old_backend_is_in_the_log(
    content: bytes, model: str, input_price: str, output_price: str
) -> None:
    lines = [line for line in content.decode().split("\n") if f"(model={model}, input=" in line]
    assert len(lines) > 20
    assert all(f"pricing_input=${input_price}/token, pricing_output=${output_price}/token" in line for line in lines)


@pytest.mark.parametrize(
    "shape",
    [
        b" input + ",
        b" in + ",
        b"pricing_in=$",
        b"pricing_input=$",
        "Coût de ".encode(),
        b"Co?t de ",
        b"enregistr?.\r\n",
        b" | INFO     | backend.features.chat.llm_stream:",
        b" [Groq] Cost calculated: ",
    ],
)
def test_every_variant_of_the_lines_is_in_the_log(content: bytes, shape: bytes) -> None:
    assert content.count(shape) > 5


def test_a_provider_without_counts_and_a_model_without_price_are_in_the_log() -> None:
    truth = make_sample.build()[1]
    mute, house = ("Mistral", "mistral-large-2411"), ("OpenAI", "gpt-4.1-atelier")
    assert truth.calls[mute] > 20
    assert truth.input_tokens[mute] + truth.output_tokens[mute] == 0
    assert truth.calls[house] > 20
    assert truth.input_tokens[house] > 0
    assert truth.printed_cost[house] == 0


def test_period_and_zone_are_those_of_the_generator() -> None:
    end = make_sample.FIRST_DAY.date().toordinal() + make_sample.DAYS
    assert ZoneInfo(SAMPLE_ZONE) == make_sample.ZONE
    assert make_sample.FIRST_DAY.date().isoformat() == SAMPLE_SINCE
    assert make_sample.FIRST_DAY.date().fromordinal(end).isoformat() == SAMPLE_UNTIL
