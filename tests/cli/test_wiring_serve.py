import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tokencli.cli.wiring_serve import InForce, SaidCalls, charged_by, rates
from tokencli.config.live import LiveSettings
from tokencli.config.values import ProviderSettings, Settings
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.proxy.pace import Pace
from tokencli.services.recorder import open_recorder

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_each_settled_call_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def run(calls: SaidCalls) -> EventId:
        event_id = await calls.open(Intent(opened_at=NOW, provider_name="openai", request_model="gpt-4o"))
        assert capsys.readouterr().err == ""
        event = UsageEvent(
            event_id=event_id,
            occurred_at=NOW,
            source="proxy",
            basis=Basis.REPORTED,
            provider_name="openai",
            request_model="gpt-4o",
            usage=TokenUsage(input_tokens=1000, output_tokens=10),
        )
        await calls.settle(event)
        return event_id

    book = PriceBook()
    recorder = open_recorder(tmp_path / "ledger.db", book, now=lambda: NOW)
    try:
        event_id = asyncio.run(run(SaidCalls(recorder, charged_by(book))))
    finally:
        recorder.close()
    assert event_id == f"{recorder.run_key}.1"
    assert capsys.readouterr().err == "12:00:00 openai/gpt-4o: 1,000 in, 10 out, $0.002600\n"


def test_rates_name_every_provider_with_a_limit_called_or_not() -> None:
    async def run() -> None:
        pace = Pace(lambda: 30.0, lambda _: None)
        await pace.enter("mistral", 60)
        providers = {
            "mistral": ProviderSettings(name="mistral", rpm=60),
            "groq": ProviderSettings(name="groq", rpm=30),
            "free": ProviderSettings(name="free", rpm=0),
        }
        told = {each["provider_name"]: each for each in rates(Settings(place="x", providers=providers), pace)}
        assert set(told) == {"mistral", "groq"}
        assert (told["mistral"]["used"], told["mistral"]["limit"], told["mistral"]["state"]) == (1, 60, "ok")
        assert (told["groq"]["used"], told["groq"]["state"]) == (0, "ok")

    asyncio.run(run())


def test_own_prices_that_change_are_those_of_the_next_call(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    text = (
        '[providers.openai]\ntype = "openai"\nbase_url = "https://api.openai.com/v1"\n'
        '[models."openai/mine"]\nprovider = "openai"\nmodel = "mine"\nmax_context_size = 1000\n'
    )
    config.write_text(text + "price = {input = 1.0, output = 2.0}\n", encoding="utf-8")
    seconds = iter(range(0, 1000, 10))
    live = LiveSettings(
        config,
        tmp_path / "prices.toml",
        on_error=pytest.fail,
        monotonic=lambda: next(seconds),
        clock=lambda: config.stat().st_mtime + 10,
    )
    book = PriceBook(live.own_prices)
    in_force = InForce(live, book)

    def price() -> str:
        in_force.settings()
        card = book.card("openai", "mine", NOW)
        assert card is not None
        return str(card.rates[0].price.normalize())

    assert price() == "1"
    config.write_text(text + "price = {input = 30.0, output = 2.0}\n", encoding="utf-8")
    assert price() == "3E+1"
