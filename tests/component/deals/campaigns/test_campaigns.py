"""A fair from its plan to the orders that came of it, and what its partners see."""

from datetime import date, timedelta
from typing import Any

import pytest
from google.type.money_pb2 import Money as Amount

from libs.errors import InvalidInput, NotFound, WrongState
from libs.money import Money
from services.deals.campaigns import wire
from services.deals.campaigns.domain.attribution import CampaignFigures
from services.deals.campaigns.domain.campaign import TOUCHES_AT_MOST, Campaign, CampaignChanges, TooManyTouches
from services.deals.campaigns.domain.states import CampaignKind, CampaignState, ParticipationState
from services.deals.campaigns.usecases import measuring, planning, taking_part, touching
from services.deals.leads.usecases import answering
from tests.builders import NOW, a_call_of
from tests.component.deals.customers.telling import closed, confirmed, deliver, ordered, settle
from tests.component.deals.harness import PARTNER, RIVAL
from tests.component.deals.leads.inquiries import Desk

TODAY = NOW.date()


@pytest.fixture
def desk(harness: Any, store: Any, keys: Any) -> Desk:
    """Deals with two partners."""
    return Desk(store, keys, clock=harness.clock)


async def a_fair(desk: Desk, **fields: Any) -> Campaign:
    content = {"kind": CampaignKind.FAIR, "name": "Messe", "first_day": TODAY, "last_day": TODAY, **fields}
    return await desk.run(planning.create_campaign, planning.CreateCampaign, **content)


async def run(desk: Desk, fair: Campaign, state: CampaignState = CampaignState.RUNNING) -> Campaign:
    return await desk.run(planning.move_campaign, planning.MoveCampaign, id=fair.id, state=state)


async def touch(desk: Desk, fair: Campaign, day: date = TODAY, **subject: str) -> None:
    await desk.run(touching.record_touch, touching.RecordTouch, campaign_id=fair.id, day=day, **subject)


async def result(desk: Desk, fair: Campaign) -> measuring.CampaignResult:
    return await desk.run(measuring.get_campaign_result, measuring.GetCampaignResult, campaign_id=fair.id)


