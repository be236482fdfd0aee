from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.pricing import history_cache
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.history_cache import HistoryCache

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CARD = PriceCard(provider="p", model="m", source="s", rates=(Rate(unit=Unit.INPUT, price=Decimal("0.3")),))


def test_a_history_is_there_in_the_next_run(tmp_path: Path) -> None:
    HistoryCache(tmp_path / "new", "1").put("p", "m", (CARD,))
    again = HistoryCache(tmp_path / "new", "1")
    assert again.get("p", "m") == (CARD,)
    assert again.get("p", "other") is None


def test_that_the_list_has_nothing_is_kept_too(tmp_path: Path) -> None:
    HistoryCache(tmp_path, "1").put("p", "m", ())
    assert HistoryCache(tmp_path, "1").get("p", "m") == ()


def test_another_version_of_the_list_starts_anew(tmp_path: Path) -> None:
    HistoryCache(tmp_path, "1").put("p", "m", (CARD,))
    assert HistoryCache(tmp_path, "2").get("p", "m") is None


def test_broken_lines_are_skipped(tmp_path: Path) -> None:
    HistoryCache(tmp_path, "1").put("p", "m", (CARD,))
    (path,) = tmp_path.iterdir()
    broken = b'\xff\xfe\n[]\n{"provider":"p"}\n{"provider":"p","model":"x","cards":[{"model":1}]}\nnull\n{"cut'
    path.write_bytes(broken + b"\n" + path.read_bytes() + b'{"provider":"q","mod')
    again = HistoryCache(tmp_path, "1")
    assert again.get("p", "m") == (CARD,)
    assert again.get("p", "x") is None


def test_a_directory_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = HistoryCache(blocked / "inside", "1")
    cache.put("p", "m", (CARD,))
    assert cache.get("p", "m") == (CARD,)


def test_the_file_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_cache, "MOST_BYTES", 1000)
    cache = HistoryCache(tmp_path, "1")
    for number in range(100):
        cache.put("p", f"m{number}", (CARD,))
    cache.put("p", "m" * 10_000, (CARD,))
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size <= 1000
    assert cache.get("p", "m99") == (CARD,)
