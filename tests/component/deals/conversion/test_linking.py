"""The order that was made of a claim is named on it, and no other."""

import pytest

from libs.errors import NotFound
from libs.messaging.envelope import Envelope
from libs.pb.prm.orders import v1 as orders_pb
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import Review, Stage
from services.deals.conversion import usecases as conversion
from services.deals.conversion.consumers import on_order_created
from tests.builders import NOW, a_call, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness


async def _order_created(
    harness: Harness, registration_id: str, *, order: int = 1, from_conversion: bool = True
) -> None:
    body = orders_pb.OrderCreated(
        order_id=an_id("ord", order),
        partner_id=PARTNER,
        registration_id=registration_id,
        from_conversion=from_conversion,
    )
    envelope = Envelope(
        id=f"event-{order}{registration_id}",
        type="prm.orders.v1.OrderCreated",
        source="prm/local/orders",
        about=body.order_id,
        version=1,
        subject="prm.local.orders.order.created",
        time=NOW,
        body=body.SerializeToString(),
    )
    await on_order_created(harness.env, envelope, a_call())


async def test_the_order_that_was_made_of_a_claim_is_named_on_it_however_often_it_is_told(harness: Harness) -> None:
    won = await harness.convert(await harness.approved())
    await _order_created(harness, won.id)
    await _order_created(harness, won.id)
    linked = await harness.reg(won)
    assert (linked.order_id, linked.review, linked.stage) == (an_id("ord"), Review.CONVERTED, Stage.WON)
    with pytest.raises(NotFound):
        await _order_created(harness, an_id("reg"))


async def test_an_order_made_by_hand_is_not_the_one_a_claim_became(harness: Harness) -> None:
    reg = await harness.approved()
    await _order_created(harness, reg.id, order=2, from_conversion=False)
    assert await harness.reg(reg) == reg
    await harness.convert(reg)
    await _order_created(harness, reg.id, order=3, from_conversion=False)
    await _order_created(harness, reg.id)
    await _order_created(harness, reg.id, order=4, from_conversion=False)
    await _order_created(harness, reg.id, order=5)
    assert (await harness.reg(reg)).order_id == an_id("ord")
    await _order_created(harness, an_id("reg"), from_conversion=False)


async def test_an_order_of_somebody_else_is_not_linked_to_a_claim_whose_id_it_bears(harness: Harness) -> None:
    won = await harness.convert(await harness.approved())
    order = {"registration_id": won.id, "order_id": an_id("ord")}
    for partner, linked in ((RIVAL, ""), (PARTNER, an_id("ord"))):
        await harness.run(conversion.link_order, conversion.LinkOrder, partner_id=partner, **order)
        assert (await harness.value(REGISTRATIONS, won.id)).order_id == linked
