"""What a partner makes of a lead, and the figures about it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import AppError, NotFound
from libs.partner import PartnerStatus
from libs.store.port import get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.conversion import usecases as conversion
from services.deals.lead_distribution.jobs import distribute
from services.deals.leads import wire
from services.deals.leads.domain.states import LeadClosureCode, LeadState
from services.deals.leads.domain.transitions import FollowUpOver
from services.deals.leads.jobs import take_back, take_back_of_terminated
from services.deals.leads.usecases import answering, judging, lists
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ROUTERS
from tests.component.deals.leads.inquiries import Desk, other_than

THIRD = an_id("ptn", 3)


async def statistics(desk: Desk, partner: str, viewer: str = "") -> lists.LeadStatistics:
    cmd = lists.GetLeadStatistics(call=a_call_of(viewer), partner_id=partner)
    return await lists.get_lead_statistics(desk.env, cmd)


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


async def test_from_the_end_of_its_follow_up_on_a_partner_makes_nothing_of_a_lead(desk: Desk) -> None:
    lead = await desk.accept(await desk.offered())
    call = a_call_of(lead.partner_id)
    convert = answering.ConvertLead(call=call, id=lead.id, lines=(ROUTERS,))
    end = judging.DisqualifyLead(call=call, id=lead.id, code=LeadClosureCode.SPAM)
    desk.pass_by(lead)
    with pytest.raises(FollowUpOver):
        await desk.env.run(answering.convert_lead, convert)
    with pytest.raises(FollowUpOver):
        await desk.env.run(judging.disqualify_lead, end)
    with pytest.raises(FollowUpOver):
        await desk.decline(lead)
    assert (await desk.lead(lead)).state is LeadState.ACCEPTED, "the job has not run"
    by_vendor = replace(end, call=a_call())
    assert (await desk.env.run(judging.disqualify_lead, by_vendor)).state is LeadState.DISQUALIFIED
