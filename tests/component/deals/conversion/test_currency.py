"""The currency in which a deal is won."""

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import Review
from tests.component.deals.harness import ROUTERS, Harness


@pytest.mark.parametrize(("currency", "reason"), [("ZZZ", "UNKNOWN_CURRENCY"), ("USD", "MIXED_CURRENCY")])
async def test_a_deal_is_won_in_the_currency_it_expects(harness: Harness, currency: str, reason: str) -> None:
    lines = (replace(ROUTERS, expected_amount=Money.of(9, "EUR")),)
    reg = await harness.approved(lines=lines)
    with pytest.raises(InvalidInput) as refused:
        await harness.convert(reg, currency)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("currency", reason)]
    assert (await harness.convert(reg, "")).review is Review.CONVERTED


async def test_a_deal_of_old_in_a_currency_that_is_gone_is_won_in_one_of_today(harness: Harness) -> None:
    reg = await harness.approved(lines=(replace(ROUTERS, expected_amount=Money.of(9, "EUR")),))
    [held] = (await harness.env.store.get_many(REGISTRATIONS, [reg.id])).values()
    marks = replace(held.value, expected_amount=Money.of(9, "DEM"))
    await harness.env.store.commit([held.put(marks)])
    with pytest.raises(InvalidInput, match="'DEM' is no currency of ISO 4217 today"):
        await harness.convert(reg, "")
    assert (await harness.convert(reg, "EUR")).review is Review.CONVERTED
