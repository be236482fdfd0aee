from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import cost_logs
from tokencli.readers import cost_line
from tokencli.readers.cost_line import CostLine, FailureLine, TwinLine


def cost_of(line: bytes) -> CostLine | None:
    return cost_line.cost_of(line, line.index(cost_line.COST_MARKER))


@pytest.mark.parametrize(
    ("line", "model", "tokens", "printed"),
    [
        (cost_logs.FULL, b"gemini-1.5-flash", (200, 75), (350_000, 700_000)),
        (cost_logs.BARE, b"gemini-1.5-flash", (200, 75), (350_000, 700_000)),
        (cost_logs.SHORT, b"gemini-1.5-flash", (200, 75), (0, 1_000_000)),
        (cost_logs.NAMELESS_LONG, None, (150, 50), (-1, -1)),
        (cost_logs.NAMELESS_SHORT, None, (150, 50), (-1, -1)),
    ],
)
def test_cost_lines_give_the_figures_printed_in_them(
    line: bytes, model: bytes | None, tokens: tuple[int, int], printed: tuple[int, int]
) -> None:
    found = cost_of(line)
    assert found is not None
    assert (found.model, found.input_tokens, found.output_tokens) == (model, *tokens)
    assert found.reported_pico == 123_000_000
    assert cost_line.printed_prices(found.printed) == printed


def test_french_twin_gives_agent_model_and_dollars() -> None:
    assert cost_line.twin_of(cost_logs.TWIN) == TwinLine("nexus", "claude-3-5-haiku-20241022", 1_195_000_000)
    assert cost_line.twin_of(cost_logs.LOSSY_TWIN) == TwinLine("neo", "gemini-2.5-flash", 0)


@pytest.mark.parametrize(
    "accented", ["Coût", "Co?t", "Co\ufffdt", "Co\ufffd\ufffdt", "CoÃ»t", "Cout", "Cou\u0302t", "Co\\u00fbt"]
)
@pytest.mark.parametrize("end", ["enregistré.", "enregistr?.", "enregistr\ufffd.", "enregistré"])
def test_twin_is_known_whatever_became_of_its_accents(accented: str, end: str) -> None:
    line = f"{accented} de 0.001195 pour 'neo' ('m') {end}"
    assert cost_line.twin_of(line.encode()) == TwinLine("neo", "m", 1_195_000_000)


def test_twin_in_latin_1_is_known() -> None:
    line = "Coût de 0.001195 pour 'Zoé' ('m') enregistré.".encode("latin-1")
    assert cost_line.twin_of(line) == TwinLine("Zo\ufffd", "m", 1_195_000_000)


@pytest.mark.parametrize(
    "line",
    [
        b"[Gemini] Cost calculated: $0.000123",
        b"[Gemini] Cost calculated: $0.000123 (model=m, input=1 tokens)",
        b"[Gemini] Cost calculated: $ (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $-0.000123 (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $0.000123 (-1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $0.000123 (1.5 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $nan (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $10000 (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $99999999999999999999999 (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $1e999999 (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $1e99999999999999999999 (1 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $0.000123 (1234567890123456 input + 2 output tokens)",
        b"[Gemini] Cost calculated: $0.000123 (model=m, input=1 tokens, output=1000000000 tokens)",
        b"[Gemini] Cost calculated: $0.000123 (model=a,b, input=1 tokens, output=1 tokens)",
    ],
)
def test_cost_line_that_cannot_be_true_is_none(line: bytes) -> None:
    assert cost_of(line) is None


def test_largest_believable_figures_are_read() -> None:
    line = b"[x] Cost calculated: $9999.999999 (model=m, input=999999999 tokens, output=999999999 tokens)"
    found = cost_of(line)
    assert found is not None
    assert (found.input_tokens, found.output_tokens) == (999_999_999, 999_999_999)
    assert found.reported_pico == 9_999_999_999_000_000


@pytest.mark.parametrize(
    ("dollars", "pico"),
    [(b"0.000123", 123_000_000), (b"1e-06", 1_000_000), (b"0", 0), (b"0.0000000000005", 0), (b"1e-999999", 0)],
)
def test_dollars_become_whole_picodollars(dollars: bytes, pico: int) -> None:
    assert cost_line.pico_of(dollars) == pico


@given(st.binary(max_size=24))
def test_no_bytes_at_all_break_the_reading_of_dollars(dollars: bytes) -> None:
    pico = cost_line.pico_of(dollars)
    assert pico is None or 0 <= pico < 10**16


@given(st.integers(0, 9_999_999_999))
def test_every_amount_of_six_decimals_is_exact(micro: int) -> None:
    assert cost_line.pico_of(f"{Decimal(micro) / 10**6:.6f}".encode()) == micro * 10**6


@pytest.mark.parametrize(
    "printed", [b", foo", b", pricing_input=$x/token, pricing_output=$1/token", b", pricing_input=$1/token"]
)
def test_unit_prices_that_are_no_money_are_refused(printed: bytes) -> None:
    assert cost_line.printed_prices(printed) is None


@pytest.mark.parametrize(
    ("line", "code", "provider", "model"),
    [
        ("[Gemini] Failed to count input tokens: 503", "count_input_failed", "Gemini", None),
        ("[Gemini] Failed to count output tokens: …", "count_output_failed", "Gemini", None),
        ("[Anthropic] No usage data in final response for model models/m", "no_usage", "Anthropic", "m"),
        ("[Anthropic] No usage data in final response", "no_usage", "Anthropic", None),
        ("[Anthropic] Failed to get usage data: no method", "usage_read_failed", "Anthropic", None),
        ("Timeout AI request après 30.0s (provider=google, model=models/g-2)", "timeout", "google", "g-2"),
        ("Timeout AI request apr?s 30.0s", "timeout", None, None),
    ],
)
def test_lines_of_failure_say_whose_call_failed(line: str, code: str, provider: str | None, model: str | None) -> None:
    assert cost_line.failure_of(b"x " + line.encode()) == FailureLine(2, code, provider, model)


def test_other_lines_are_no_failures() -> None:
    assert cost_line.failure_of(b"all is well") is None
    assert not cost_line.looks_like_twin(b"all is well")
    assert cost_line.looks_like_twin("Coût de x pour 'neo' ('m') enregistré".encode())


def test_names_lose_what_one_library_puts_before_them() -> None:
    assert cost_line.model_of(b"models/gemini-2.5-flash") == "gemini-2.5-flash"
    assert cost_line.name_of(b" Zo\xe9 ") == "Zo\ufffd"
