"""What the level of a partner proposes is shown beside its credit account, and only a person makes it a limit."""

from typing import Any

import pytest

from libs.errors import NotFound
from libs.partner import CreditProposal, PartnerStatus
from services.orders.credit.usecases import CreditStanding, GetCreditAccount, get_credit_account
from services.orders.ordering.jobs import review_held_orders
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState
from tests.builders import a_call_of, an_id
from tests.component.orders.harness import PARTNER, Harness, eur

PROPOSAL = CreditProposal(
    limit=eur("9000"), program="CHANNEL", program_id=an_id("prg"), program_number=3, level_code="GOLD"
)
ABOVE, OTHER = an_id("ptn", 2), an_id("ptn", 3)


async def standing(harness: Harness, currency: str = "EUR", *, of: str = "") -> CreditStanding:
    """What a person of the vendor is shown, or one of a partner."""
    wanted = GetCreditAccount(call=a_call_of(of), partner_id=PARTNER, currency=currency)
    return await get_credit_account(harness.env, wanted)


async def held(harness: Harness) -> Order:
    """An order that exceeds the limit."""
    order = await harness.submit(await harness.draft())
    assert order.state is OrderState.HELD
    return order


async def test_a_proposal_changes_no_limit_until_a_person_sets_it(harness: Harness) -> None:
    before = await harness.terms("500")
    order = await held(harness)
    await harness.partner(credit_proposal=PROPOSAL)
    account = await harness.account()
    assert await standing(harness) == CreditStanding(account=account, proposed_limit=PROPOSAL)
    assert (account.limit, account.terms_version) == (before.limit, before.terms_version)
    await review_held_orders(harness.env)
    assert (await harness.order(order)).state is OrderState.HELD
    await harness.terms("9000")
    await review_held_orders(harness.env)
    assert (await harness.order(order)).state is OrderState.CONFIRMED


@pytest.mark.parametrize("limit", ["8999.99", "9000", "9000.01"])
async def test_a_proposal_that_is_no_rise_is_shown_too(harness: Harness, limit: str) -> None:
    await harness.partner(credit_proposal=PROPOSAL)
    await harness.terms(limit)
    assert (await standing(harness)).proposed_limit == PROPOSAL


async def test_a_proposal_is_shown_before_the_first_terms_and_in_its_currency_only(harness: Harness) -> None:
    await harness.partner(credit_proposal=PROPOSAL)
    assert await standing(harness) == CreditStanding(account=None, proposed_limit=PROPOSAL)
    with pytest.raises(NotFound):
        await standing(harness, "USD")
    await held(harness)  # an account without terms
    assert await standing(harness) == CreditStanding(account=None, proposed_limit=PROPOSAL)
    await harness.partner()
    with pytest.raises(NotFound):
        await standing(harness)


@pytest.mark.parametrize(
    "facts", [{}, {"credit_proposal": PROPOSAL, "status": PartnerStatus.TERMINATED}], ids=["no level", "terminated"]
)
async def test_a_proposal_goes_with_the_level_and_with_the_partner(harness: Harness, facts: dict[str, Any]) -> None:
    await harness.terms()
    await harness.partner(credit_proposal=PROPOSAL)
    await harness.partner(**facts)
    assert await standing(harness) == CreditStanding(account=await harness.account(), proposed_limit=None)


async def test_only_the_partner_itself_and_the_vendor_see_what_is_proposed(harness: Harness) -> None:
    await harness.partner(id=ABOVE, sees_downline=True)
    await harness.partner(id=OTHER)
    await harness.partner(credit_proposal=PROPOSAL, parent_partner_id=ABOVE)
    with pytest.raises(NotFound):
        await standing(harness, of=ABOVE)
    await harness.terms()
    account = await harness.account()
    assert await standing(harness, of=PARTNER) == CreditStanding(account=account, proposed_limit=PROPOSAL)
    assert await standing(harness, of=ABOVE) == CreditStanding(account=account, proposed_limit=None)
    with pytest.raises(NotFound):
        await standing(harness, of=OTHER)
