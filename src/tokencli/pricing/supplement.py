"""Prices and rules that providers publish and the price list leaves out; each with its source and date.

They fill gaps of a card and never replace a rate that the list has.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import Rate, Unit

if TYPE_CHECKING:
    from tokencli.pricing.card import PriceCard

HALF = Decimal("0.5")

BATCH_FACTORS = {"anthropic": HALF, "openai": HALF, "azure": HALF, "google": HALF, "mistral": HALF, "groq": HALF}
"""What a batch call's tokens cost, as a part of the standard price, where the list has no batch rates.

The list knows batch rates only from the day on which it took them up (2026-10-14), and none of retired models.
Sources, read 2026-11: platform.claude.com/docs/en/build-with-claude/batch-processing (50 % of all tokens, cache
reads and writes included), developers.openai.com/api/docs/guides/batch, ai.google.dev/gemini-api/docs/batch-api,
docs.mistral.ai/capabilities/batch, console.groq.com/docs/batch, and Azure's "Global Batch" (50 % each).
"""

WEB_SEARCH_USD_PER_1000 = {"x-ai": Decimal(5), "openrouter": Decimal(7)}
"""Web searches, where the list has no rate.

xAI: docs.x.ai/developers/pricing, "Web Search $5 / 1k calls", read 2026-11. OpenRouter: searches by its default
engine for models that cannot search themselves, Exa at $7 per 1000 (exa.ai/docs/reference/pricing, read 2026-11);
a vendor's own search is passed on at the vendor's price, which the catalogue takes from the vendor's card.
"""

OWN_SEARCH = frozenset({"anthropic", "openai", "perplexity", "x-ai"})
"""Vendors whose own web search OpenRouter uses; all others get its default engine.

Source: openrouter.ai/docs/guides/features/plugins/web-search, read 2026-11.
"""

REQUEST_FEES_USD_PER_1000 = {
    "sonar": (5, 8, 12),
    "sonar-reasoning": (5, 8, 12),
    "sonar-pro": (6, 10, 14),
    "sonar-reasoning-pro": (6, 10, 14),
}
"""Perplexity's fee for each request by its search context: low (the default), medium, high.

Source: docs.perplexity.ai/getting-started/pricing as of 2026-06 and docs.perplexity.ai/guides/search-context-size-guide
for the default. The list holds the highest of the three as if it were the only one.
"""

US_FACTOR = Decimal("1.1")
"""What tokens cost when a call must be served in one region.

Anthropic: inference_geo "us" is 1.1 x for input, output, cache reads and cache writes on Claude Opus 4.6, Sonnet 4.6
and all later models (platform.claude.com/docs/en/manage-claude/data-residency and about-claude/pricing, read 2026-11);
older models refuse the parameter. OpenAI: data residency endpoints add 10 % for models released on or after
2026-03-05, GPT-5.4 being the first (developers.openai.com/api/docs/guides/data-residency, read 2026-11).
"""
_ANTHROPIC_BEFORE = re.compile(r"claude-(?:v\d|2|instant|3|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:$|-\d{6,}))")
_OPENAI_SINCE = re.compile(r"(?:gpt-5\.[4-9]|gpt-[6-9]|gpt-[1-9]\d)")
_OPENAI_REGIONS = ("au", "ca", "eu", "gb", "in", "jp", "kr", "sg", "us")


def complete(card: PriceCard, list_provider: str, list_model: str) -> PriceCard:
    """Return the card with what its provider publishes beside the list; the names are those of the list."""
    if card.status is not CostStatus.PRICED:
        return card
    return replace(
        card,
        rates=_with_fees(card.rates, list_provider, list_model),
        batch_factor=BATCH_FACTORS.get(list_provider),
        regions=_regions(list_provider, list_model),
    )


def _with_fees(rates: tuple[Rate, ...], provider: str, model: str) -> tuple[Rate, ...]:
    units = {rate.unit for rate in rates}
    search = WEB_SEARCH_USD_PER_1000.get(provider)
    if search is not None and Unit.WEB_SEARCH not in units:
        rates = (*rates, Rate(unit=Unit.WEB_SEARCH, price=search))
    fees = REQUEST_FEES_USD_PER_1000.get(model) if provider == "perplexity" else None
    if fees:
        sizes = (Unit.REQUEST_LOW, Unit.REQUEST_MEDIUM, Unit.REQUEST_HIGH)
        rates = tuple(rate for rate in rates if rate.unit is not Unit.REQUEST)
        rates += tuple(Rate(unit=unit, price=Decimal(fee)) for unit, fee in zip(sizes, fees, strict=True))
    return rates


def _regions(provider: str, model: str) -> tuple[tuple[str, Decimal], ...]:
    if provider == "anthropic" and not _ANTHROPIC_BEFORE.match(model):
        return (("us", US_FACTOR),)
    if provider == "openai" and _OPENAI_SINCE.match(model):
        return tuple((region, US_FACTOR) for region in _OPENAI_REGIONS)
    return ()
