"""Handing a claim in and correcting it: what is wrong is told at once, the state before everything else."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput, WrongState
from libs.money import Money
from libs.pb.prm.deals import v1 as pb
from services.deals import wire
from services.deals.documents import ACCOUNTS, SLOTS
from services.deals.domain.partner import TerritoryExclusive
from services.deals.domain.protection import ActivityTooOld
from services.deals.domain.registration import Activity, Customer, DealLost, Registration, RegistrationLine
from services.deals.domain.states import ActivityType, Review, Stage
from services.deals.usecases import decisions, drafts, protection
from tests.builders import a_call
from tests.component.deals.desk import ACME, PARTNER, RIVAL, ROUTERS, Desk, a_customer

MIXED = (
    replace(ROUTERS, expected_amount=Money.of(1, "EUR")),
    RegistrationLine(sku="SW-1", expected_amount=Money.of(1, "USD")),
)
NOWHERE = Customer(legal_name="Acme", country="QQ")


async def _refused(act: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        await act
    return [(one.field, one.reason) for one in refused.value.violations]


async def _update(desk: Desk, reg: Registration, **changes: Any) -> Registration:
    return await desk.run(drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes=changes)


async def _advance(desk: Desk, reg: Registration, stage: Stage) -> Registration:
    return await desk.run(protection.advance_stage, protection.AdvanceStage, id=reg.id, stage=stage)


async def _extend(desk: Desk, reg: Registration, *, days_ago: int = 0) -> Registration:
    day = desk.clock.now().date() - timedelta(days=days_ago)
    work = (Activity(type=ActivityType.MEETING, date=day),)
    return await desk.run(protection.extend_protection, protection.ExtendProtection, id=reg.id, activities=work)


@pytest.mark.parametrize(
    ("customer", "wrong"),
    [
        (Customer(legal_name="Acme", country="DE"), [("customer", "REQUIRED")]),
        (Customer(legal_name="Acme", country="DE", domain="https://gmail.com"), [("customer", "REQUIRED")]),
        (replace(ACME, legal_name="   "), [("customer.legal_name", "REQUIRED")]),
        (replace(ACME, registration_id="DE136695976"), [("customer.registration_id_type", "REQUIRED")]),
        (
            replace(ACME, registration_id="DE123", registration_id_type=RegistrationIdType.VAT),
            [("customer.registration_id", "BAD_REGISTRATION_ID")],
        ),
    ],
)
async def test_a_customer_that_cannot_be_recognised_is_not_claimed(
    desk: Desk, customer: Customer, wrong: list[tuple[str, str]]
) -> None:
    reg = await desk.draft(customer=customer)
    assert await _refused(desk.submit(reg)) == wrong
    await _update(desk, reg, customer=ACME)
    assert (await desk.submit(reg)).review is Review.SUBMITTED


async def test_the_state_is_told_before_anything_else_that_is_in_the_way(desk: Desk) -> None:
    reg = await desk.approved()
    await desk.territory()
    with pytest.raises(WrongState):
        await desk.submit(reg)
    with pytest.raises(TerritoryExclusive):
        await desk.submit(await desk.draft())


async def test_everything_wrong_with_a_draft_is_told_at_once(desk: Desk) -> None:
    wrong = [("customer.country", "UNKNOWN_COUNTRY"), ("lines[1].expected_amount", "MIXED_CURRENCY")]
    assert await _refused(desk.draft(customer=NOWHERE, lines=MIXED)) == wrong
    reg = await desk.draft()
    assert await _refused(_update(desk, reg, customer=NOWHERE, lines=MIXED)) == wrong


async def test_everything_wrong_with_a_correction_is_told_at_once(desk: Desk) -> None:
    reg = await desk.claimed()
    fields = ("lines", "customer")
    await desk.run(decisions.request_changes, decisions.RequestChanges, id=reg.id, requested_fields=fields)
    changes = {"customer": NOWHERE, "lines": MIXED, "description": None, "expected_close_date": None}
    assert await _refused(_update(desk, reg, **changes)) == [
        ("description", "NOT_REQUESTED"),
        ("expected_close_date", "NOT_REQUESTED"),
        ("customer.country", "UNKNOWN_COUNTRY"),
        ("lines[1].expected_amount", "MIXED_CURRENCY"),
    ]


async def test_an_empty_mask_changes_nothing(desk: Desk) -> None:
    reg = await desk.draft()
    desk.events()
    command = wire.update(pb.UpdateRegistrationRequest(id=reg.id), a_call())
    assert await desk.env.run(drafts.update_registration, command) == reg
    assert (await desk.reg(reg), desk.events()) == (reg, [])


async def test_a_lost_deal_comes_to_nothing_more(desk: Desk) -> None:
    draft, standing = await desk.draft(), await desk.approved()
    for reg in (draft, standing):
        await _advance(desk, reg, Stage.LOST)
    for act in (desk.submit(draft), desk.convert(standing), _extend(desk, standing)):
        with pytest.raises(DealLost):
            await act


async def test_a_day_begins_where_the_cell_is(desk: Desk) -> None:
    """Half past eleven in the evening by UTC is the day after in Berlin."""
    tomorrow = desk.clock.now().date() + timedelta(days=1)
    await desk.territory(valid_from=tomorrow)
    desk.clock.advance(timedelta(hours=14, minutes=30))
    with pytest.raises(TerritoryExclusive):
        await desk.submit(await desk.draft())
    reg = await desk.approved(RIVAL, customer=a_customer("Beta"))
    with pytest.raises(ActivityTooOld) as refused:
        await _extend(desk, reg)
    assert refused.value.metadata["since"] == tomorrow.isoformat()
    assert (await _extend(desk, reg, days_ago=-1)).extended


async def test_what_has_run_out_is_not_prolonged_although_nothing_has_swept(desk: Desk) -> None:
    reg, rival = await desk.approved(), await desk.claimed(RIVAL)
    desk.days(90)
    assert (await desk.approve(rival)).review is Review.APPROVED
    for act in (_extend(desk, reg), _advance(desk, reg, Stage.QUALIFIED), desk.convert(reg)):
        with pytest.raises(WrongState) as refused:
            await act
        assert refused.value.metadata["state"] == "EXPIRED"


async def test_a_claim_that_is_taken_back_is_a_draft_as_if_it_had_never_been_submitted(desk: Desk) -> None:
    draft = await desk.draft()
    submitted = await desk.submit(draft)
    desk.events()
    recalled = await desk.run(decisions.recall_registration, decisions.RecallRegistration, id=draft.id)
    assert recalled == replace(draft, version=3)
    assert desk.names() == ["RegistrationRecalled"]
    assert (await desk.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert [(await desk.value(SLOTS, key)).claims for key in submitted.keys] == [(), ()]
    desk.days(1)
    first = await desk.submit(await desk.draft(RIVAL))
    again = await desk.submit(draft)
    assert [(one.conflict_count, one.submit_time) for one in (first, again)] == [
        (0, desk.clock.now()),
        (1, desk.clock.now()),
    ]
