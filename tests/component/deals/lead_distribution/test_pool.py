"""The pool: what partners see of it, and what they pick."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import NotFound, WrongState
from libs.privacy.keys import Keys
from libs.store.port import ROWS_PER_PAGE, Store, Write, create
from services.deals.claims.domain.registration import Customer
from services.deals.lead_distribution.domain.picking import LeadNotPickable
from services.deals.lead_distribution.jobs import distribute
from services.deals.lead_distribution.usecases import lists, picking
from services.deals.leads.documents import LEADS, POOL
from services.deals.leads.domain.accounts import PickLimitReached
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadState
from services.deals.leads.jobs import expire, take_back
from services.deals.matching import usecases as matching
from services.deals.matching.domain.judging import PairReason, PairVerdict
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL
from tests.component.deals.leads.inquiries import ASKER, TEXT, Desk, other_than
from tests.component.deals.worlds import Counting

THIRD = an_id("ptn", 3)


async def pool(desk: Desk, viewer: str = "", **fields: Any) -> list[str]:
    found = await lists.list_pool_leads(desk.env, lists.ListPoolLeads(call=a_call_of(viewer), **fields))
    return [one.value.id for one in found.rows]


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
    by_vendor = picking.PickLead(call=a_call(), id=lead.id, partner_id=PARTNER)
    with pytest.raises(LeadNotPickable) as refused:
        await desk.env.run(picking.pick_lead, by_vendor)
    assert refused.value.metadata["exclusion"] == "PROTECTED_FOR_ANOTHER"
    assert (await desk.pick(lead, RIVAL)).partner_id == RIVAL


async def test_a_lead_whose_customer_is_protected_for_another_is_in_no_answer_about_the_pool(desk: Desk) -> None:
    other = await desk.pooled("Werk 1")
    lead = await desk.pooled(customer=ACME)
    both = sorted((lead.id, other.id))
    assert await pool(desk, PARTNER) == both
    reg = await desk.approved(RIVAL)
    assert [await pool(desk, one) for one in (PARTNER, RIVAL, "")] == [[other.id], both, both]
    assert await pool(desk, partner_id=PARTNER) == [other.id]
    asked = lists.ListPoolLeads(call=a_call_of(PARTNER), page_size=1)
    page = await lists.list_pool_leads(desk.env, asked)
    assert ([one.value.id for one in page.rows], page.next_cursor) == ([other.id], "")
    with_etag = picking.PickLead(call=a_call_of(PARTNER), id=lead.id, partner_id=PARTNER, etag="7")
    for cmd in (with_etag, replace(with_etag, id=an_id("led", 9))):
        with pytest.raises(NotFound):  # as for a lead that there is not, before the etag is looked at
            await desk.env.run(picking.pick_lead, cmd)
    assert reg.protected_until is not None
    desk.clock.advance(reg.protected_until - desk.clock.now())
    assert await pool(desk, PARTNER) == both, "the end of the protection does not wait for the job"
    assert (await desk.pick(lead, PARTNER)).partner_id == PARTNER


async def test_a_page_of_the_pool_costs_reads_by_its_length_whatever_lies_in_it(
    store: Store, keys: Keys, desk: Desk
) -> None:
    """Rows of the pool in territories of others, and leads that the partner may pick, three pages of each."""
    one = await desk.pooled()
    entry, lead = await desk.value(POOL, one.id), await desk.lead(one)
    for country in ("AT", "DE"):
        for number in range(3 * ROWS_PER_PAGE // 50):
            writes: list[Write] = []
            for place in range(50):
                id, domain = desk.env.ids.new("led"), f"werk-{country}-{number}-{place}.example"
                customer = replace(lead.customer, country=country, domain=domain)
                writes.append(create(POOL, replace(entry, id=id, country=country)))
                writes.append(create(LEADS, replace(lead, id=id, customer=customer, keys=())))
            await store.commit(writes)
    counting = Counting(store)
    other = Desk(counting, keys, clock=desk.clock)
    assert len(await pool(other, PARTNER, page_size=20)) == 20
    assert counting.calls <= 21 * 20


async def test_a_protection_by_what_a_person_said_hides_a_lead_as_well(desk: Desk) -> None:
    mine = Customer(legal_name="Krüger Pumpen GmbH & Co. KG", country="DE", domain="krueger.example")
    theirs = Customer(legal_name="Kruger-Pumpen", country="DE", domain="pumpen.example")
    lead = await desk.pooled(customer=mine)
    protected = await desk.approved(RIVAL, customer=theirs)
    assert await pool(desk, PARTNER) == [lead.id], "a similar name alone protects nothing"
    claim = await desk.submit(await desk.draft(customer=mine))
    said = matching.JudgePair(
        call=a_call(),
        registration_id=claim.id,
        other_registration_id=protected.id,
        verdict=PairVerdict.SAME,
        reason=PairReason.OTHER_SPELLING,
    )
    await desk.env.run(matching.judge_pair, said)
    await desk.withdraw(claim)
    assert [await pool(desk, one) for one in (PARTNER, RIVAL)] == [[], [lead.id]]


async def test_a_lead_whose_time_is_over_is_nowhere_although_no_job_has_run(desk: Desk) -> None:
    lead = await desk.pooled()
    desk.pass_by(lead)
    assert await pool(desk) == await pool(desk, PARTNER) == []
    with pytest.raises(NotFound):
        await desk.pick(lead, PARTNER)
    with pytest.raises(WrongState):
        await desk.env.run(picking.pick_lead, picking.PickLead(call=a_call(), id=lead.id, partner_id=PARTNER))
    waiting = await desk.qualified("Werk 2")
    desk.clock.advance(waiting.expire_time - desk.clock.now())
    with pytest.raises(WrongState):
        await desk.passed_on(waiting)
    again = await desk.create("Werk 2")
    assert (again.state, again.matches) == (LeadState.NEW, ()), "it is no duplicate of one that is over"


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
