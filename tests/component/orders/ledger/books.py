"""What the tests of the ledger do with an orders service: publish plans, deliver its own events to it, run its jobs."""

from datetime import date, timedelta
from random import Random
from typing import Any

from libs.call import SYSTEM, Call
from services.orders.incentives.domain.plan import (
    Band,
    Beneficiaries,
    BeneficiaryKind,
    ClawbackPeriod,
    PayoutCalendar,
    Plan,
    PlanBasis,
    RateKind,
    RateRule,
)
from services.orders.incentives.usecases import DraftIncentivePlan, PublishIncentivePlan, draft_plan, publish_plan
from services.orders.ledger.consumers import CONSUMERS
from services.orders.ledger.documents import ENTRIES
from services.orders.ledger.domain.entry import Entry
from services.orders.ledger.jobs import book_incentives, count_sales
from services.orders.ledger.reads import rows_of
from tests.component.orders.harness import PARTNER, Harness, eur

ACCOUNT = f"VOLUME:PARTNER:{PARTNER}"
TEN_PERCENT = RateRule(code="ALL", kind=RateKind.FLAT, bands=(Band(from_amount=eur("0"), basis_points=1_000),))


def content(harness: Harness, **fields: Any) -> dict[str, Any]:
    """A plan that pays partners ten percent of what they are invoiced, from tomorrow on."""
    plan = {
        "code": "VOLUME",
        "beneficiaries": Beneficiaries(kind=BeneficiaryKind.PARTNER),
        "basis": PlanBasis.INVOICED,
        "rules": (TEN_PERCENT,),
        "currency": "EUR",
        "calendar": PayoutCalendar.MONTH,
        "clawback": ClawbackPeriod.RETURN,
        "effective_day": harness.today + timedelta(days=1),
    }
    return {**plan, **fields}


async def published(harness: Harness, **fields: Any) -> Plan:
    """A plan that is in force; a day passes."""
    draft = await harness.run(draft_plan, DraftIncentivePlan, **content(harness, **fields))
    plan = await harness.run(publish_plan, PublishIncentivePlan, id=draft.id)
    harness.days(1)
    return plan


async def deliver(harness: Harness, *, seed: int = 0) -> None:
    """Give the ledger what the service told, in any order and partly twice."""
    told, harness.told = harness.told, []
    random = Random(seed)
    again = [one for one in told if random.random() < 0.3]
    for envelope in random.sample([*told, *again], len(told) + len(again)):
        for consumer in CONSUMERS:
            if consumer.takes(envelope.subject.split(".", 2)[2]):
                await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))


async def work(harness: Harness) -> None:
    """Run the jobs until nothing is left to do."""
    while await count_sales(harness.env):
        pass
    while await book_incentives(harness.env):
        pass


async def entries(harness: Harness, account_id: str = ACCOUNT) -> list[Entry]:
    """The entries of an account, in the order of their days."""
    found = await rows_of(harness.env, ENTRIES, {"account_id": account_id})
    return sorted(found, key=lambda one: (one.record_time, one.effective_day, one.clawback, one.sequence))


def last_day(of: date) -> date:
    """The last day of the month of a day."""
    return (of.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
