"""A joint plan from its draft to its end: who agrees, what takes its place, what is reached, what is done for it."""

from datetime import date, timedelta
from functools import partial
from itertools import count

import pytest
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound, PermissionDenied, WrongState
from libs.money import Money
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.person import Person
from libs.rates_projection import RATE_TABLES
from libs.store.port import create, get
from services.partners.contacts.domain import Contact, ContactRole
from services.partners.contacts.usecases import AddContact, add_contact
from services.partners.facts.api import Api as FactsApi
from services.partners.plan.api import Api
from services.partners.plan.documents import PLAN_BOOKS, PLANS
from services.partners.plan.domain import initiative as initiative_domain
from services.partners.plan.domain import plan as domain
from services.partners.plan.domain.initiative import InitiativeChanges, TooManyInitiatives
from services.partners.plan.domain.plan import TooManyPlans
from services.partners.plan.domain.rates import PlanRates
from services.partners.plan.domain.states import InitiativeState, PlanSide, PlanState
from services.partners.plan.usecases import initiatives, plans
from tests.builders import a_call, a_call_of, an_id, asked_by
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness
from tests.component.partners.plan.acts import agree, agreed, drafted, initiative, proposed
from tests.unit.partners.plan.built import a_target, tables

DAY = timedelta(days=1)
_NUMBERS = count(1)


async def order(harness: Harness, partner_id: str, units: int, on: date, *, currency: str = "EUR") -> None:
    """A confirmed order of the partner."""
    order_id = an_id("ord")[:-3] + f"{next(_NUMBERS):03}"
    message = orders_pb.OrderConfirmed(
        order_id=order_id,
        partner_id=partner_id,
        total=WireMoney(currency_code=currency, units=units),
        order_date=Date(year=on.year, month=on.month, day=on.day),
        ship_to_country="DE",
    )
    await tell(harness, message)


async def a_contact(harness: Harness, partner_id: str) -> Contact:
    """A seller of the partner."""
    fields = {"partner_id": partner_id, "person": Person(name="Eva Grün"), "roles": (ContactRole.SALES,)}
    return await harness.run(add_contact, AddContact, **fields)


async def test_a_plan_is_agreed_when_both_sides_have_agreed_and_tells_each_step(harness: Harness) -> None:
    partner = await harness.active()
    harness.events()
    plan = await agreed(harness, partner.id)
    assert (plan.state, plan.revision, plan.root_id) == (PlanState.AGREED, 1, plan.id)
    told = harness.events()
    assert [name for name, _, _ in told] == ["PlanDrafted", "PlanProposed", "PlanAgreed", "PlanAgreed"]
    assert told[-1][2] == pb.PlanAgreed(
        plan_id=plan.id,
        partner_id=partner.id,
        state=pb.PLAN_STATE_AGREED,
        revision=1,
        first_day=Date(year=2026, month=1, day=1),
        last_day=Date(year=2026, month=3, day=31),
    )


async def test_what_is_agreed_is_never_edited_and_a_new_version_takes_its_place(harness: Harness) -> None:
    partner = await harness.active()
    old = await agreed(harness, partner.id)
    with pytest.raises(WrongState):
        await harness.run(plans.revise_plan, plans.RevisePlan, id=old.id, title="x", targets=(a_target(7),))
    harness.events()
    new = await agreed(harness, partner.id, supersedes_plan_id=old.id, targets=(a_target(120),))
    assert (new.revision, new.root_id) == (2, old.id)
    before = await harness.value(PLANS, old.id)
    assert (before.state, before.targets) == (PlanState.SUPERSEDED, old.targets)
    assert harness.names()[-2:] == ["PlanAgreed", "PlanSuperseded"]
    with pytest.raises(WrongState):
        await drafted(harness, partner.id, supersedes_plan_id=old.id)


async def test_of_two_drafts_only_one_takes_the_place_of_a_plan(harness: Harness) -> None:
    partner = await harness.active()
    old = await agreed(harness, partner.id)
    drafts = [await drafted(harness, partner.id, supersedes_plan_id=old.id) for _ in range(2)]
    first, second = [await proposed(harness, draft) for draft in drafts]
    for plan in (first, second):
        await agree(harness, plan, partner=True)
    await agree(harness, first, partner=False)
    with pytest.raises(WrongState):
        await agree(harness, second, partner=False)
    assert (await harness.value(PLANS, second.id)).state is PlanState.PROPOSED


