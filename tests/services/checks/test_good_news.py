"""A provider is praised when no finding names it, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.checks.ledgers import audit_of
from tests.services.checks.plants import gemini_at_zero

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


def praised(bench: Bench) -> set[str | None]:
    findings = audit_of(bench.database, bench.book).findings
    return {each.subject for each in findings if each.code == "provider-in-order"}


def test_providers_in_order_are_praised_but_for_the_one_at_fault(bench: Bench) -> None:
    assert praised(bench) == {"openai", "anthropic", "gemini"}
    gemini_at_zero(bench)
    assert praised(bench) == {"openai", "anthropic"}
