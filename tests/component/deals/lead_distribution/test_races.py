"""No lead is lost, doubled or held by two partners, whatever races: 64 calls at a time on two processes."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from libs.errors import AppError
from libs.messaging.outbox import OUTBOX
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Query, Store
from services.deals.lead_distribution.jobs import distribute
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS, POOL
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import HELD, LeadState
from services.deals.leads.jobs import take_back
from tests.component.deals.harness import PARTNER, RIVAL
from tests.component.deals.leads.inquiries import Desk

LEADS_RACING, CALLS, ROUNDS = 24, 64, 10
ENDED = ("LeadAccepted", "LeadDeclined", "LeadLapsed")


@pytest.fixture
def twin(desk: Desk, store: Store, keys: Keys) -> Desk:
    """Another process of the service, with locks of its own."""
    return Desk(store, keys, clock=desk.clock)


async def _act(desk: Desk, lead: Lead, chance: Random) -> None:
    """One call, or one run of a job, of which most are refused."""
    partner = chance.choice((PARTNER, RIVAL))
    match chance.randrange(6):
        case 0 | 1:
            await desk.accept(lead, partner)
        case 2:
            await desk.decline(lead)
        case 3:
            await desk.pick(lead, partner)
        case 4:
            await take_back(desk.env)
        case _:
            await distribute(desk.env)


async def _one(desk: Desk, lead: Lead, chance: Random) -> None:
    with suppress(AppError):
        await _act(desk, lead, chance)


async def _account_for(desk: Desk, ids: set[str]) -> None:
    """Every lead is in one place, and the accounts say so."""
    rows = [one for state in LeadState for one in await everything(desk.env.store, LEADS, {"state": state})]
    assert {one.id for one in rows} == ids
    assert len(rows) == len(ids)
    assert all(bool(one.partner_id) == (one.state in HELD) for one in rows)
    held = Counter(one.partner_id for one in rows if one.state in HELD)
    accounts = (await desk.env.store.get_many(LEAD_ACCOUNTS, (PARTNER, RIVAL))).values()
    assert {one.value.id: one.value.open_leads for one in accounts} == {
        one.value.id: held[one.value.id] for one in accounts
    }
    pooled = {row.value.id for row in (await desk.env.store.find(Query(kind=POOL, limit=200))).rows}
    assert pooled == {one.id for one in rows if one.state is LeadState.IN_POOL}


async def test_no_lead_is_lost_or_doubled_or_held_by_two_under_64_racing_calls(desk: Desk, twin: Desk) -> None:
    chance = Random(14)
    ids = {(await desk.qualified(f"Werk {number}")).id for number in range(LEADS_RACING)}
    await distribute(desk.env)
    for _ in range(ROUNDS):
        leads = list((await desk.env.store.get_many(LEADS, sorted(ids))).values())
        calls = [_one(chance.choice((desk, twin)), chance.choice(leads).value, chance) for _ in range(CALLS)]
        await asyncio.gather(*calls)
        await _account_for(desk, ids)
        desk.clock.advance(timedelta(days=chance.choice((1, 3, 40))))
    ends = Counter[tuple[str, int]]()
    happened = set()
    for row in (await desk.env.store.find(Query(kind=OUTBOX, order="at", limit=1_000))).rows:
        envelope = row.value.envelope
        name = envelope.type.rpartition(".")[2]
        if name in ENDED:
            happened.add(name)
            ends[envelope.about, envelope.version] += 1
    assert happened == set(ENDED)
    assert set(ends.values()) == {1}


async def test_a_lead_accepted_in_the_instant_in_which_it_is_taken_back_has_one_answer(desk: Desk, twin: Desk) -> None:
    for short in (timedelta(microseconds=1), timedelta()):
        lead = await desk.offered(f"Werk {short}")
        desk.pass_by(lead, short=short)
        tried = await asyncio.gather(
            *(one.accept(lead) for one in (desk, twin) for _ in range(8)),
            *(take_back(one.env) for one in (desk, twin) for _ in range(8)),
            return_exceptions=True,
        )
        accepted = [one for one in tried if isinstance(one, Lead)]
        after = await desk.lead(lead)
        assert (len(accepted), len(after.had)) == ((1, 0) if short else (0, 1))
        assert after.state is (LeadState.ACCEPTED if short else LeadState.QUALIFIED)


async def test_two_equal_inquiries_at_the_same_moment_make_one_open_lead(desk: Desk, twin: Desk) -> None:
    made = await asyncio.gather(*(one.create("Zwilling") for one in (desk, twin) * 8))
    assert Counter(one.state for one in made) == {LeadState.NEW: 1, LeadState.DISQUALIFIED: 15}
    (open_one,) = [one for one in made if one.state is LeadState.NEW]
    assert all(open_one.id in {match.id for match in one.matches} for one in made if one is not open_one)
