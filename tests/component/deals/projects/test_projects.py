"""What a reseller, its distributor and the vendor see of the orders on one claim."""

from datetime import date
from typing import Any

import pytest
from google.type.money_pb2 import Money as Amount
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound
from libs.money import Money
from services.deals.projects.domain import Project, ProjectOrder, ProjectOrderState, ProjectTotal
from services.deals.projects.usecases import GetProject, ListProjectOrders, get_project, list_project_orders
from tests.builders import a_call_of, an_id
from tests.component.deals.customers.telling import canceled, closed, confirmed, deliver, ordered, settle
from tests.component.deals.harness import PARTNER, RIVAL, ROUTERS, Harness, a_customer

ABOVE = an_id("ptn", 3)
MAY, JUNE = date(2026, 5, 4), date(2026, 6, 1)


def euros(units: int) -> Amount:
    return Amount(units=units, currency_code="EUR")


async def shown(harness: Harness, id: str, partner: str = "") -> Project:
    return await get_project(harness.env, GetProject(call=a_call_of(partner), registration_id=id))


async def listed(harness: Harness, id: str, partner: str = "", **asked: Any) -> list[ProjectOrder]:
    """Every order, page by page."""
    found, token = list[ProjectOrder](), ""
    while True:
        command = ListProjectOrders(call=a_call_of(partner), registration_id=id, page_token=token, **asked)
        page = await list_project_orders(harness.env, command)
        found += page.found
        if not (token := page.next_page_token):
            return found


async def _claim(harness: Harness) -> str:
    """A reseller's claim that expects 1,000 EUR; its distributor sees its downline."""
    await harness.partner(ABOVE, sees_downline=True)
    await harness.partner(PARTNER, parent_partner_id=ABOVE, facts_version=2)
    await harness.partner(RIVAL)
    line = replace(ROUTERS, expected_amount=Money.of(1000, "EUR"))
    reg = await harness.submit(await harness.draft(lines=(line,)))
    await settle(harness)
    return reg.id


async def test_a_claim_covers_several_orders_and_a_reseller_sees_no_amount_of_its_distributor(harness: Harness) -> None:
    id = await _claim(harness)
    for event in (
        ordered(id, 1, total=euros(100)),
        confirmed(id, MAY, 1, total=euros(300)),
        ordered(id, 2, partner=ABOVE, total=euros(90)),
        confirmed(id, JUNE, 2, partner=ABOVE, total=euros(200)),
        closed(2, partner=ABOVE, canceled=euros(50)),
        ordered(id, 3, total=euros(70)),
    ):
        await deliver(harness, event)
    whole = await shown(harness, id)
    assert whole == await shown(harness, id, ABOVE)
    assert whole == Project(
        registration_id=id,
        expected_amount=Money.of(1000, "EUR"),
        totals=(
            ProjectTotal(ordered=Money.of(450, "EUR"), unconfirmed=Money.of(70, "EUR"), canceled=Money.of(50, "EUR")),
        ),
        ordered_basis_points=4500,
        order_count=3,
        hidden_count=0,
        unknown_count=0,
        more_orders=False,
        first_order_date=MAY,
        last_order_date=JUNE,
    )
    own = await shown(harness, id, PARTNER)
    assert own.totals[0].ordered == Money.of(300, "EUR")
    assert (own.hidden_count, own.ordered_basis_points) == (1, None)
    theirs = (await listed(harness, id, PARTNER, page_size=1))[1]
    assert theirs == ProjectOrder(
        order_id=an_id("ord", 2),
        partner_id=ABOVE,
        state=ProjectOrderState.CLOSED,
        time=theirs.time,
        order_date=JUNE,
        amount_hidden=True,
    )


async def test_a_canceled_order_and_one_without_an_amount_are_no_part_of_what_was_ordered(harness: Harness) -> None:
    id = await _claim(harness)
    for event in (ordered(id, 1, total=euros(100)), canceled(1), ordered(id, 2)):
        await deliver(harness, event)
    found = await shown(harness, id)
    assert (found.order_count, found.unknown_count, found.ordered_basis_points) == (2, 1, None)
    assert found.totals[0].canceled == Money.of(100, "EUR")
    assert (found.totals[0].ordered, found.first_order_date) == (Money.zero("EUR"), None)


async def test_nobody_else_learns_that_there_is_a_project_and_a_foreign_token_is_refused(harness: Harness) -> None:
    id = await _claim(harness)
    await deliver(harness, ordered(id))
    for asked in (shown, listed):
        with pytest.raises(NotFound):
            await asked(harness, id, RIVAL)
    await deliver(harness, ordered(id, 2))
    command = ListProjectOrders(call=a_call_of(""), registration_id=id, page_size=1)
    token = (await list_project_orders(harness.env, command)).next_page_token
    other = await harness.submit(await harness.draft(customer=a_customer("Other")))
    for claim, foreign in ((id, "abc.def"), (other.id, token)):
        command = ListProjectOrders(call=a_call_of(""), registration_id=claim, page_token=foreign)
        with pytest.raises(InvalidInput) as refused:
            await list_project_orders(harness.env, command)
        assert [one.reason for one in refused.value.violations] == ["FOREIGN_PAGE_TOKEN"]
