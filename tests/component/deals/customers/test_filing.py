"""Claims on one company make one record, in any order of events, with orders and tickets in its history."""

import asyncio
from datetime import date, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from libs.store.port import create
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges
from services.deals.customers.documents import CUSTOMERS, ENTRIES
from services.deals.customers.domain.entries import MOVED_AT_ONCE, CustomerEntry
from services.deals.customers.jobs import walk
from services.deals.review import usecases as review
from tests.builders import NOW, an_id
from tests.component.deals.customers.telling import (
    canceled,
    confirmed,
    deliver,
    entry,
    history,
    listed,
    ordered,
    settle,
    ticketed,
    told,
)
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer

NUMBERED = replace(ACME, legal_name="ACME Gesellschaft", domain="acme.example", registration_id="HRB 4711")


async def test_claims_on_one_domain_make_one_record_and_each_partner_has_its_own(harness: Harness) -> None:
    own = await harness.submit(await harness.draft())
    theirs = await harness.submit(await harness.draft(RIVAL, customer=replace(ACME, legal_name="Acme")))
    await settle(harness)
    (whole,) = await listed(harness)
    assert (whole.customer.legal_name, whole.partner_id) == ("Acme", "")
    assert sorted(await history(harness, whole.id)) == sorted([own.id, theirs.id])
    (mine,) = await listed(harness, PARTNER)
    assert (mine.customer.legal_name, await history(harness, mine.id, PARTNER)) == ("Acme GmbH", [own.id])


async def test_drafts_are_nobodys_customers_and_a_resubmission_moves_a_claim_with_its_orders(harness: Harness) -> None:
    reg = await harness.draft()
    await settle(harness)
    assert await listed(harness) == []
    reg = await harness.submit(reg)
    await settle(harness)
    await deliver(harness, ordered(reg.id))
    await deliver(harness, ticketed())
    before = (await listed(harness))[0]
    reg = await harness.run(review.recall_registration, review.RecallRegistration, id=reg.id)
    await harness.submit(await _renamed(harness, reg.id, Customer(legal_name="Other AG", country="DE", domain="o.de")))
    await settle(harness)
    (after,) = await listed(harness)
    assert (after.id != before.id, after.customer.legal_name) == (True, "Other AG")
    assert sorted(await history(harness, after.id)) == sorted([reg.id, an_id("ord"), an_id("tkt")])
    assert [one.customer.legal_name for one in await listed(harness, PARTNER)] == ["Other AG"]


async def _renamed(harness: Harness, id: str, customer: Customer) -> Registration:
    changes = RegistrationChanges(customer=customer)
    return await harness.run(drafts.update_registration, drafts.UpdateRegistration, id=id, changes=changes)


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_events_in_any_order_and_twice_end_in_the_same_entries(harness: Harness, order: tuple[int, ...]) -> None:
    reg = await harness.submit(await harness.draft())
    submitted = next(one for one in harness.told if one.type.endswith("RegistrationSubmitted"))
    events = [submitted, ordered(reg.id), confirmed(reg.id, date(2026, 3, 2)), ticketed()]
    for place in (*order, *order):
        await deliver(harness, events[place])
    customer = (await listed(harness))[0].id
    order_entry, ticket = [await harness.value(ENTRIES, an_id(prefix)) for prefix in ("ord", "tkt")]
    assert {one.customer_id for one in (order_entry, ticket, await entry(harness, reg))} == {customer}
    assert (order_entry.state, order_entry.won_day, ticket.parent_id) == ("CONFIRMED", date(2026, 3, 2), an_id("ord"))
    assert sorted(await history(harness, customer, page_size=1)) == sorted([reg.id, an_id("ord"), an_id("tkt")])


async def test_an_order_of_another_partner_never_joins_the_history_of_a_claim(harness: Harness) -> None:
    reg = await harness.submit(await harness.draft())
    await settle(harness)
    await deliver(harness, ordered(reg.id, partner=RIVAL))
    await deliver(harness, ticketed(partner=RIVAL))
    assert await history(harness, (await listed(harness))[0].id) == [reg.id]


async def test_racing_claims_of_two_processes_make_one_record(harness: Harness, replica: Harness) -> None:
    regs = [await harness.submit(await harness.draft(one)) for one in (PARTNER, RIVAL) for _ in range(4)]
    events, harness.told = harness.told, []
    both = (harness, replica)
    await asyncio.gather(*(deliver(both[place % 2], one) for place, one in enumerate((*events, *events))))
    (whole,) = await listed(harness)
    assert sorted(await history(harness, whole.id)) == sorted(reg.id for reg in regs)


async def test_a_claim_brings_a_new_customer_once_and_an_earlier_one_takes_it_over(harness: Harness) -> None:
    first, later = [await harness.convert(await harness.approved(one)) for one in (PARTNER, PARTNER)]
    harness.told = [one for one in harness.told if one.about == later.id]
    await settle(harness)
    assert harness.names() == ["CustomerWon"]
    await deliver(harness, confirmed(later.id, NOW.date() - timedelta(days=9), 2))
    [(name, won)] = told(harness)
    assert (name, won.registration_id, won.won_date.day) == ("CustomerWon", later.id, (NOW - timedelta(days=9)).day)
    await deliver(harness, ordered(first.id))
    await harness.submit(await harness.draft(RIVAL))
    await settle(harness)
    await walk(harness.env)
    await deliver(harness, confirmed(first.id, NOW.date() - timedelta(days=20)))
    assert sorted(harness.names()) == ["CustomerWinWithdrawn", "CustomerWon"]
    await deliver(harness, canceled())
    assert sorted(harness.names()) == ["CustomerWinWithdrawn", "CustomerWon"]


async def test_claims_from_before_are_filed_by_the_job_once(harness: Harness) -> None:
    reg = await harness.submit(await harness.draft())
    harness.told.clear()
    await harness.draft(customer=NUMBERED)
    assert (await walk(harness.env), await walk(harness.env)) == (2, 0)
    (whole,) = await listed(harness)
    assert await history(harness, whole.id) == [reg.id]
    assert (await harness.value(CUSTOMERS, whole.id)).described_by == reg.id


async def test_a_claim_with_too_many_documents_does_not_stop_the_job(harness: Harness) -> None:
    heavy, reg = [await harness.submit(await harness.draft(customer=one)) for one in (a_customer("Beta"), ACME)]
    tickets = (an_id("tkt", number) for number in range(MOVED_AT_ONCE))
    waiting = [CustomerEntry(id=one, partner_id=PARTNER, parent_id=heavy.id) for one in tickets]
    await harness.env.store.commit([create(ENTRIES, one) for one in waiting])
    assert (await walk(harness.env), await walk(harness.env)) == (2, 0)
    [whole] = await listed(harness)
    assert await history(harness, whole.id) == [reg.id]
