from __future__ import annotations

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"output_usd": usd(1)},
        {"input_usd": usd(-1)},
        {"input_usd": usd(1), "status": CostStatus.FREE},
        {"status": CostStatus.UNPRICED},
    ],
)
def test_what_cannot_be_a_price_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ImpossibleValueError):
        OwnPrice(provider_name="p", model="m", source="s", **wrong)  # type: ignore[arg-type]


def test_a_model_without_output_needs_no_output_price() -> None:
    assert OwnPrice(provider_name=None, model="m", source="s", input_usd=usd("0.02")).output_usd is None
