"""Claims with a chain: by the rule of their submission, step by step, with deputies by days."""

from datetime import date, timedelta

import pytest

from libs.call import Call, Caller
from libs.errors import InvalidInput
from libs.money import Money
from libs.versions import EffectiveTooSoon, RuleState, VersionInForce, VersionNotLater
from services.deals.approval import usecases
from services.deals.approval.domain.chain import NotYourStep
from services.deals.approval.domain.rules import ApprovalChain, ApprovalDeputy, ApprovalRule, ApprovalStep
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import Registration, RegistrationChanges, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.claims.wire import registration
from services.deals.review import usecases as review
from tests.builders import a_call_of
from tests.component.deals.harness import PARTNER, Harness

SELLER = ApprovalStep(code="SELLER", role="channel_manager")
HEAD = ApprovalStep(code="HEAD", role="region_head", amounts_above=(Money.of(1_000, "EUR"),))


def lines(units: int) -> tuple[RegistrationLine, ...]:
    return (RegistrationLine(sku="RTR-1", product_line="ROUTERS", expected_amount=Money.of(units, "EUR")),)


async def published(harness: Harness, *steps: ApprovalStep) -> ApprovalRule:
    """A version that is in force."""
    drafted = await harness.run(usecases.draft_approval_rule, usecases.DraftApprovalRule, steps=steps)
    day = harness.env.today() + timedelta(days=14)
    publish = usecases.publish_approval_rule, usecases.PublishApprovalRule
    with pytest.raises(EffectiveTooSoon):
        await harness.run(*publish, id=drafted.id, effective_day=day - timedelta(days=1))
    done = await harness.run(*publish, id=drafted.id, effective_day=day)
    harness.days(14)
    return done


async def approve(harness: Harness, reg: Registration, who: str, *roles: str) -> Registration:
    call = Call(caller=Caller(subject=who, roles=roles), method="test")
    return await harness.env.run(review.approve_registration, review.ApproveRegistration(call=call, id=reg.id))


async def put_deputy(harness: Harness, first_day: date, last_day: date) -> ApprovalDeputy:
    """Dieter stands in for region heads."""
    return await harness.run(
        usecases.put_approval_deputy,
        usecases.PutApprovalDeputy,
        role="region_head",
        subject="dieter",
        first_day=first_day,
        last_day=last_day,
    )


async def preview(harness: Harness, reg: Registration) -> ApprovalChain:
    cmd = usecases.PreviewApproval(call=a_call_of(PARTNER), registration_id=reg.id)
    return await usecases.preview_approval(harness.env, cmd)


async def test_a_version_for_a_far_day_is_withdrawn_and_stands_in_no_way(harness: Harness) -> None:
    publish = usecases.publish_approval_rule, usecases.PublishApprovalRule
    withdraw = usecases.withdraw_approval_rule, usecases.WithdrawApprovalRule
    drafted = await harness.run(usecases.draft_approval_rule, usecases.DraftApprovalRule, steps=(HEAD,))
    wrong = await harness.run(*publish, id=drafted.id, effective_day=date(9999, 12, 31))
    with pytest.raises(VersionNotLater):
        await published(harness, SELLER)
    gone = await harness.run(*withdraw, id=wrong.id)
    assert (gone.state, harness.names()[-1]) == (RuleState.WITHDRAWN, "ApprovalRuleWithdrawn")
    rule = await published(harness, SELLER)
    reg = await harness.claimed(lines=lines(2_000))
    assert reg.approval_rule_id == rule.id
    with pytest.raises(VersionInForce):
        await harness.run(*withdraw, id=rule.id)


async def test_a_claim_is_approved_with_its_last_step_and_each_step_is_one_persons(harness: Harness) -> None:
    await published(harness, SELLER, HEAD)
    reg = await harness.claimed(lines=lines(2_000))
    with pytest.raises(NotYourStep) as refused:
        await approve(harness, reg, "hanna", "region_head")
    assert refused.value.metadata["steps"] == "SELLER,HEAD"
    harness.told.clear()
    waiting = await approve(harness, reg, "anna", "channel_manager", "region_head")
    assert (waiting.review, harness.names()) == (Review.UNDER_REVIEW, ["ApprovalStepDecided"])
    with pytest.raises(NotYourStep):
        await approve(harness, reg, "anna", "channel_manager", "region_head")
    done = await approve(harness, reg, "hanna", "region_head")
    assert (done.review, harness.names()) == (Review.APPROVED, ["ApprovalStepDecided", "RegistrationApproved"])
    assert [one.decided_by for one in done.approval_steps] == ["anna", "hanna"]
    shown = registration(done, a_call_of(PARTNER)).approval_steps
    assert [(one.code, one.decided_by) for one in shown] == [("SELLER", ""), ("HEAD", "")]


async def test_a_preview_says_before_the_submission_what_the_submission_does(harness: Harness) -> None:
    draft = await harness.draft(lines=lines(2_000))
    assert await preview(harness, draft) == ApprovalChain()
    await published(harness, SELLER, HEAD)
    assert [one.code for one in (await preview(harness, draft)).steps] == ["SELLER", "HEAD"]
    await harness.run(
        drafts.update_registration,
        drafts.UpdateRegistration,
        id=draft.id,
        changes=RegistrationChanges(lines=lines(1_000), asked_discount_basis_points=200),
    )
    seen = await preview(harness, draft)
    submitted = await harness.submit(draft)
    assert [one.code for one in submitted.approval_steps] == [one.code for one in seen.steps] == ["SELLER"]
    assert submitted.asked_discount_basis_points == 200


async def test_a_claim_keeps_the_version_of_its_first_submission_and_a_recall_gives_it_up(harness: Harness) -> None:
    first = await published(harness, SELLER)
    kept, recalled = await harness.claimed(lines=lines(5_000)), await harness.submit(await harness.draft())
    second = await published(harness, HEAD)
    fields = {"id": kept.id, "requested_fields": ("lines",)}
    await harness.run(review.request_changes, review.RequestChanges, **fields)
    again = await harness.submit(kept)
    assert (again.approval_rule_id, [one.code for one in again.approval_steps]) == (first.id, ["SELLER"])
    await harness.run(review.recall_registration, review.RecallRegistration, id=recalled.id)
    assert (await harness.submit(recalled)).approval_rule_id == second.id


async def test_a_deputy_stands_in_on_its_days_alone(harness: Harness) -> None:
    await published(harness, HEAD)
    regs = [await harness.claimed(lines=lines(2_000 + number)) for number in range(2)]
    first = harness.env.today() + timedelta(days=1)
    with pytest.raises(InvalidInput):
        await put_deputy(harness, first, first - timedelta(days=1))
    deputy = await put_deputy(harness, first, first)
    assert await put_deputy(harness, first, first) == deputy
    with pytest.raises(NotYourStep):
        await approve(harness, regs[0], "dieter", "channel_manager")
    harness.days(1)
    assert (await approve(harness, regs[0], "dieter", "channel_manager")).review is Review.APPROVED
    harness.days(1)
    with pytest.raises(NotYourStep):
        await approve(harness, regs[1], "dieter", "channel_manager")