async def test_a_partner_drafts_returns_and_agrees_to_its_own_plans_only(harness: Harness) -> None:
    mine, other = await harness.active(), await harness.active(number=1)
    plan = await proposed(harness, await drafted(harness, mine.id, call=a_call_of(mine.id)))
    call = a_call_of(other.id)
    with pytest.raises(NotFound):
        await harness.env.run(plans.agree_plan, plans.AgreePlan(call=call, id=plan.id))
    with pytest.raises(NotFound):
        await drafted(harness, mine.id, call=call)
    with pytest.raises(NotFound):
        await Api(harness.env).GetPlanAttainment(pb.GetPlanAttainmentRequest(id=plan.id), call)
    returned = await harness.env.run(plans.return_plan, plans.ReturnPlan(call=a_call_of(mine.id), id=plan.id))
    assert returned.state is PlanState.DRAFT


async def test_the_vendor_may_record_that_the_partner_has_agreed_and_never_the_other_way_round(
    harness: Harness,
) -> None:
    partner = await harness.active()
    plan = await proposed(harness, await drafted(harness, partner.id))
    agree_plan = partial(harness.env.run, plans.agree_plan)
    with pytest.raises(InvalidInput):
        await agree_plan(plans.AgreePlan(call=a_call_of(partner.id), id=plan.id, side=PlanSide.VENDOR))
    call = asked_by("dev:manager", "partners.plan.agree")
    with pytest.raises(PermissionDenied):
        await agree_plan(plans.AgreePlan(call=call, id=plan.id, side=PlanSide.PARTNER))
    call = asked_by("dev:manager", "partners.plan.agree", plans.RECORD)
    noted = await agree_plan(plans.AgreePlan(call=call, id=plan.id, side=PlanSide.PARTNER))
    assert (noted.state, noted.partner_agreement_recorded) == (PlanState.PROPOSED, True)


async def test_the_figure_is_what_its_evidence_adds_up_to_with_every_rate_stated(harness: Harness) -> None:
    partner = await harness.active()
    await harness.env.store.commit([create(RATE_TABLES, one) for one in tables(date(2026, 2, 1), USD="1.25")])
    await order(harness, partner.id, 30, date(2026, 1, 10))
    await order(harness, partner.id, 50, date(2026, 2, 10), currency="USD")
    await settled(harness)
    plan = await drafted(harness, partner.id, rates=PlanRates(source="ecb"))
    answer = await Api(harness.env).GetPlanAttainment(pb.GetPlanAttainmentRequest(id=plan.id), a_call_of(partner.id))
    [found] = answer.attainments
    assert (found.state, found.figure.amount.units, found.attained_percent) == (
        pb.PLAN_ATTAINMENT_STATE_MEASURED,
        70,
        "70.00",
    )
    # 60 of the 90 days of the quarter have passed on the second of March.
    assert (found.pace.basis, found.pace.expected_percent) == (pb.PLAN_PACE_BASIS_LINEAR, "66.67")
    assert found.pace.difference.amount == WireMoney(currency_code="EUR", units=3, nanos=333_300_000)
    rates = [(part.month.month, part.rate.rate, part.rate.day_count) for part in found.parts]
    assert rates == [(1, "", 0), (2, "0.8", 2)]
    asked = pb.ListFactEvidenceRequest(
        partner_id=found.evidence.partner_id,
        metric=found.evidence.metric,
        day_from=found.evidence.day_from,
        day_before=found.evidence.day_before,
    )
    evidence = await FactsApi(harness.env).ListFactEvidence(asked, a_call_of(partner.id))
    assert sorted(row.figure.amount.units for row in evidence.evidence) == [30, 50]


async def test_without_the_rate_or_before_the_period_there_is_no_figure(harness: Harness) -> None:
    partner = await harness.active()
    await order(harness, partner.id, 50, date(2026, 2, 10), currency="USD")
    await settled(harness)
    later = a_target(first_day=date(2026, 4, 1))
    plan = await drafted(harness, partner.id, targets=(a_target(), later))
    answer = await Api(harness.env).GetPlanAttainment(pb.GetPlanAttainmentRequest(id=plan.id), a_call())
    assert [one.state for one in answer.attainments] == [
        pb.PLAN_ATTAINMENT_STATE_INSUFFICIENT_DATA_RATE_MISSING,
        pb.PLAN_ATTAINMENT_STATE_INSUFFICIENT_DATA_NOT_REACHED,
    ]
    assert not any(one.HasField("figure") for one in answer.attainments)


