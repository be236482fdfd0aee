"""One audit shows counts, sums and findings of one state of the ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cost_logs import cost
from tests.services.checks.plants import DEEP_PLANTS, PLANTS
from tokencli.config.values import Settings
from tokencli.services.checks.evidence import Tools
from tokencli.services.checks.registry import run_checks
from tokencli.services.checks.soundness import DAMAGED
from tokencli.services.checks.tokens import FAILURES
from tokencli.services.report import Question

if TYPE_CHECKING:
    from tests.cost_logs import Shop

NOW = datetime(2025, 10, 11, 12, tzinfo=UTC)
DAY = 86_400
ROOT = Path(__file__).resolve().parents[3]
CHECKS = ROOT / "src" / "tokencli" / "services" / "checks"


def test_an_audit_holds_sums_by_model_and_stretch_and_the_newest_calls(shop: Shop) -> None:
    lines = [cost(second, model="alpha") for second in range(7)] + [cost(DAY - 60, model="beta")]
    shop.take(shop.write("a.log", *lines))
    tools = Tools(book=lambda: shop.book, settings=Settings(place=""))
    audit = run_checks(shop.database, Question(zone="UTC"), tools, now=NOW)
    assert audit.totals.requests == audit.holdings.calls == 8
    assert {one.model: one.totals.requests for one in audit.by_model} == {"alpha": 7, "beta": 1}
    assert [(one.name, one.totals.requests) for one in audit.stretches] == [
        ("today", 1),
        ("this week", 8),
        ("this month", 8),
    ]
    assert [call.model for call in audit.newest] == ["beta", *["alpha"] * 4]
    assert audit.mean_tokens == 275


def test_the_period_limits_the_sums_and_not_the_holdings(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0), cost(DAY - 60)))
    tools = Tools(book=lambda: shop.book, settings=Settings(place=""))
    audit = run_checks(shop.database, Question(zone="UTC", period="today"), tools, now=NOW)
    assert (audit.totals.requests, audit.holdings.calls) == (1, 2)


def test_every_code_is_explained_in_the_documentation() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(CHECKS.glob("*.py")))
    codes = set(re.findall(r'(?:problem|warning|success|say)\(\s*"([a-z-]+)"', sources))
    codes |= {f"log-{code.replace('_', '-')}" for code in FAILURES}
    codes |= {"no-output-tokens", "no-input-tokens", DAMAGED}
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", (ROOT / "docs/reference/findings.md").read_text(encoding="utf-8")))
    assert len(codes) > 40
    assert codes <= told
    assert {code for _, code in (*PLANTS.values(), *DEEP_PLANTS.values())} <= codes
