"""Own prices of a plain config.toml whose models are free, paid for by a plan, or priced by the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.kinds import CostStatus
from tokencli.domain.plain import NotPlainError
from tokencli.domain.price import OwnPrice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.config.plain import PlainModel


def plain_prices(models: Iterable[PlainModel], place: str) -> tuple[OwnPrice, ...]:
    """Return the prices that `settings` reads from the same models; raise NotPlainError where one has amounts.

    `place` is the file, whose name alone is what a price says of where it comes from.
    """
    source = place.replace("\\", "/").rpartition("/")[2]
    found: list[OwnPrice] = []
    for model in models:
        if model.price is None:
            continue
        if not isinstance(model.price, str):
            raise NotPlainError
        status = CostStatus(model.price.strip().lower())
        found += [
            OwnPrice(provider_name=model.provider, model=name, source=source, status=status)
            for name in dict.fromkeys((model.model, model.key))
        ]
    return tuple(found)
