"""The pool, what a partner makes of a lead, and the figures about it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import AppError, NotFound
from libs.partner import PartnerStatus
from libs.store.port import get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.conversion import usecases as conversion
from services.deals.leads import wire
from services.deals.leads.documents import POOL
from services.deals.leads.domain.accounts import PickLimitReached
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.pool import LeadNotPickable
from services.deals.leads.domain.states import LeadClosureCode, LeadState
from services.deals.leads.jobs import distribute, expire, take_back, take_back_of_terminated
from services.deals.leads.usecases import answering, judging, lists
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL, ROUTERS
from tests.component.deals.leads.inquiries import ASKER, TEXT, Desk, other_than

THIRD = an_id("ptn", 3)


async def pool(desk: Desk, viewer: str = "", **fields: Any) -> list[str]:
    found = await lists.list_pool_leads(desk.env, lists.ListPoolLeads(call=a_call_of(viewer), **fields))
    return [one.value.id for one in found.rows]


async def statistics(desk: Desk, partner: str, viewer: str = "") -> lists.LeadStatistics:
    cmd = lists.GetLeadStatistics(call=a_call_of(viewer), partner_id=partner)
    return await lists.get_lead_statistics(desk.env, cmd)


async def why_not(desk: Desk, lead: Lead, partner: str) -> str:
    """Why a partner cannot pick the lead."""
    with pytest.raises(LeadNotPickable) as refused:
        await desk.pick(lead, partner)
    return str(refused.value.metadata["exclusion"])


async def test_the_pool_shows_a_partner_what_lies_in_its_territories_and_names_nobody(desk: Desk) -> None:
    lead = await desk.pooled()
    await desk.partner(THIRD)
    await desk.territory(3, partner=THIRD, exclusive=False, country="AT")
    assert [await pool(desk, one) for one in ("", PARTNER, THIRD)] == [[lead.id], [lead.id], []]
    assert await pool(desk, country="AT") == []
    with pytest.raises(NotFound):
        await pool(desk, PARTNER, partner_id=RIVAL)
    entry = str(await desk.value(POOL, lead.id))
    assert [word for word in (ASKER.name, ASKER.email, TEXT.text, lead.customer.domain) if word in entry] == []
    assert await why_not(desk, lead, THIRD) == "NO_TERRITORY"


async def test_picks_have_a_limit_within_a_window_and_a_cool_down(desk: Desk) -> None:
    limit = desk.env.settings.policy.lead_picks
    leads = [await desk.qualified(f"Werk {n}", product_lines=("CABLES",)) for n in range(limit + 1)]
    for number, one in enumerate((PARTNER, RIVAL), start=1):
        await desk.territory(number, partner=one, facts_version=2, exclusive=False, product_line="ROUTERS")
    await distribute(desk.env)
    for number, one in enumerate((PARTNER, RIVAL), start=1):
        await desk.territory(number, partner=one, facts_version=3, exclusive=False)
    for lead in leads[:limit]:
        assert (await desk.pick(lead)).state is LeadState.ACCEPTED
    with pytest.raises(PickLimitReached):
        await desk.pick(leads[limit])
    with pytest.raises(NotFound):
        await desk.pick(leads[0], RIVAL)
    await desk.decline(await desk.lead(leads[0]))
    for number, one in enumerate((PARTNER, RIVAL), start=1):
        await desk.territory(number, partner=one, facts_version=4, exclusive=False, product_line="ROUTERS")
    await distribute(desk.env)
    for number, one in enumerate((PARTNER, RIVAL), start=1):
        await desk.territory(number, partner=one, facts_version=5, exclusive=False)
    desk.clock.advance(desk.env.settings.policy.lead_pick_window)
    assert await why_not(desk, leads[0], PARTNER) == "HAD_IT"
    assert (await desk.pick(leads[limit])).picked


async def test_a_pooled_lead_whose_customer_is_protected_meanwhile_is_for_that_partner(desk: Desk) -> None:
    lead = await desk.pooled(customer=ACME)
    await desk.approved(RIVAL)
    with pytest.raises(NotFound):  # a reason would tell that another partner is protected
        await desk.pick(lead, PARTNER)
    by_vendor = answering.PickLead(call=a_call(), id=lead.id, partner_id=PARTNER)
    with pytest.raises(LeadNotPickable) as refused:
        await desk.env.run(answering.pick_lead, by_vendor)
    assert refused.value.metadata["exclusion"] == "PROTECTED_FOR_ANOTHER"
    assert (await desk.pick(lead, RIVAL)).partner_id == RIVAL


async def test_a_lead_becomes_a_claim_and_an_order_and_all_name_each_other(desk: Desk) -> None:
    lead = await desk.accept(await desk.offered())
    call = a_call_of(lead.partner_id)
    cmd = answering.ConvertLead(call=call, id=lead.id, lines=(ROUTERS,))
    done = await desk.env.run(answering.convert_lead, cmd)
    reg = await desk.value(REGISTRATIONS, done.registration_id)
    assert (reg.partner_id, reg.lead_id, reg.customer) == (lead.partner_id, lead.id, lead.customer)
    assert (reg.customer_contact, reg.description) == (lead.contact, lead.text)
    claim = await desk.approve(await desk.claim_of(reg))
    await desk.convert(claim)
    order = conversion.LinkOrder(
        call=a_call(), registration_id=reg.id, partner_id=reg.partner_id, order_id=an_id("ord")
    )
    await desk.env.run(conversion.link_order, order)
    shown = await lists.get_lead(desk.env, lists.GetLead(call=call, id=lead.id))
    told = wire.lead(shown.lead, call, shown.order_id)
    assert (told.registration_id, told.order_id) == (reg.id, an_id("ord"))
    assert (await statistics(desk, lead.partner_id)).converted == 1


async def test_a_partner_does_not_see_the_order_of_a_claim_that_went_to_another_partner(desk: Desk) -> None:
    lead = await desk.accept(await desk.offered())
    cmd = answering.ConvertLead(call=a_call_of(lead.partner_id), id=lead.id, lines=(ROUTERS,))
    done = await desk.env.run(answering.convert_lead, cmd)
    loaded = await get(desk.env.store, REGISTRATIONS, done.registration_id)
    assert loaded is not None
    moved = replace(loaded.value, partner_id=other_than(lead.partner_id), order_id=an_id("ord"))
    await desk.env.store.commit([loaded.put(moved)])
    for viewer, order in ((lead.partner_id, ""), ("", an_id("ord"))):
        shown = await lists.get_lead(desk.env, lists.GetLead(call=a_call_of(viewer), id=lead.id))
        assert shown.order_id == order


async def test_a_lead_that_is_not_followed_up_goes_into_the_pool(desk: Desk) -> None:
    lead = await desk.accept(await desk.offered())
    desk.pass_by(lead)
    assert (await take_back(desk.env), await distribute(desk.env)) == (1, 1)
    after = await desk.lead(lead)
    assert (after.state, after.had[-1].partner_id) == (LeadState.IN_POOL, lead.partner_id)
    assert await pool(desk, other_than(lead.partner_id)) == [lead.id]
    desk.pass_by(after)
    assert (await expire(desk.env), (await desk.lead(lead)).state) == (1, LeadState.EXPIRED)
    assert await pool(desk) == []


async def test_a_terminated_partner_loses_its_leads_and_another_gets_them(desk: Desk) -> None:
    lead = await desk.accept(await desk.offered())
    await desk.partner(lead.partner_id, PartnerStatus.TERMINATED, facts_version=2)
    assert (await take_back_of_terminated(desk.env), await distribute(desk.env)) == (1, 1)
    after = await desk.lead(lead)
    assert (after.state, after.partner_id, after.refusals) == (LeadState.OFFERED, other_than(lead.partner_id), 0)


async def test_a_partner_sees_its_own_figures(desk: Desk) -> None:
    lead = await desk.offered("Eins")
    partner = lead.partner_id
    desk.clock.advance(timedelta(hours=2))
    await desk.accept(lead)
    code = LeadClosureCode.LOST_TO_COMPETITOR
    cmd = judging.DisqualifyLead(call=a_call_of(partner), id=lead.id, code=code)
    await desk.env.run(judging.disqualify_lead, cmd)
    second = await desk.offered("Zwei")
    desk.pass_by(second)
    await take_back(desk.env)
    found = await statistics(desk, partner, partner)
    assert (found.offered, found.accepted, found.answered, found.disqualified, found.open_leads) == (1, 1, 1, 1, 0)
    assert (found.reply_seconds, found.reply_count) == (7_200, 1)
    assert (await statistics(desk, second.partner_id)).lapsed == 1
    with pytest.raises(NotFound):
        await statistics(desk, other_than(partner), partner)


async def test_an_offer_cannot_be_ended_by_its_partner_as_if_it_had_accepted(desk: Desk) -> None:
    lead = await desk.offered()
    cmd = judging.DisqualifyLead(call=a_call_of(lead.partner_id), id=lead.id, code=LeadClosureCode.SPAM)
    with pytest.raises(AppError):
        await desk.env.run(judging.disqualify_lead, cmd)
