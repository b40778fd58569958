"""An expired certificate stops a submission and holds an order from the next day on; its renewal frees both."""

from datetime import timedelta

import pytest

from libs.rights import Missing, NotCertified, Right
from services.deals.claims.domain.states import Review
from services.orders.ordering.jobs import submit_freed_orders
from services.orders.ordering.usecases.release import ReleaseHold, release_hold
from services.orders.record.documents import ORDERS
from services.orders.record.domain.states import HoldReason, HoldRelease, OrderState
from tests.component.partners.certification.acts import complete, contact, gate, track
from tests.component.rights.channel import Channel

DAY = timedelta(days=1)


async def test_an_expired_certificate_stops_what_it_opened_until_it_is_renewed(channel: Channel) -> None:
    who = await contact(channel.partners, channel.partner.id)
    await track(channel.partners)
    for right in Right:
        await gate(channel.partners, right)
    await complete(channel.partners, who, last_day=channel.today)
    await channel.arrive()
    assert (await channel.submit(await channel.claim())).review is Review.SUBMITTED
    assert (await channel.orders.submit(await channel.order())).state is OrderState.CONFIRMED
    channel.days(1)  # no event, no job
    claim = await channel.claim()
    with pytest.raises(NotCertified) as refused:
        await channel.submit(claim)
    assert refused.value.metadata == {
        "partner_id": channel.partner.id,
        "right": "REGISTERING",
        "track": "FW",
        "product_line": "ROUTERS",
        "needed": "1",
        "certified": "0",
    }
    order = await channel.orders.submit(await channel.order())
    assert (order.state, order.open_holds) == (OrderState.HELD, (HoldReason.CERTIFICATION,))
    assert order.holds[0].missing == (Missing(track="FW", product_line="ROUTERS", needed=1, certified=0),)
    assert (await channel.submit(await channel.claim("PUMPS"))).review is Review.SUBMITTED
    assert (await channel.orders.submit(await channel.order("PUMPS"))).state is OrderState.CONFIRMED
    channel.days(1)
    assert await submit_freed_orders(channel.orders.env) == 0
    await complete(channel.partners, who, channel.today, last_day=channel.today + DAY)
    await channel.arrive()
    assert (await channel.submit(claim)).review is Review.SUBMITTED
    assert await submit_freed_orders(channel.orders.env) == 1
    order = await channel.orders.value(ORDERS, order.id)
    assert (order.state, order.holds[0].release) == (OrderState.CONFIRMED, HoldRelease.REASON_GONE)


async def test_every_gate_that_is_short_is_named(channel: Channel) -> None:
    for code in ("FW", "LAN"):
        await track(channel.partners, code)
        await gate(channel.partners, track=code, persons=2, product_line="" if code == "LAN" else "ROUTERS")
    await channel.arrive()
    with pytest.raises(NotCertified) as refused:
        await channel.submit(await channel.claim())
    assert refused.value.message.endswith(
        "every product line takes 2 certified persons of track LAN, 0 are certified; "
        "ROUTERS takes 2 certified persons of track FW, 0 are certified"
    )


async def test_a_person_who_released_the_hold_is_asked_again_only_if_more_is_missing(channel: Channel) -> None:
    await track(channel.partners)
    await gate(channel.partners, Right.ORDERING)
    await channel.arrive()
    order = await channel.orders.submit(await channel.order())
    await channel.orders.terms("0", partner=channel.partner.id)
    order = await channel.orders.submit(order)
    assert order.open_holds == (HoldReason.CERTIFICATION, HoldReason.CREDIT)
    released = {"id": order.id, "reason": HoldReason.CERTIFICATION}
    order = await channel.orders.run(release_hold, ReleaseHold, **released)
    assert (await channel.orders.submit(order)).open_holds == (HoldReason.CREDIT,)
    await gate(channel.partners, Right.ORDERING, persons=2)
    await channel.arrive()
    assert (await channel.orders.submit(order)).open_holds == (HoldReason.CREDIT, HoldReason.CERTIFICATION)
