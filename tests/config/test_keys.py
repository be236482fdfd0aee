"""The words of config.toml are those that its reference explains."""

from __future__ import annotations

from pathlib import Path

from tokencli.config import keys

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "config.md"


def test_each_key_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    words = (*keys.PROVIDER_KEYS, *keys.MODEL_KEYS, *keys.REPORT_KEYS, *keys.LIMIT_KEYS, *keys.SERVER_NUMBERS)
    assert [word for word in words if f"`{word}`" not in text and word not in text] == []
