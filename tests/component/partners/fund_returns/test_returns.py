"""What an activity brought is what its orders were invoiced, over what was spent; no data is not zero."""

import pytest
from msgspec.structs import replace

from libs.errors import Duplicate, NotYetKnown
from libs.money import Money
from services.partners.fund_returns import usecases
from services.partners.fund_returns.domain import ORDERS_PER_REQUEST, FundReturn, FundReturnState, TooManyOrders
from services.partners.funds.documents import FUNDING_REQUESTS
from services.partners.funds.domain.request import FundingRequest
from tests.builders import a_call, an_id
from tests.component.partners.accruals.test_accruals import credit, invoice
from tests.component.partners.funds.acts import accept, approved, claim, open_fund, pay
from tests.component.partners.harness import Harness
from tests.unit.partners.funds.built import eur

ORDER = an_id("ord")


async def attribute(harness: Harness, request: FundingRequest, *orders: str) -> FundingRequest:
    """Orders that count for a request."""
    return await harness.run(usecases.attribute_orders, usecases.AttributeOrders, id=request.id, order_ids=orders)


async def brought(harness: Harness, request: FundingRequest) -> FundReturn:
    """What the request brought."""
    return await harness.look(usecases.get_fund_return, usecases.GetFundReturn, id=request.id)


async def test_the_return_is_what_was_invoiced_less_credit_notes_over_what_was_spent(harness: Harness) -> None:
    partner = await harness.active()
    request = await approved(harness, await open_fund(harness, partner.id))
    nothing = FundReturn(state=FundReturnState.INSUFFICIENT_DATA, attributed=(), spent=eur(0), order_count=0)
    assert await brought(harness, request) == nothing
    await invoice(harness, partner.id, eur(1000))
    await invoice(harness, partner.id, Money.of(300, "USD"), number=2)
    await attribute(harness, request, ORDER)
    assert (await brought(harness, request)).state is FundReturnState.INSUFFICIENT_DATA
    await pay(harness, await accept(harness, await claim(harness, request)))
    await credit(harness, partner.id, eur(250))
    assert await brought(harness, request) == FundReturn(
        state=FundReturnState.MEASURED,
        attributed=(eur(750), Money.of(300, "USD")),
        spent=eur(40),
        order_count=1,
    )


async def test_an_order_counts_once_and_for_one_request(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    fund = await open_fund(harness, partner.id)
    request, another = await approved(harness, fund), await approved(harness, fund)
    with pytest.raises(NotYetKnown):
        await attribute(harness, request, ORDER)
    await invoice(harness, other.id, eur(10))
    with pytest.raises(NotYetKnown):
        await attribute(harness, request, ORDER)
    await invoice(harness, partner.id, eur(1000), number=2)
    done = await attribute(harness, request, ORDER)
    assert (done.attributed_order_count, done.version) == (1, request.version + 1)
    assert await attribute(harness, request, ORDER) == done
    with pytest.raises(Duplicate) as refused:
        await attribute(harness, another, ORDER)
    assert refused.value.metadata["id"] == request.id
    assert (await brought(harness, request)).order_count == 1


async def test_a_request_counts_a_bounded_number_of_orders(harness: Harness) -> None:
    partner = await harness.active()
    request = await approved(harness, await open_fund(harness, partner.id))
    await invoice(harness, partner.id, eur(1000))
    loaded = await harness.env.load(FUNDING_REQUESTS, request.id, call=a_call())
    await harness.env.commit(
        loaded.put(replace(request, attributed_order_count=ORDERS_PER_REQUEST)), events=[], call=a_call()
    )
    with pytest.raises(TooManyOrders):
        await attribute(harness, request, ORDER)
