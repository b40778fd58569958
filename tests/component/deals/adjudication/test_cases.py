"""Cases about claims of several partners: the ledger, the decision, the appeal, and what becomes of the claims."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from libs.errors import AppError, InvalidInput, WrongState
from libs.person import PersonalText
from libs.versions import EffectiveTooSoon, RuleState, VersionInForce, VersionNotLater
from services.deals.adjudication import wire
from services.deals.adjudication.domain import cases as domain
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.domain.sides import AdjudicationFactKind, AdjudicationStanding
from services.deals.adjudication.domain.states import AdjudicationReason, AdjudicationState
from services.deals.adjudication.jobs import settle_adjudications
from services.deals.adjudication.usecases import cases, rules, sides
from services.deals.claims.domain.registration import Activity, ClaimDisputed, Registration
from services.deals.claims.domain.states import ActivityType, ClosureCode, Review, Stage
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.conversion import usecases as conversion
from services.deals.protection import usecases as protection
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.adjudication.acts import (
    appeal,
    decide,
    judge,
    opened,
    rule,
    settle,
    side_of,
    whole,
)
from tests.component.deals.customers.telling import confirmed, deliver, ordered
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer

THIRD = an_id("ptn", 3)
ABOUT = PersonalText(text="Ms Meier called.", person_id=an_id("psn"))
By, Kind = AdjudicationCriterion, AdjudicationFactKind
LISTED = rules.list_adjudication_rules, rules.ListAdjudicationRules


async def rivals(harness: Harness) -> tuple[Registration, Registration]:
    """Two claims on Acme: the first is protected, the second in review."""
    first = await harness.approved()
    harness.days(1)
    second = await harness.claimed(RIVAL)
    await settle(harness)
    return first, second


def kinds(found: cases.WholeCase) -> list[list[str]]:
    return [[fact.kind.name for fact in one.facts] for one in found.sides]


async def test_the_ledger_is_written_by_reads_and_by_events_and_the_rule_proposes_on_it(harness: Harness) -> None:
    await rule(harness, By.INCUMBENT, By.ACTIVITY, By.FIRST_CLAIM)
    before = await harness.approved(RIVAL)
    await settle(harness)
    await deliver(harness, ordered(before.id, partner=RIVAL))
    await deliver(harness, confirmed(before.id, date(2026, 1, 2), partner=RIVAL))
    await harness.withdraw(before)
    harness.days(400)
    await harness.territory(partner=PARTNER, exclusive=False)
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    found = await whole(harness, case)
    assert kinds(found) == [["CLAIMED", "TERRITORY"], ["CLAIMED", "INCUMBENT"]]
    assert (found.proposal.registration_id, found.proposal.criterion) == (second.id, By.INCUMBENT)
    assert case.criteria == (By.INCUMBENT, By.ACTIVITY, By.FIRST_CLAIM)
    done = Activity(type=ActivityType.QUOTE, date=harness.env.today())
    fields = {"id": first.id, "stage": Stage.QUALIFIED, "activities": (done,)}
    await harness.run(protection.advance_stage, protection.AdvanceStage, **fields)
    await settle(harness)
    mine = await side_of(harness, first)
    for reference in ("LETTER-1", "LETTER-1"):
        mine = await harness.run(sides.record_invitation, sides.RecordInvitation, id=mine.id, reference=reference)
    assert kinds(await whole(harness, case))[0] == ["CLAIMED", "TERRITORY", "ACTIVITY", "INVITED"]
    await harness.withdraw(second)
    await settle(harness)
    found = await whole(harness, case)
    assert kinds(found)[1] == ["CLAIMED", "INCUMBENT", "ENDED"]
    assert (found.proposal.registration_id, found.proposal.criterion) == (first.id, None)
    with pytest.raises(domain.ClaimHasEnded):
        await decide(harness, case, second.id)


async def test_a_claim_in_a_case_is_approved_only_once_it_has_won_and_the_loser_ends(harness: Harness) -> None:
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    assert (await whole(harness, case)).proposal.registration_id == ""
    with pytest.raises(ClaimDisputed):
        await harness.approve(second)
    with pytest.raises(ClaimDisputed):
        await opened(harness, second, first)
    await decide(harness, case, second.id)
    assert await settle_adjudications(harness.env) == 0
    with pytest.raises(ClaimDisputed):
        await harness.approve(second)
    assert (await harness.reg(first)).review is Review.APPROVED
    harness.days(20)
    assert await settle_adjudications(harness.env) == 1
    await settle(harness)
    lost = await harness.reg(first)
    assert (lost.review, lost.closure_code) == (Review.CANCELED, ClosureCode.ADJUDICATED)
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 0
    assert (await harness.approve(second)).review is Review.APPROVED
    counts = await harness.look(
        cases.get_adjudication_statistics,
        cases.GetAdjudicationStatistics,
        first_day=harness.env.today() - timedelta(days=1),
        last_day=harness.env.today(),
    )
    assert [(one.reason, one.cases) for one in (counts.total, *counts.by_reason)] == [
        (None, 1),
        (AdjudicationReason.FIRST_CLAIM, 1),
    ]


async def test_an_appeal_is_decided_by_somebody_else_and_turns_the_case(harness: Harness) -> None:
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    await decide(harness, case, first.id)
    await appeal(harness, second)
    harness.days(30)
    assert await settle_adjudications(harness.env) == 0
    with pytest.raises(domain.OtherPersonRequired):
        await judge(harness, case, second.id, by="anna")
    await judge(harness, case, second.id)
    await settle(harness)
    assert (await harness.reg(first)).review is Review.CANCELED
    assert (await side_of(harness, second)).standing is AdjudicationStanding.WON
    assert (await harness.approve(second)).review is Review.APPROVED


async def test_of_appeals_at_the_same_moment_each_counts_once(harness: Harness, replica: Harness) -> None:
    await harness.partner(THIRD)
    first, second = await rivals(harness)
    third = await harness.claimed(THIRD)
    case = await opened(harness, first, second, third)
    await decide(harness, case, first.id)

    async def tried(one: Harness, reg: Registration) -> str:
        try:
            return (await appeal(one, reg)).registration_id
        except AppError as err:
            return err.reason

    asked = [(one, reg) for reg in (second, third) for one in (harness, replica, harness)]
    answers = await asyncio.gather(*(tried(*one) for one in asked))
    assert sorted(answers) == sorted([second.id, third.id, *4 * ["ALREADY_APPEALED"]])
    found = (await whole(harness, case)).case
    assert [one.appealed for one in found.parties] == [False, True, True]
    ruled = await asyncio.gather(
        *(_judged(one, case, by) for one, by in ((harness, "bert"), (replica, "carl"))), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ruled) == ["Adjudication", "NoAppeal"]
    assert len((await whole(harness, case)).case.rulings) == 2


async def _judged(harness: Harness, case: Adjudication, by: str) -> Adjudication:
    return await judge(harness, case, case.parties[1].registration_id, by=by)


async def test_a_case_whose_winner_gave_up_is_decided_anew_and_the_loser_stays(harness: Harness) -> None:
    """Not before the time for appeals is over: the loser cannot tell on which day its rival gave up."""
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    await decide(harness, case, first.id)
    lost = await side_of(harness, second)
    await harness.withdraw(first)
    await settle(harness)
    assert await side_of(harness, second) == lost
    harness.days(20)
    assert await settle_adjudications(harness.env) == 1
    assert await settle_adjudications(harness.env) == 0
    await settle(harness)
    reopened = (await whole(harness, case)).case
    assert (reopened.state, reopened.appeal_due_time, len(reopened.rulings)) == (AdjudicationState.OPEN, None, 1)
    side = await side_of(harness, second)
    assert (side.standing, side.reason, side.appeal_due_time) == (AdjudicationStanding.OPEN, None, None)
    with pytest.raises(domain.ClaimHasEnded):
        await decide(harness, case, first.id)
    await decide(harness, case, second.id)
    harness.days(20)
    assert await settle_adjudications(harness.env) == 1
    await settle(harness)
    assert (await harness.approve(second)).review is Review.APPROVED
    today = harness.env.today()
    counts = await harness.look(
        cases.get_adjudication_statistics, cases.GetAdjudicationStatistics, first_day=today, last_day=today
    )
    assert (counts.total.cases, counts.total.appealed, counts.total.overturned) == (1, 0, 0)


async def test_no_claim_is_converted_during_its_case_and_a_partner_is_not_told_the_case(harness: Harness) -> None:
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    await decide(harness, case, second.id)
    for caller, told in ((a_call(), case.id), (a_call_of(PARTNER), "")):
        cmd = conversion.ConvertRegistration(call=caller, id=first.id, currency="EUR")
        with pytest.raises(ClaimDisputed) as refused:
            await harness.env.run(conversion.convert_registration, cmd)
        assert refused.value.metadata["adjudication_id"] == told
        assert case.id not in str(refused.value)


async def test_a_note_on_a_decision_is_for_the_vendor_alone(harness: Harness) -> None:
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    said = PersonalText(text="Both had called; see the letter.")
    decided = await decide(harness, case, first.id, note=said)
    assert [one.note for one in decided.rulings] == [said]
    assert domain.persons(replace(decided, rulings=(replace(decided.rulings[0], note=ABOUT),))) != ()
    for reg in (first, second):
        assert said.text not in str(wire.SIDE.encode(await side_of(harness, reg)))


async def test_every_claim_stays_if_there_is_not_one_deal(harness: Harness) -> None:
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    done = await decide(harness, case, "", reason=AdjudicationReason.NOT_ONE_DEAL)
    await settle(harness)
    assert done.state is AdjudicationState.SETTLED
    assert (await harness.reg(first)).review is Review.APPROVED
    assert (await side_of(harness, second)).standing is AdjudicationStanding.DISMISSED
    assert (await opened(harness, first, second)).state is AdjudicationState.OPEN


async def test_a_case_is_about_claims_in_conflict_in_review_and_of_different_partners(harness: Harness) -> None:
    first, second = await rivals(harness)
    own = await harness.claimed()
    stranger = await harness.submit(await harness.draft(RIVAL, customer=a_customer("Somebody Else")))
    with pytest.raises(InvalidInput) as refused:
        await opened(harness, first, own, second, stranger)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("registration_ids[1]", "PARTNER_REPEATED"),
        ("registration_ids[3]", "NOT_IN_REVIEW"),
        ("registration_ids[3]", "PARTNER_REPEATED"),
        ("registration_ids[3]", "NOT_IN_CONFLICT"),
    ]


async def test_a_rule_is_published_before_it_applies_and_a_case_keeps_its_rule(harness: Harness) -> None:
    await rule(harness, By.FIRST_CLAIM)
    first, second = await rivals(harness)
    case = await opened(harness, first, second)
    draft = await harness.run(rules.draft_adjudication_rule, rules.DraftAdjudicationRule, criteria=(By.ACTIVITY,))
    assert draft.number == 2
    today = harness.env.today()
    publish = rules.publish_adjudication_rule, rules.PublishAdjudicationRule
    with pytest.raises(EffectiveTooSoon):
        await harness.run(*publish, id=draft.id, effective_day=today + timedelta(days=13))
    day = today + timedelta(days=14)
    await harness.run(*publish, id=draft.id, effective_day=day)
    third = await harness.run(rules.draft_adjudication_rule, rules.DraftAdjudicationRule, criteria=(By.TERRITORY,))
    with pytest.raises(VersionNotLater):
        await harness.run(*publish, id=third.id, effective_day=day)
    harness.days(15)
    found = await whole(harness, case)
    assert (found.case.rule_number, found.proposal.criterion) == (1, By.FIRST_CLAIM)


async def test_a_version_that_was_withdrawn_decides_no_case_and_stands_in_no_way(
    harness: Harness,
) -> None:
    draft = rules.draft_adjudication_rule, rules.DraftAdjudicationRule
    publish = rules.publish_adjudication_rule, rules.PublishAdjudicationRule
    withdraw = rules.withdraw_adjudication_rule, rules.WithdrawAdjudicationRule
    wrong = await harness.run(*draft, criteria=(By.ACTIVITY,))
    with pytest.raises(WrongState):
        await harness.run(*withdraw, id=wrong.id)
    await harness.run(*publish, id=wrong.id, effective_day=harness.env.today() + timedelta(days=14))
    harness.told.clear()
    gone = await harness.run(*withdraw, id=wrong.id)
    assert (gone.state, harness.names()) == (RuleState.WITHDRAWN, ["AdjudicationRuleWithdrawn"])
    await rule(harness, By.FIRST_CLAIM)
    case = await opened(harness, *await rivals(harness))
    assert (case.rule_number, case.criteria) == (2, (By.FIRST_CLAIM,))
    with pytest.raises(VersionInForce):
        await harness.run(*withdraw, id=(await harness.look(*LISTED)).rows[-1].value.id)


async def test_cases_can_be_counted_up_to_the_last_day_of_all(harness: Harness) -> None:
    asked = {"first_day": date(9999, 12, 1), "last_day": date.max}
    counts = await harness.look(cases.get_adjudication_statistics, cases.GetAdjudicationStatistics, **asked)
    assert counts.total.cases == 0
