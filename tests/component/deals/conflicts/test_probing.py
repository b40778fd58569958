"""Claiming is no way to ask who is protected: what comes back says nothing, and who goes on is stopped and seen."""

from datetime import timedelta
from typing import Any

import pytest

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges
from services.deals.conflicts.domain.accounts import TooManyClaimsTakenBack
from services.deals.protection import usecases as protection
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION
from services.deals.settings import Policy
from tests.builders import a_call, a_call_of
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer

SELLER, VENDOR = a_call_of(PARTNER, role="partner_sales"), a_call()
LIMIT = Policy().claims_taken_back


async def _submit(harness: Harness, reg: Registration, by: Call = SELLER) -> Registration:
    return await harness.env.run(decisions.submit_registration, decisions.SubmitRegistration(call=by, id=reg.id))


async def _recall(harness: Harness, reg: Registration, by: Call = SELLER) -> Registration:
    return await harness.env.run(decisions.recall_registration, decisions.RecallRegistration(call=by, id=reg.id))


async def _withdraw(harness: Harness, reg: Registration, by: Call = SELLER) -> Registration:
    command = protection.WithdrawRegistration(call=by, id=reg.id)
    return await harness.env.run(protection.withdraw_registration, command)


async def _probe(harness: Harness, reg: Registration, customer: Customer, by: Call = SELLER) -> None:
    command = drafts.UpdateRegistration(call=by, id=reg.id, changes=RegistrationChanges(customer=customer))
    await harness.env.run(drafts.update_registration, command)
    await _submit(harness, reg, by)
    await _recall(harness, reg, by)


async def test_every_answer_to_a_seller_is_the_same_whether_there_is_a_rival_or_not(harness: Harness) -> None:
    await harness.approved(RIVAL)
    heard = [await _heard(harness, customer) for customer in (ACME, a_customer("Nobody's"))]
    assert heard[0] == heard[1]


async def _heard(harness: Harness, customer: Customer) -> list[str]:
    """What a seller is answered that claims a customer, takes it back, claims it again and gives it up."""
    api = COMPOSITION.servicer(harness.env)
    reg = await harness.draft(customer=customer)
    submit, recall = pb.SubmitRegistrationRequest(id=reg.id), pb.RecallRegistrationRequest(id=reg.id)
    look, rivals = pb.GetRegistrationRequest(id=reg.id), pb.ListConflictsRequest(registration_id=reg.id)
    answers: list[Any] = [
        await api.SubmitRegistration(submit, SELLER),
        await api.GetRegistration(look, SELLER),
        await api.ListConflicts(rivals, SELLER),
        await api.RecallRegistration(recall, SELLER),
        await api.ListConflicts(rivals, SELLER),
        await api.SubmitRegistration(submit, SELLER),
        await api.WithdrawRegistration(pb.WithdrawRegistrationRequest(id=reg.id), SELLER),
        await api.GetRegistration(look, SELLER),
        await api.ListConflicts(rivals, SELLER),
    ]
    for answer in answers:
        if "registration" in answer.DESCRIPTOR.fields_by_name:
            answer.registration.ClearField("customer")
        if "claims_taken_back" in answer.DESCRIPTOR.fields_by_name:
            answer.ClearField("claims_taken_back")  # of all the partner's claims
    return [str(answer).replace(reg.id, "") for answer in answers]


async def test_a_seller_who_takes_back_too_many_claims_can_submit_no_more_for_a_while(harness: Harness) -> None:
    reg = await harness.draft()
    for number in range(LIMIT):
        harness.clock.advance(timedelta(minutes=1))
        await _probe(harness, reg, a_customer(f"Customer {number}"))
    with pytest.raises(TooManyClaimsTakenBack) as refused:
        await _submit(harness, reg)
    assert refused.value.metadata == {"partner_id": PARTNER, "limit": str(LIMIT), "window_hours": "24"}
    assert refused.value.retry_after_seconds == timedelta(hours=24, minutes=1 - LIMIT).total_seconds()
    other = await harness.draft(customer=a_customer("Another"))
    with pytest.raises(TooManyClaimsTakenBack):
        await _submit(harness, other)
    harness.clock.advance(timedelta(seconds=refused.value.retry_after_seconds or 0))
    await _submit(harness, other)


async def test_the_vendor_is_told_once_and_sees_it_on_every_claim_of_the_partner(harness: Harness) -> None:
    reg = await harness.draft()
    for number in range(LIMIT):
        assert "ProbingFound" not in harness.names()
        await _probe(harness, reg, a_customer(f"Customer {number}"))
    expected = pb.ProbingFound(registration_id=reg.id, partner_id=PARTNER, claims_taken_back=LIMIT)
    assert [body for name, _, body in harness.events() if name == "ProbingFound"] == [expected]
    api = COMPOSITION.servicer(harness.env)
    other = await harness.draft()
    found = await api.GetRegistration(pb.GetRegistrationRequest(id=other.id), VENDOR)
    assert found.claims_taken_back == LIMIT


async def test_a_claim_that_is_withdrawn_undecided_was_taken_back_too_and_a_decided_one_was_not(
    store: Store, keys: Keys
) -> None:
    harness = Harness(store, keys, policy=Policy(claims_taken_back=2))
    await harness.partner()
    await _withdraw(harness, await harness.approved())
    await _withdraw(harness, await harness.draft())
    await _withdraw(harness, await harness.claimed())
    await _submit(harness, await harness.draft())
    await _withdraw(harness, await _submit(harness, await harness.draft()))
    with pytest.raises(TooManyClaimsTakenBack):
        await _submit(harness, await harness.draft())


async def test_the_vendors_people_take_back_and_submit_as_they_like(harness: Harness) -> None:
    reg = await harness.draft()
    for _ in range(LIMIT + 1):
        await _probe(harness, reg, ACME, VENDOR)
    for _ in range(LIMIT):
        await _probe(harness, reg, ACME)
    assert (await _submit(harness, reg, VENDOR)).submit_time == harness.clock.now()


async def test_a_claim_that_was_sent_back_is_submitted_again_whatever_was_taken_back(harness: Harness) -> None:
    sent_back, reg = await harness.claimed(), await harness.draft()
    command = decisions.RequestChanges
    await harness.run(decisions.request_changes, command, id=sent_back.id, requested_fields=("lines",))
    for _ in range(LIMIT):
        await _probe(harness, reg, ACME)
    await _submit(harness, sent_back)
