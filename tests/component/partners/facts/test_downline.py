"""What is reported of a partner counts for everybody above it, wherever it is moved."""

import asyncio
from typing import Any

import pytest

from libs.money import Money
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.facts import wire
from services.partners.facts.domain.activity import PartnerActivity
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.usecases import lists
from services.partners.hierarchy import usecases as hierarchy
from services.partners.hierarchy.domain import DownlineClosed
from services.partners.overview import usecases as overview
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from tests.builders import a_call_of, an_id
from tests.component.partners.facts.telling import marked, passed_up, settled, summed_up, tell
from tests.component.partners.facts.test_activity import EUR_10, USD_7, seen
from tests.component.partners.harness import Harness
from tests.store_faults import Gate
from tests.waiting import until

NOTHING = PartnerActivity()


async def below(harness: Harness, partner: Partner) -> PartnerActivity | None:
    """What GetPartner answers of the downline."""
    found = await harness.look(overview.get_partner, overview.GetPartner, id=partner.id)
    return found.downline_activity


async def ordered(harness: Harness, partner: Partner, number: int, total: Any) -> None:
    """The partner has ordered."""
    await tell(harness, orders_pb.OrderConfirmed(order_id=an_id("ord", number), partner_id=partner.id, total=total))


async def test_what_is_sold_below_counts_for_everybody_above_and_apart(harness: Harness) -> None:
    top = await harness.distributor()
    middle = await harness.distributor(parent=top.id)
    shop = await harness.apply(parent=middle.id)
    for number, (partner, total) in enumerate(((top, EUR_10), (middle, USD_7), (shop, EUR_10)), start=1):
        await ordered(harness, partner, number, total)
    await settled(harness)
    euros, dollars = Money.of(10, "EUR"), Money.of("7.5", "USD")
    assert await below(harness, top) == PartnerActivity(order_count=2, order_totals=(euros, dollars))
    assert await below(harness, middle) == PartnerActivity(order_count=1, order_totals=(euros,))
    assert await below(harness, shop) == NOTHING
    assert (await seen(harness, top.id)).order_totals == (euros,)
    await tell(harness, orders_pb.OrderCanceled(order_id=an_id("ord", 3), partner_id=shop.id, confirmed=True))
    await settled(harness)
    assert await below(harness, top) == PartnerActivity(order_count=1, order_totals=(dollars,))
    assert await below(harness, middle) == NOTHING


async def test_sums_follow_a_partner_that_is_moved(harness: Harness) -> None:
    old, new = await harness.distributor(), await harness.distributor()
    middle = await harness.distributor(parent=old.id)
    shop = await harness.apply(parent=middle.id)
    await tell(harness, tickets_pb.TicketCreated(ticket_id=an_id("tkt"), partner_id=shop.id))
    await settled(harness)
    one = PartnerActivity(ticket_count=1)
    assert (await below(harness, old), await below(harness, new)) == (one, NOTHING)
    await harness.update(middle.id, parent_partner_id=new.id)
    await settled(harness)
    assert (await below(harness, old), await below(harness, new), await below(harness, middle)) == (NOTHING, one, one)
    await harness.update(middle.id, parent_partner_id="")
    await settled(harness)
    assert (await below(harness, old), await below(harness, new), await below(harness, middle)) == (
        NOTHING,
        NOTHING,
        one,
    )


async def test_nothing_stays_behind_if_a_partner_is_moved_while_sums_are_passed_up(store: Store, keys: Keys) -> None:
    gate = Gate(store)
    one, other = Harness(gate, keys), Harness(gate, keys)
    old, new = await one.distributor(), await one.distributor()
    shop = await one.apply(parent=old.id)
    await tell(one, tickets_pb.TicketCreated(ticket_id=an_id("tkt"), partner_id=shop.id))
    await summed_up(one)
    gate.shut()
    async with asyncio.TaskGroup() as group:
        group.create_task(one.update(shop.id, parent_partner_id=new.id))
        group.create_task(passed_up(other))
        await until(lambda: gate.waiting == 2)
        gate.open()
    await settled(one)
    assert (await below(one, old), await below(one, new)) == (NOTHING, PartnerActivity(ticket_count=1))


async def test_sums_stay_with_a_partner_to_which_another_is_moved_back_while_they_are_passed_up(
    store: Store, keys: Keys
) -> None:
    gate = Gate(store)
    one, slow = Harness(store, keys), Harness(gate, keys)
    old, new = await one.distributor(), await one.distributor()
    shop = await one.apply(parent=old.id)
    await tell(one, tickets_pb.TicketCreated(ticket_id=an_id("tkt"), partner_id=shop.id))
    await settled(one)
    await one.update(shop.id, parent_partner_id=new.id)
    await marked(one)
    gate.shut()
    async with asyncio.TaskGroup() as group:
        group.create_task(passed_up(slow))
        await until(lambda: gate.waiting == 1)
        await one.update(shop.id, parent_partner_id=old.id)
        await marked(one)
        gate.open()
    await settled(one)
    assert (await below(one, old), await below(one, new)) == (PartnerActivity(ticket_count=1), NOTHING)


async def test_a_partner_s_people_see_it_where_their_agreement_opens_it(harness: Harness) -> None:
    top = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    shop = await harness.apply(parent=top.id)
    for opened, shown in ((False, None), (True, NOTHING)):
        command = hierarchy.SetDownlineAccess
        await harness.run(hierarchy.set_downline_access, command, id=top.id, sees_downline=opened)
        for partner in (top, shop) if opened else (top,):
            asked = overview.GetPartner(call=a_call_of(top.id), id=partner.id)
            assert (await overview.get_partner(harness.env, asked)).downline_activity == shown


async def test_figures_of_the_downline_are_shown_where_the_agreement_opens_it(harness: Harness) -> None:
    top = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    shop = await harness.apply(parent=top.id)
    await ordered(harness, shop, 1, EUR_10)
    await settled(harness)
    facts = lists.ListFacts(call=a_call_of(top.id))
    evidence = lists.ListFactEvidence(
        call=a_call_of(top.id), partner_id=top.id, metric=FactMetric.ORDERS, downline=True
    )
    closed = wire.facts(await lists.list_facts(harness.env, facts))
    assert {fact.partner_id for fact in closed.facts} == {top.id}
    assert not any(fact.HasField("downline") for fact in closed.facts)
    with pytest.raises(DownlineClosed):
        await lists.list_fact_evidence(harness.env, evidence)
    await harness.run(hierarchy.set_downline_access, hierarchy.SetDownlineAccess, id=top.id, sees_downline=True)
    opened = wire.facts(await lists.list_facts(harness.env, facts))
    [orders] = [fact for fact in opened.facts if fact.metric == pb.FACT_METRIC_ORDERS]
    assert (orders.own.count, orders.downline.count) == (0, 1)
    [row] = wire.evidence(await lists.list_fact_evidence(harness.env, evidence)).evidence
    assert (row.partner_id, row.document_id, row.figure.count) == (shop.id, "", 1)
