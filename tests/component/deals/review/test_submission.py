"""Submitting a claim and recalling it: the state comes first, then everything that is wrong at once."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput, WrongState
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges
from services.deals.claims.domain.states import Review
from services.deals.conflicts.documents import ACCOUNTS, SLOTS
from services.deals.review import usecases as decisions
from services.deals.review.domain.territory import TerritoryExclusive
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer


async def test_a_customer_named_anew_is_matched_by_its_new_name(harness: Harness) -> None:
    reg = await harness.claimed()
    command: Any = decisions.RequestChanges
    await harness.run(decisions.request_changes, command, id=reg.id, requested_fields=("customer",))
    beta = a_customer("Beta")
    await harness.run(
        drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes=RegistrationChanges(customer=beta)
    )
    again = await harness.submit(reg)
    assert (again.review, again.submit_time) == (Review.SUBMITTED, reg.submit_time)
    assert (await harness.submit(await harness.draft(RIVAL))).conflict_count == 0
    assert (await harness.submit(await harness.draft(RIVAL, customer=beta))).conflict_count == 1
    assert [(await harness.value(SLOTS, key)).claims for key in reg.keys] != [(), ()]


async def _refused(act: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        await act
    return [(one.field, one.reason) for one in refused.value.violations]


async def _update(harness: Harness, reg: Registration, **changes: Any) -> Registration:
    return await harness.run(
        drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes=RegistrationChanges(**changes)
    )


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
    harness: Harness, customer: Customer, wrong: list[tuple[str, str]]
) -> None:
    reg = await harness.draft(customer=customer)
    assert await _refused(harness.submit(reg)) == wrong
    await _update(harness, reg, customer=ACME)
    assert (await harness.submit(reg)).review is Review.SUBMITTED


async def test_the_state_is_told_before_anything_else_that_is_in_the_way(harness: Harness) -> None:
    reg = await harness.approved()
    await harness.territory()
    with pytest.raises(WrongState):
        await harness.submit(reg)
    with pytest.raises(TerritoryExclusive):
        await harness.submit(await harness.draft())


async def test_a_claim_that_is_taken_back_is_a_draft_as_if_it_had_never_been_submitted(harness: Harness) -> None:
    draft = await harness.draft()
    submitted = await harness.submit(draft)
    harness.events()
    recalled = await harness.run(decisions.recall_registration, decisions.RecallRegistration, id=draft.id)
    assert recalled == replace(draft, version=3)
    assert harness.names() == ["RegistrationRecalled"]
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert [(await harness.value(SLOTS, key)).claims for key in submitted.keys] == [(), ()]
    harness.days(1)
    first = await harness.submit(await harness.draft(RIVAL))
    again = await harness.submit(draft)
    assert [(one.conflict_count, one.submit_time) for one in (first, again)] == [
        (0, harness.clock.now()),
        (1, harness.clock.now()),
    ]