async def test_every_violation_of_a_campaign_is_named_and_a_canceled_one_does_not_change(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await a_fair(desk, last_day=TODAY - timedelta(1), actual_cost=Money(-1, "EUR"), planned_cost=Money(1, "DEM"))
    assert {one.field for one in refused.value.violations} == {
        "last_day",
        "actual_cost",
        "planned_cost.currency_code",
    }
    fair = await a_fair(desk)
    changes = CampaignChanges(actual_cost=Money.of(5, "EUR"), last_day=None)
    with pytest.raises(InvalidInput):
        await desk.run(planning.update_campaign, planning.UpdateCampaign, id=fair.id, changes=changes)
    await run(desk, fair, CampaignState.CANCELED)
    for refusal in (
        desk.run(planning.update_campaign, planning.UpdateCampaign, id=fair.id, changes=CampaignChanges(name="X")),
        run(desk, fair),
        desk.run(taking_part.invite_partner, taking_part.InvitePartner, campaign_id=fair.id, partner_id=PARTNER),
    ):
        with pytest.raises(WrongState):
            await refusal


async def test_a_partner_answers_for_itself_and_sees_neither_costs_nor_who_else_comes(desk: Desk) -> None:
    fair = await a_fair(desk, planned_cost=Money.of(9000, "EUR"))
    one, _ = [
        await desk.run(taking_part.invite_partner, taking_part.InvitePartner, campaign_id=fair.id, partner_id=id)
        for id in (PARTNER, RIVAL)
    ]
    again = await desk.run(
        taking_part.invite_partner, taking_part.InvitePartner, campaign_id=fair.id, partner_id=PARTNER
    )
    assert again == one
    answer: dict[str, Any] = {"id": one.id, "answer": ParticipationState.REGISTERED}
    with pytest.raises(NotFound):
        await taking_part.answer_invitation(desk.env, taking_part.AnswerInvitation(call=a_call_of(RIVAL), **answer))
    await taking_part.answer_invitation(desk.env, taking_part.AnswerInvitation(call=a_call_of(PARTNER), **answer))
    asked = taking_part.ListParticipations(call=a_call_of(PARTNER), campaign_id=fair.id)
    seen = wire.participations(await taking_part.list_participations(desk.env, asked))
    assert [row.partner_id for row in seen.participations] == [PARTNER]
    assert seen.participations[0].campaign.name == "Messe"
    assert "9000" not in str(seen)

    record = {"id": one.id, "attendance": ParticipationState.ATTENDED}
    with pytest.raises(WrongState):
        await desk.run(taking_part.record_attendance, taking_part.RecordAttendance, **record)
    await run(desk, fair)
    await desk.run(taking_part.record_attendance, taking_part.RecordAttendance, **record)
    with pytest.raises(WrongState):
        await taking_part.answer_invitation(
            desk.env,
            taking_part.AnswerInvitation(call=a_call_of(PARTNER), id=one.id, answer=ParticipationState.DECLINED),
        )
    found = await result(desk, fair)
    assert (found.invited_count, found.registered_count, found.attended_count) == (2, 1, 1)


async def test_the_order_of_a_lead_counts_for_the_campaigns_that_touched_it_before(desk: Desk) -> None:
    fair, mailing, late = [await a_fair(desk) for _ in range(3)]
    changes = CampaignChanges(actual_cost=Money.of(50, "EUR"))
    await desk.run(planning.update_campaign, planning.UpdateCampaign, id=fair.id, changes=changes)
    await desk.territory(1, partner=PARTNER)
    lead = await desk.accept(await desk.offered())
    await touch(desk, fair, TODAY - timedelta(9), lead_id=lead.id)
    lead = await desk.env.run(
        answering.convert_lead, answering.ConvertLead(call=a_call_of(lead.partner_id), id=lead.id)
    )
    claim = lead.registration_id
    await touch(desk, mailing, TODAY - timedelta(5), registration_id=claim)
    await touch(desk, fair, TODAY - timedelta(4), lead_id=lead.id)
    await touch(desk, late, TODAY, registration_id=claim)
    await settle(desk)
    day = TODAY - timedelta(2)
    for event in (
        ordered(claim, 1, partner=lead.partner_id),
        confirmed(claim, day, 1, partner=lead.partner_id, total=Amount(units=130, currency_code="EUR")),
        closed(1, partner=lead.partner_id, canceled=Amount(units=30, currency_code="EUR")),
        ordered(claim, 2, partner=lead.partner_id, total=Amount(units=7, currency_code="EUR")),
    ):
        await deliver(desk, event)

    def euros(amount: int) -> Money:
        return Money(amount, "EUR")

    found = await result(desk, fair)
    assert (found.lead_count, found.claim_count, found.order_count, found.more) == (1, 1, 1, False)
    assert found.figures == (
        CampaignFigures(
            currency_code="EUR",
            ordered=euros(1_000_000),
            first_touch=euros(1_000_000),
            last_touch=euros(1_000_000),
            linear=euros(666_667),
            cost=euros(500_000),
            first_touch_basis_points=20_000,
            last_touch_basis_points=20_000,
            linear_basis_points=13_333,
        ),
    )
    (other,) = (await result(desk, mailing)).figures
    assert (other.first_touch, other.last_touch, other.linear) == (euros(0), euros(0), euros(333_333))
    after = await result(desk, late)
    assert (after.claim_count, after.order_count, after.figures) == (1, 0, ())


async def test_a_touch_names_one_thing_once_a_day_and_a_claim_has_fifty(desk: Desk) -> None:
    fair, claim = await a_fair(desk), await desk.draft()
    both: dict[str, Any] = {"lead_id": "led", "registration_id": claim.id}
    nothing: dict[str, Any] = {}
    for wrong in (nothing, both):
        with pytest.raises(InvalidInput):
            await touch(desk, fair, **wrong)
    with pytest.raises(InvalidInput):
        await touch(desk, fair, TODAY + timedelta(1), registration_id=claim.id)
    for number in range(TOUCHES_AT_MOST):
        await touch(desk, fair, TODAY - timedelta(number), registration_id=claim.id)
    await touch(desk, fair, registration_id=claim.id)
    with pytest.raises(TooManyTouches):
        await touch(desk, fair, TODAY - timedelta(TOUCHES_AT_MOST), registration_id=claim.id)
    asked = touching.ListTouches(call=a_call_of(""), registration_id=claim.id, page_size=200)
    page = await touching.list_touches(desk.env, asked)
    assert len(page.rows) == TOUCHES_AT_MOST == len({row.value.day for row in page.rows})
