"""Reads what the ledger of a case is made of, and the deadline of appeals."""

from collections.abc import Sequence
from datetime import datetime

from libs.deadlines import Rule, WorkingDays, business_calendar, explain
from libs.partner_projection import own_grants
from libs.store.port import ROWS_PER_PAGE, Query, get_all
from services.deals.adjudication.documents import ADJUDICATION_SIDES
from services.deals.adjudication.domain.cases import Adjudication, Until
from services.deals.adjudication.domain.sides import AdjudicationFact, AdjudicationFactKind, AdjudicationSide
from services.deals.claims.domain.registration import Registration
from services.deals.customers.documents import CUSTOMERS, ENTRIES
from services.deals.customers.domain.entries import CustomerEntry
from services.deals.customers.reads import Book, tree
from services.deals.settings import Env


async def facts_of(
    env: Env, reg: Registration, customers: Sequence[str], now: datetime
) -> tuple[AdjudicationFact, ...]:
    """What is known of a claim when its case is opened. customers: the records of all claims of the case."""
    kind = AdjudicationFactKind
    found = [
        AdjudicationFact(kind=kind.CLAIMED, time=reg.submit_time or reg.create_time, reference=reg.id, record_time=now)
    ]
    if (deal := await _first_deal(env, reg, customers)) is not None:
        found.append(AdjudicationFact(kind=kind.INCUMBENT, time=deal.time, reference=deal.id, record_time=now))
    customer, today = reg.customer, env.today()
    grants = await own_grants(env.store, reg.partner_id, customer.country, reg.product_lines, on=today)
    covering = [
        one for one in grants if one.covers(customer.country, customer.subdivision, reg.product_lines, on=today)
    ]
    if covering:
        best = max(covering, key=lambda one: (one.exclusive, one.id))
        found.append(
            AdjudicationFact(kind=kind.TERRITORY, quantity=1 + best.exclusive, reference=best.id, record_time=now)
        )
    if reg.activities:
        found.append(AdjudicationFact(kind=kind.ACTIVITY, quantity=len(reg.activities), record_time=now))
    return tuple(found)


async def customers_of(env: Env, regs: Sequence[Registration]) -> tuple[str, ...]:
    """The ids of the vendor's records of the customers of these claims, with all that are merged with them."""
    entries = await get_all(env.store, ENTRIES, (reg.id for reg in regs))
    rows = await get_all(env.store, CUSTOMERS, {one.value.customer_id for one in entries.values()} - {""})
    found: set[str] = set()
    for row in rows.values():
        found.update(await tree(env, (await Book(env).root(row.value)).id))
    return tuple(sorted(found))


async def sides_of(env: Env, case: Adjudication) -> tuple[AdjudicationSide, ...]:
    """The sides of a case, in the order of its parties."""
    found = await get_all(env.store, ADJUDICATION_SIDES, (one.side_id for one in case.parties))
    return tuple(found[one.side_id].value for one in case.parties)


def appeal_until(env: Env, case: Adjudication, *, now: datetime) -> Until:
    """Until when a loser may appeal against a decision of now: working days where the customer is."""
    calendar = business_calendar(case.country, env.directory.here.time_zone)
    allowance = WorkingDays(days=env.settings.policy.adjudication_appeal_days)
    found = explain(Rule("adjudication-appeal", 1, allowance), calendar, start=now)
    assert found.due is not None, "nothing pauses this deadline"
    assert found.last_day is not None, "it is counted in days"
    return Until(found.last_day, found.due)


async def _first_deal(env: Env, reg: Registration, customers: Sequence[str]) -> CustomerEntry | None:
    """The partner's first deal with the customer before its claim: a claim that was converted, or an order that was
    placed and not canceled. Of each record the first 200 documents of the partner are looked at."""
    found: list[CustomerEntry] = []
    for customer in customers:
        query = Query(
            kind=ENTRIES,
            equals={"customer_id": customer, "partner_id": reg.partner_id},
            order="place",
            at_least="",
            limit=ROWS_PER_PAGE,
        )
        found += (row.value for row in (await env.store.find(query)).rows)
    won = [one for one in found if one.won_date is not None and one.id != reg.id and one.time is not None]
    before = [one for one in won if one.time and one.time < (reg.submit_time or reg.create_time)]
    return min(before, key=lambda one: (one.time or reg.create_time, one.id), default=None)
