"""What an agreement does not allow is refused by deals and held by orders, with the clause, until another one does."""

from typing import Any

import pytest

from libs.rights import ClauseSubject, Lacking, NoAgreement, Place
from services.deals.claims.domain.states import Review
from services.orders.ordering.jobs import submit_freed_orders
from services.orders.record.documents import ORDERS
from services.orders.record.domain.states import HoldReason, OrderState
from services.partners.agreement.domain.terms import Clause
from tests.component.partners.agreement.acts import active
from tests.component.rights.channel import Channel

CLAUSES = (
    Clause(number="2.1", subject=ClauseSubject.PRODUCT_LINES, title="Products"),
    Clause(number="3", subject=ClauseSubject.TERRITORY, title="Territory"),
)


async def test_the_clause_is_named_and_another_agreement_frees_what_was_held(channel: Channel) -> None:
    partner = channel.partner.id
    limits: dict[str, Any] = {"product_lines": ("PUMPS",), "places": (Place(country="AT"),), "clauses": CLAUSES}
    old = await active(channel.partners, partner, **limits)
    await channel.arrive()
    claim = await channel.claim("ROUTERS")
    with pytest.raises(NoAgreement) as refused:
        await channel.submit(claim)
    assert refused.value.metadata == {
        "partner_id": partner,
        "right": "REGISTERING",
        "agreement_id": old.id,
        "subject": "PRODUCT_LINES",
        "clause": "2.1",
        "product_line": "ROUTERS",
    }
    assert (await channel.submit(await channel.claim("PUMPS", "AT"))).review is Review.SUBMITTED
    order = await channel.orders.submit(await channel.order("ROUTERS"))
    assert order.open_holds == (HoldReason.AGREEMENT,)
    assert order.holds[0].lacking == (
        Lacking(agreement_id=old.id, subject=ClauseSubject.PRODUCT_LINES, clause="2.1", product_line="ROUTERS"),
        Lacking(agreement_id=old.id, subject=ClauseSubject.TERRITORY, clause="3"),
    )
    await active(channel.partners, partner, supersedes=old.id)
    await channel.arrive()
    assert (await channel.submit(claim)).review is Review.SUBMITTED
    assert await submit_freed_orders(channel.orders.env) == 1
    assert (await channel.orders.value(ORDERS, order.id)).state is OrderState.CONFIRMED


async def test_an_agreement_without_registering_lets_a_partner_order_only(channel: Channel) -> None:
    await active(channel.partners, channel.partner.id, registering=False)
    await channel.arrive()
    with pytest.raises(NoAgreement) as refused:
        await channel.submit(await channel.claim())
    assert (refused.value.metadata["subject"], refused.value.metadata["clause"]) == ("REGISTERING", "")
    assert (await channel.orders.submit(await channel.order())).state is OrderState.CONFIRMED
