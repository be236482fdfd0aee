"""OwnPrice: what a user says that a model costs, in config.toml or in prices.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import check_cost

if TYPE_CHECKING:
    from datetime import date

    from tokencli.domain.money import Usd

_PRICES = ("input_usd", "output_usd", "cache_read_usd", "cache_write_usd", "cache_write_1h_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """A price of one model, in dollars per million tokens, from `effective_from` on (None: always).

    `provider_name` None means any provider. A cache price that is None is the input's; `output_usd` None is for
    models without output, such as embeddings. A free or subscription model has no prices.

    Raises:
        ImpossibleValueError: a negative price, a priced model without an input price, or a price beside "free".
    """

    provider_name: str | None
    model: str
    source: str
    status: CostStatus = CostStatus.PRICED
    input_usd: Usd | None = None
    output_usd: Usd | None = None
    cache_read_usd: Usd | None = None
    cache_write_usd: Usd | None = None
    cache_write_1h_usd: Usd | None = None
    effective_from: date | None = None
    is_disputed: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be a price."""
        for name in _PRICES:
            amount = getattr(self, name)
            if amount is not None:
                check_cost(name, amount)
                if self.status is not CostStatus.PRICED:
                    rule = f"a {self.status.value} model has no price"
                    raise ImpossibleValueError(what=name, value=amount, rule=rule)
        if self.status is CostStatus.PRICED and self.input_usd is None:
            raise ImpossibleValueError(what="input_usd", value=None, rule="a priced model has an input price")
        if self.status is CostStatus.UNPRICED:
            raise ImpossibleValueError(what="status", value="unpriced", rule="an own price says what is known")
