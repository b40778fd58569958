"""The row about leads: ten thousand that wait are passed on to a thousand partners, by the job of the service."""

from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from libs.clock import SystemClock, monotonic
from libs.country import Directory
from libs.env import Env
from libs.messaging.outbox import KINDS, no_relay
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from libs.partner_projection import PARTNERS, TERRITORIES
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.store.port import Query, Write, create
from libs.store.sqlite import SqliteStore
from services.deals.claims.domain.registration import Customer
from services.deals.lead_distribution.jobs import distribute
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS
from services.deals.leads.domain.lead import Lead, LeadContent, open_lead
from services.deals.leads.domain.states import LeadBasis, LeadSource, LeadState
from services.deals.leads.domain.transitions import qualify
from services.deals.service import COMPOSITION
from services.deals.settings import Settings
from tests.builders import NO_OBJECTS
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.report import Row, row

LEADS_WAITING, PARTNERS_KNOWN, ROUNDS = 10_000, 1_000, 3
COUNTRIES = ("DE", "FR", "PL", "IT", "ES")
LINES = ("ROUTERS", "CABLES")
PER_COMMIT = 500


async def lead_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Each partner may sell one of two product lines in one of five countries, so a lead has a hundred of them to
    choose from."""
    create_keys(folder / "keys", ["deals"])
    keys = open_keys(folder / "keys").of("deals")
    spent, most = [], 0
    for turn in range(ROUNDS):
        store = await SqliteStore.open(folder / f"leads-{turn}.db")
        env = await deals_env(store, HERE, keys)
        await _fill(env)
        started = monotonic()
        while await distribute(env):
            pass
        spent.append(monotonic() - started)
        most = max(most, await _fullest(env))
        await store.close()
    notes = f"{LEADS_WAITING:,} leads, {PARTNERS_KNOWN:,} partners; most leads of one partner: {most}"
    yield row("distribution of 10,000 leads", spent, must=60, aim=20, most=True, unit="s", notes=notes)


async def _fill(env: Env[Settings]) -> None:
    partners = [env.ids.new("ptn") for _ in range(PARTNERS_KNOWN)]
    writes: list[Write] = []
    for place, one in enumerate(partners):
        country, line = COUNTRIES[place % len(COUNTRIES)], LINES[place // len(COUNTRIES) % len(LINES)]
        fact = PartnerFacts(
            id=one, facts_version=1, status=PartnerStatus.ACTIVE, country=country, lead_weight=1 + place % 3
        )
        grant = TerritoryFacts(
            id=env.ids.new("trr"), facts_version=1, partner_id=one, country=country, product_line=line
        )
        writes += (create(PARTNERS, fact), create(TERRITORIES, grant))
    writes += (create(LEADS, _lead(env, place)) for place in range(LEADS_WAITING))
    for start in range(0, len(writes), PER_COMMIT):
        await env.store.commit(writes[start : start + PER_COMMIT])


def _lead(env: Env[Settings], place: int) -> Lead:
    country, line = COUNTRIES[place % len(COUNTRIES)], LINES[place // len(COUNTRIES) % len(LINES)]
    content = LeadContent(
        source=LeadSource.TRADE_FAIR,
        customer=Customer(legal_name=f"Werk {place}", country=country, domain=f"werk-{place}.example"),
        product_lines=(line,),
        basis=LeadBasis.NO_PERSON,
    )
    now, shelf = env.clock.now(), env.settings.policy.lead_shelf
    lead = open_lead(content, id=env.ids.new("led"), shelf=shelf, create_time=None, now=now)
    return qualify(replace(lead, follow_up_days=60), now=now)[0]


async def _fullest(env: Env[Settings]) -> int:
    """The most leads of one partner, after every lead was found to be offered."""
    waiting = await env.store.find(Query(kind=LEADS, equals={"state": LeadState.QUALIFIED}, order="due_time", limit=1))
    assert not waiting.rows, "leads still wait"
    loads, cursor = [], ""
    while True:
        page = await env.store.find(Query(kind=LEAD_ACCOUNTS, limit=200, cursor=cursor))
        loads += [one.value.open_leads for one in page.rows]
        if not (cursor := page.next_cursor):
            break
    assert sum(loads) == LEADS_WAITING, "a lead was lost or doubled"
    return max(loads)


async def deals_env(store: SqliteStore, here: Directory, keys: Keys) -> Env[Settings]:
    """The dependencies of the use cases of deals, without a process."""
    await store.ensure((*KINDS, *COMPOSITION.kinds))
    return Env(
        "deals",
        store=store,
        directory=here,
        clock=SystemClock(),
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=keys,
        objects=NO_OBJECTS,
        settings=Settings(),
        partners=COMPOSITION.partners,
    )
