"""What commands are built from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tokencli.cli import wiring
from tokencli.cli.globals import Globals
from tokencli.domain.errors import ConfigError, NoLedgerError
from tokencli.domain.money import usd
from tokencli.services.budgets import BadLimitError


def test_the_zone_of_the_option_wins_over_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[report]\ntime_zone = "Asia/Tokyo"\n')
    settings = wiring.settings_of(Globals(config=str(config)))
    assert wiring.zone_name(Globals(), settings) == "Asia/Tokyo"
    assert wiring.zone_name(Globals(zone="Europe/Paris"), settings) == "Europe/Paris"
    days = [wiring.days_of(Globals(config=str(config), zone=zone)) for zone in (None, "Europe/Paris")]
    assert days == [("Asia/Tokyo", settings.report.week_start), ("Europe/Paris", settings.report.week_start)]


def test_own_prices_stand_before_the_list(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[providers.openai]\ntype = "openai"\nbase_url = "https://api.openai.com/v1"\n'
        '[models."openai/gpt-4o"]\nprovider = "openai"\nmodel = "gpt-4o"\nmax_context_size = 128000\n'
        "price = {input = 1.0, output = 2.0}\n"
    )
    card = wiring.price_book(Globals(config=str(config))).card("openai", "gpt-4o", datetime(2026, 1, 1, tzinfo=UTC))
    assert card is not None
    assert card.source != "genai-prices 0.2.3"
    assert str(card.rates[0].price).startswith("1")


def test_prices_are_the_same_whether_the_configuration_is_plain_or_not(home: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    models = '[models.mine]\nprovider = "openai"\nprice = "free"\n[models.plan]\nprovider = "openai"\n'
    lists = wiring.places_of(Globals()).prices_file
    assert lists.is_relative_to(home)

    def found(more: str = "") -> list[tuple[str, object]]:
        config.write_text(models + more)
        book = wiring.price_book(Globals(config=str(config)))
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return [(model, book.card("openai", model, moment)) for model in ("mine", "plan", "gpt-4o", "none")]

    plain = found()
    assert found("[models.other]\nprovider = 'openai'\n") == plain
    lists.parent.mkdir(parents=True, exist_ok=True)
    lists.write_text('[models."openai/none"]\nprice = "free"\n')
    assert [card for _, card in plain][:3] == [card for _, card in found()][:3]
    assert found()[3] != plain[3]
    lists.write_text("[models")
    with pytest.raises(ConfigError):
        found()


def test_a_configuration_that_cannot_be_looked_at_is_an_error_of_its_prices_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOKENCLI_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", f"/{'x' * 300}")
    with pytest.raises(ConfigError, match="file name too long"):
        wiring.price_book(Globals())


def test_reading_makes_no_ledger_and_writing_does(home: Path) -> None:
    with pytest.raises(NoLedgerError), wiring.reading_ledger(Globals()):
        pass
    with wiring.writing_ledger(Globals()) as database:
        assert Path(database.place) == home / "tokencli" / "ledger.db"
    with wiring.reading_ledger(Globals()) as database:
        assert database.connection.execute("SELECT count(*) FROM event").fetchone() == (0,)


def test_a_trial_ledger_is_gone_afterwards() -> None:
    with wiring.trial_ledger() as database:
        place = Path(database.place)
        assert place.exists()
    assert not place.parent.exists()


def test_the_clock_is_aware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert wiring.now().utcoffset() == timedelta(0)


def test_limits_are_the_same_from_a_plain_and_an_unusual_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, odd = tmp_path / "plain.toml", tmp_path / "odd.toml"
    plain.write_text("[limits]\ndaily_usd = 0.5\nmonthly_usd = 30\n", encoding="utf-8")
    odd.write_text("limits = {daily_usd = 0.5, monthly_usd = 30}\n", encoding="utf-8")
    monkeypatch.setenv("COST_WEEKLY_LIMIT", "7.25")
    assert wiring.plain_settings_of(Globals(config=str(plain))) is not None
    assert wiring.plain_settings_of(Globals(config=str(odd))) is None
    for config in (plain, odd):
        assert wiring.limits_of(Globals(config=str(config))) == {"day": usd("0.5"), "week": usd("7.25"), "month": 30}
    monkeypatch.setenv("COST_WEEKLY_LIMIT", "lots")
    for config in (plain, odd):
        with pytest.raises(BadLimitError):
            wiring.limits_of(Globals(config=str(config)))
