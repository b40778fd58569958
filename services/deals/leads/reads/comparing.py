"""What leads are compared with, and the rules by which they are scored."""

from typing import NamedTuple

from msgspec.structs import replace

from libs.store.port import Loaded, Put, Query, Write, create, get_all
from libs.versions import RuleState
from services.deals.claims.domain.registration import Registration, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.conflicts.domain.keys import keys_of
from services.deals.conflicts.domain.matching import Conflict
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import conflicts_of, slots_of
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.domain.customers import EndCustomer, View, found_by
from services.deals.leads.documents import LEAD_SLOTS, LEADS, SCORINGS
from services.deals.leads.domain.lead import Lead, LeadMatch
from services.deals.leads.domain.scoring import LeadScoring
from services.deals.leads.domain.slots import LeadSlot, entered, left
from services.deals.leads.domain.states import OPEN
from services.deals.leads.domain.transitions import effective
from services.deals.settings import Env

CUSTOMERS_PER_KEY = 20
SCORINGS_AT_ONCE = 5


class Compared(NamedTuple):
    """What a lead is compared with. slots: those of its keys, to be written with it."""

    keys: tuple[str, ...]
    slots: tuple[Loaded[LeadSlot] | LeadSlot, ...]
    leads: tuple[Lead, ...]
    customers: tuple[EndCustomer, ...]
    claims: tuple[LeadMatch, ...]


async def compared(env: Env, lead: Lead) -> Compared:
    """Open leads, records of customers and open claims that share a key with the customer of a lead."""
    keys = keys_of(lead.customer, env.keys.keyed)
    stored = await get_all(env.store, LEAD_SLOTS, keys)
    ids = dict.fromkeys(one for slot in stored.values() for one in slot.value.lead_ids)
    leads, now = await get_all(env.store, LEADS, ids), env.clock.now()
    return Compared(
        keys=keys,
        slots=tuple(stored.get(key) or LeadSlot(id=key) for key in keys),
        leads=tuple(one.value for one in leads.values() if effective(one.value, now) in OPEN),
        customers=await _customers(env, lead),
        claims=await _claims(env, lead),
    )


def entry_writes(found: Compared, lead_id: str) -> tuple[Write, ...]:
    """The writes that enter a lead in the slots of its keys."""
    return tuple(_put(one, lead_id) for one in found.slots)


async def leaving_writes(env: Env, lead: Lead) -> tuple[Write, ...]:
    """The writes that remove a lead from its slots, which then are as they were before it."""
    slots = await get_all(env.store, LEAD_SLOTS, lead.keys)
    return tuple(one.put(left(one.value, lead.id)) for one in slots.values())


def protects(env: Env, lead: Lead, one: Conflict) -> bool:
    """Whether a claim protects the customer of the lead, as it would block the approval of a rival's. A lead that names
    no product line is about all."""
    return (
        one.review is Review.APPROVED
        and not one.cell
        and one.protected_until is not None
        and one.protected_until > env.clock.now()
        and one.score >= env.settings.policy.conflict_threshold
        and bool(one.product_lines or not lead.product_lines)
    )


async def scoring_of(env: Env) -> LeadScoring | None:
    """The version of the rules that applies today."""
    return await last_scoring(env, until=True)


async def last_scoring(env: Env, *, until: bool = False) -> LeadScoring | None:
    """The version with the latest first day that was not withdrawn. until: of those that apply today."""
    query = Query(kind=SCORINGS, order="effective_date", descending=True, limit=SCORINGS_AT_ONCE)
    if until:
        query = replace(query, below=env.today().fromordinal(env.today().toordinal() + 1))
    while True:
        page = await env.store.find(query)
        for row in page.rows:
            if row.value.state is RuleState.PUBLISHED:
                return row.value
        if not page.next_cursor:
            return None
        query = replace(query, cursor=page.next_cursor)


async def _customers(env: Env, lead: Lead) -> tuple[EndCustomer, ...]:
    one, keyed = lead.customer, env.keys.keyed
    hashes = {
        "registration_key": found_by("registration", one.bare_registration_id, keyed),
        "domain_key": found_by("domain", one.web_domain, keyed),
        "name_key": found_by("name", one.name_form, keyed),
    }
    found: dict[str, EndCustomer] = {}
    for field, value in hashes.items():
        if value is not None:
            query = Query(kind=CUSTOMERS, equals={field: value, "view": View.CELL}, limit=CUSTOMERS_PER_KEY)
            found |= {row.value.id: row.value for row in (await env.store.find(query)).rows}
    return tuple(found.values())


async def _claims(env: Env, lead: Lead) -> tuple[LeadMatch, ...]:
    return tuple(
        LeadMatch(id=one.registration_id, score=one.score, protects=protects(env, lead, one))
        for one in await conflicts_on(env, lead)
    )


async def conflicts_on(env: Env, lead: Lead) -> tuple[Conflict, ...]:
    """The open claims of this cell on the customer, as they would be found for a claim."""
    lines = tuple(RegistrationLine(sku=line, product_line=line) for line in lead.product_lines)
    reg = Registration(
        id=lead.id,
        partner_id="",
        customer=lead.customer,
        lines=lines,
        create_time=lead.create_time,
        update_time=lead.update_time,
    )
    slots = await slots_of(env, keys_of(lead.customer, env.keys.keyed))
    return await conflicts_of(env, reg, slots, await near_of(env, reg, submitting=True))


def _put(one: Loaded[LeadSlot] | LeadSlot, lead_id: str) -> Put[LeadSlot]:
    return (
        one.put(entered(one.value, lead_id)) if isinstance(one, Loaded) else create(LEAD_SLOTS, entered(one, lead_id))
    )
