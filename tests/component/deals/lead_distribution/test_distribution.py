"""A lead goes to one partner after the other, and the choice is kept and can be made again."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import EtagMismatch, NotFound
from libs.store.listing import everything
from services.deals.lead_distribution.documents import ROUNDS
from services.deals.lead_distribution.domain.distribution import LeadExclusionReason, LeadRoundOutcome, chosen
from services.deals.lead_distribution.jobs import distribute
from services.deals.leads import wire
from services.deals.leads.documents import LEADS
from services.deals.leads.domain.states import LeadState
from services.deals.leads.domain.transitions import LeadWithoutBasis, OfferLapsed
from services.deals.leads.jobs import take_back
from services.deals.leads.usecases import answering
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL
from tests.component.deals.leads.inquiries import ASKER, TEXT, Desk, other_than

THIRD = an_id("ptn", 3)


async def test_without_a_basis_nobody_gets_a_lead_and_its_state_stays(desk: Desk) -> None:
    lead = await desk.qualified(basis=None)
    with pytest.raises(LeadWithoutBasis):
        await desk.passed_on(lead)
    assert await distribute(desk.env) == 0
    assert (await desk.lead(lead)).state is LeadState.QUALIFIED


async def test_a_lead_that_is_not_accepted_in_time_goes_to_the_next_partner(desk: Desk) -> None:
    lead = await desk.offered()
    first = lead.partner_id
    desk.pass_by(lead, short=timedelta(microseconds=1))
    assert await take_back(desk.env) == 0
    desk.pass_by(lead)
    with pytest.raises(OfferLapsed):
        await desk.accept(lead)
    assert (await take_back(desk.env), await distribute(desk.env)) == (1, 1)
    after = await desk.lead(lead)
    assert (after.partner_id, after.state, after.refusals) == (other_than(first), LeadState.OFFERED, 1)
    with pytest.raises(NotFound):
        await desk.accept(lead, first)
    held = await desk.accept(after)
    assert (held.state, held.partner_id) == (LeadState.ACCEPTED, other_than(first))
    assert [(await desk.account(one)).open_leads for one in (first, held.partner_id)] == [0, 1]


async def test_each_round_tells_why_and_gives_the_same_partner_again(desk: Desk) -> None:
    await desk.partner(THIRD, facts_version=2, lead_weight=3)
    await desk.territory(3, partner=THIRD, exclusive=False, product_line="CABLES")
    await desk.territory(4, partner=THIRD, exclusive=False, product_line="ROUTERS", country="AT")
    for number in range(12):
        await desk.qualified(f"Werk {number}", product_lines=("CABLES",) if number % 2 else ("ROUTERS",))
    assert await distribute(desk.env) == 12
    rounds = [
        one
        for lead in await everything(desk.env.store, LEADS, {"state": LeadState.OFFERED})
        for one in await everything(desk.env.store, ROUNDS, {"lead_id": lead.id})
    ]
    assert [one.chosen_partner_id for one in rounds] == [chosen(one.candidates) for one in rounds]
    assert {len(one.candidates) for one in rounds} == {2, 3}
    loads = {one: (await desk.account(one)).open_leads for one in (PARTNER, RIVAL, THIRD)}
    assert sum(loads.values()) == 12
    assert abs(loads[PARTNER] - loads[RIVAL]) <= 1


async def test_after_as_many_refusals_as_policy_says_a_lead_goes_into_the_pool(desk: Desk) -> None:
    lead = await desk.pooled()
    rounds = sorted(await everything(desk.env.store, ROUNDS, {"lead_id": lead.id}), key=lambda one: one.id)
    assert [one.outcome for one in rounds][-1] is LeadRoundOutcome.POOLED
    assert {one.reason for one in rounds[-1].exclusions} == {LeadExclusionReason.HAD_IT}
    assert lead.partner_id == ""


async def test_a_lead_on_a_protected_customer_goes_to_that_partner_or_to_nobody(desk: Desk) -> None:
    reg = await desk.approved(RIVAL)
    lead = await desk.qualified(customer=ACME)
    assert [(one.id, one.protects) for one in lead.matches] == [(reg.id, True)]
    offered = await desk.passed_on(lead)
    assert offered.partner_id == RIVAL
    await desk.decline(offered)
    assert await distribute(desk.env) == 1
    withheld = await desk.lead(lead)
    assert (withheld.state, withheld.partner_id, withheld.due_time) == (LeadState.QUALIFIED, "", reg.protected_until)
    assert await distribute(desk.env) == 0
    desk.pass_by(withheld)
    assert await distribute(desk.env) == 1
    assert (await desk.lead(lead)).partner_id in {PARTNER, RIVAL}


async def test_an_offer_shows_neither_person_nor_name_and_nobody_else_sees_it(desk: Desk) -> None:
    lead = await desk.offered()
    own, rival = a_call_of(lead.partner_id), other_than(lead.partner_id)
    shown = wire.lead(lead, own)
    assert not any(shown.HasField(one) for one in ("customer", "contact", "text"))
    assert (shown.country, list(shown.product_lines), shown.HasField("accept_by")) == ("DE", ["ROUTERS"], True)
    with pytest.raises(NotFound):
        await desk.env.show(LEADS, lead.id, call=a_call_of(rival))
    accepted = wire.lead(await desk.accept(lead), own)
    assert (accepted.contact.name, accepted.text.text) == (ASKER.name, TEXT.text)
    assert (len(accepted.matches), len(accepted.score_lines), accepted.refusals) == (0, 0, 0)


async def test_the_etag_of_an_offer_does_not_tell_how_many_partners_had_it_before(desk: Desk) -> None:
    first = await desk.offered("Eins")
    again = await desk.offered("Zwei")
    await desk.decline(again)
    assert await distribute(desk.env) == 1
    again = await desk.lead(again)
    assert again.version > first.version
    etags = {wire.lead(one, a_call_of(one.partner_id)).etag for one in (first, again)}
    assert etags == {wire.lead(first, a_call_of(first.partner_id)).etag}, "both were offered at the same instant"
    own = a_call_of(again.partner_id)
    accept = answering.AcceptLead(call=own, id=again.id, etag=str(again.version))
    with pytest.raises(EtagMismatch) as refused:
        await desk.env.run(answering.accept_lead, accept)
    assert refused.value.metadata["etag"] == etags.pop()
    desk.clock.advance(timedelta(seconds=1))
    accepted = await desk.env.run(answering.accept_lead, replace(accept, etag=wire.lead(again, own).etag))
    assert wire.lead(accepted, own).etag != wire.lead(again, own).etag
    assert wire.lead(accepted, a_call()).etag == str(accepted.version)
