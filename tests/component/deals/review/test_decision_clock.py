"""The vendor's deadline for a decision, and what is told when it is missed."""

from datetime import timedelta
from typing import Any

from services.deals.claims.domain.registration import Customer
from services.deals.review import usecases as decisions
from services.deals.review.jobs import breach_decisions
from services.deals.review.reads import decision_deadline
from tests.builders import NOW
from tests.component.deals.harness import RIVAL, Harness, a_customer


async def test_the_decision_clock_counts_where_the_customer_is_and_stands_while_the_partner_is_asked(
    harness: Harness,
) -> None:
    shanghai = a_customer("上海零售有限公司", "CN")
    reg = await harness.claimed(customer=shanghai)  # Monday; five working days end with the next Monday
    midnight_there = NOW.replace(hour=16) + timedelta(days=7)
    assert reg.decision_due_time == midnight_there
    harness.days(1)
    command: Any = decisions.RequestChanges
    asked = await harness.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    assert asked.decision_due_time is None
    deadline = decision_deadline(harness.env, asked)
    assert deadline is not None
    assert deadline.due is None
    harness.days(2)
    again = await harness.submit(reg)
    assert again.decision_due_time == midnight_there + timedelta(days=2)


def _customer(number: int) -> Customer:
    return a_customer(f"Customer {number}")


async def test_a_missed_decision_is_told_once_also_when_the_claim_comes_again(harness: Harness) -> None:
    waiting = await harness.submit(await harness.draft())
    reviewed = await harness.claimed(RIVAL)
    asked = await harness.claimed(customer=_customer(3))
    command = decisions.RequestChanges
    await harness.run(decisions.request_changes, command, id=asked.id, requested_fields=("lines",))
    await harness.approved(customer=_customer(4))
    due = waiting.decision_due_time
    assert due is not None
    harness.clock.advance(due - NOW - timedelta(microseconds=1))
    assert await breach_decisions(harness.env) == 0
    harness.clock.advance(timedelta(microseconds=1))
    harness.events()
    assert [await breach_decisions(harness.env) for _ in range(2)] == [2, 0]
    bodies = {(name, body.registration_id) for name, _, body in harness.events()}  # type: ignore[attr-defined]  # has one
    assert bodies == {("RegistrationDecisionBreached", one.id) for one in (waiting, reviewed)}
    await harness.run(decisions.request_changes, command, id=reviewed.id, requested_fields=("lines",))
    await harness.submit(reviewed)
    harness.days(30)
    assert await breach_decisions(harness.env) == 0


async def test_with_no_decision_missed_nothing_moves(harness: Harness) -> None:
    await harness.approved()
    harness.events()
    assert await breach_decisions(harness.env) == 0
    assert harness.events() == []