async def test_last_years_season_sets_the_pace(harness: Harness) -> None:
    partner = await harness.active()
    for month, units in ((1, 10), (2, 10), (3, 80)):
        await order(harness, partner.id, units, date(2025, month, 5))
    await order(harness, partner.id, 25, date(2026, 2, 10))
    await settled(harness)
    plan = await drafted(harness, partner.id)
    answer = await Api(harness.env).GetPlanAttainment(pb.GetPlanAttainmentRequest(id=plan.id), a_call())
    [found] = answer.attainments
    # January and February, and one of the 31 days of March: 20 + 80 / 31 percent.
    assert (found.pace.basis, found.pace.expected_percent) == (pb.PLAN_PACE_BASIS_SEASON, "22.58")
    assert found.pace.difference.amount.units == 2


async def test_initiatives_go_on_under_the_next_version(harness: Harness) -> None:
    partner = await harness.active()
    plan = await agreed(harness, partner.id)
    contact = await a_contact(harness, partner.id)
    made = await initiative(harness, plan, owner_contact_id=contact.id, cost=Money.of(500, "EUR"))
    changes = InitiativeChanges(begun=True, due_on=date(2026, 3, 30))
    update = {"id": made.id, "changes": changes}
    begun = await harness.run(initiatives.update_initiative, initiatives.UpdateInitiative, **update)
    again = await harness.run(initiatives.update_initiative, initiatives.UpdateInitiative, **update)
    assert (begun.state, begun.version, again.version) == (InitiativeState.IN_PROGRESS, 2, 2)
    new = await agreed(harness, partner.id, supersedes_plan_id=plan.id)
    asked = pb.ListInitiativesRequest(plan_id=new.id)
    listed = await Api(harness.env).ListInitiatives(asked, a_call_of(partner.id))
    assert [(one.id, one.plan_id, one.cost.units) for one in listed.initiatives] == [(made.id, plan.id, 500)]
    close = initiatives.CloseInitiative
    await harness.run(initiatives.close_initiative, close, id=made.id, outcome=InitiativeState.DONE)
    with pytest.raises(WrongState):
        await harness.run(initiatives.close_initiative, close, id=made.id, outcome=InitiativeState.CANCELED)
    with pytest.raises(WrongState):
        await initiative(harness, await harness.value(PLANS, plan.id))


async def test_every_fault_of_an_initiative_is_named(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    plan = await agreed(harness, partner.id)
    with pytest.raises(InvalidInput) as refused:
        await initiative(harness, plan, due_on=date(2026, 4, 1), cost=Money(1, "XXX"))
    assert [one.reason for one in refused.value.violations] == ["OUTSIDE_PERIOD", "UNKNOWN_CURRENCY"]
    with pytest.raises(NotFound):
        await initiative(harness, plan, owner_contact_id=(await a_contact(harness, other.id)).id)
    made = await initiative(harness, plan)
    changes = InitiativeChanges(title="", owner=None, due_on=None)
    with pytest.raises(InvalidInput) as refused:
        await harness.run(initiatives.update_initiative, initiatives.UpdateInitiative, id=made.id, changes=changes)
    assert [one.field for one in refused.value.violations] == ["title", "owner", "due_on"]


async def test_a_partner_has_a_bounded_number_of_plans_and_initiatives(harness: Harness) -> None:
    partner = await harness.active()
    plan = await drafted(harness, partner.id)
    loaded = await get(harness.env.store, PLAN_BOOKS, partner.id)
    assert loaded is not None
    assert (loaded.value.plans, loaded.value.initiatives) == (1, 0)
    full = replace(loaded.value, plans=domain.PLANS_PER_PARTNER, initiatives=initiative_domain.INITIATIVES_PER_PARTNER)
    await harness.env.store.commit([loaded.put(full)])
    with pytest.raises(TooManyPlans):
        await drafted(harness, partner.id)
    with pytest.raises(TooManyInitiatives):
        await initiative(harness, plan)


async def test_the_vendor_closes_a_plan_after_its_last_day_or_cancels_it(harness: Harness) -> None:
    partner = await harness.active()
    plan, other = await agreed(harness, partner.id), await drafted(harness, partner.id)
    with pytest.raises(domain.PlanNotOver):
        await harness.run(plans.close_plan, plans.ClosePlan, id=plan.id)
    harness.clock.advance(30 * DAY)
    assert (await harness.run(plans.close_plan, plans.ClosePlan, id=plan.id)).state is PlanState.CLOSED
    assert (await harness.run(plans.cancel_plan, plans.CancelPlan, id=other.id)).state is PlanState.CANCELED
    listed = await Api(harness.env).ListPlans(pb.ListPlansRequest(state=pb.PLAN_STATE_CLOSED), a_call_of(partner.id))
    assert [one.id for one in listed.plans] == [plan.id]
