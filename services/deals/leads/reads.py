"""What leads are compared with, and the partners among which they are distributed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from libs.deadlines import Rule, WorkingDays, business_calendar, due_at
from libs.partner import PartnerFacts, TerritoryFacts
from libs.partner_projection import PARTNERS, TERRITORIES, grants_at
from libs.rights import CertificationFacts, GateFacts, Place, Right, lacking_for, missing_for
from libs.rights_projection import AGREEMENTS, CERTIFICATIONS, GATES
from libs.store.listing import everything
from libs.store.port import Loaded, Put, Query, Write, create, get, get_all
from services.deals.claims.domain.registration import Registration, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.conflicts.domain.keys import keys_of
from services.deals.conflicts.domain.matching import Conflict
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import conflicts_of, slots_of
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.domain.customers import EndCustomer, View, found_by
from services.deals.leads.documents import LEAD_ACCOUNTS, LEAD_SLOTS, LEADS, SCORINGS
from services.deals.leads.domain.accounts import LeadAccount
from services.deals.leads.domain.distribution import Limits, Load, Protection, Seller, seller_of
from services.deals.leads.domain.lead import Lead, LeadMatch
from services.deals.leads.domain.scoring import LeadScoring
from services.deals.leads.domain.slots import LeadSlot, entered, left
from services.deals.settings import Env

CUSTOMERS_PER_KEY = 20


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
    leads = await get_all(env.store, LEADS, ids)
    return Compared(
        keys=keys,
        slots=tuple(stored.get(key) or LeadSlot(id=key) for key in keys),
        leads=tuple(one.value for one in leads.values()),
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


async def protections_of(env: Env, lead: Lead) -> tuple[Protection, ...]:
    """The partners for which the customer of a lead is protected now, for a product line of the lead."""
    found = await _conflicts(env, lead)
    protecting = [one for one in found if protects(env, lead, one)]
    partners = await get_all(env.store, PARTNERS, (one.partner_id for one in protecting))
    return tuple(
        Protection(
            partner_id=one.partner_id,
            until=one.protected_until,
            active=one.partner_id in partners and partners[one.partner_id].value.active,
        )
        for one in protecting
        if one.protected_until is not None
    )


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
    """The version with the latest first day. until: of those that apply today."""
    query = Query(kind=SCORINGS, order="effective_date", descending=True, limit=1)
    if until:
        query = replace(query, below=env.today().fromordinal(env.today().toordinal() + 1))
    page = await env.store.find(query)
    return page.rows[0].value if page.rows else None


def limits(env: Env) -> Limits:
    """The policy of the distribution."""
    policy = env.settings.policy
    return Limits(refusals=policy.lead_refusals, open_leads=policy.leads_per_partner, cool_down=policy.lead_cool_down)


def accept_by(env: Env, country: str, now: datetime) -> datetime:
    """The end of an offer that a partner of this country gets now, on its business calendar."""
    rule = Rule("lead-acceptance", 1, WorkingDays(days=env.settings.policy.lead_accept_days))
    due = due_at(rule, business_calendar(country, env.directory.here.time_zone), start=now)
    assert due is not None, "no pause is open"
    return due


class Roster:
    """The partners of the markets of leads, each read once, and their accounts as they are after each offer."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._markets: dict[tuple[str, str, tuple[str, ...]], tuple[Seller, ...]] = {}
        self._partners: dict[str, PartnerFacts] = {}
        self._certified: dict[str, CertificationFacts | None] = {}
        self._accounts: dict[str, Loaded[LeadAccount] | None] = {}
        self._changed: dict[str, LeadAccount] = {}

    async def sellers(self, lead: Lead) -> tuple[Seller, ...]:
        """Every partner with a territory in the market of a lead."""
        market = (lead.customer.country, lead.customer.subdivision, lead.product_lines)
        if market not in self._markets:
            self._markets[market] = await self._read(*market)
        return self._markets[market]

    async def loads(self, partner_ids: Iterable[str]) -> dict[str, Load]:
        """What these partners have at the moment."""
        found = {one: await self.account(one) for one in await self._known(partner_ids)}
        return {
            one: Load(open_leads=account.open_leads, last_offer_time=account.last_offer_time)
            for one, account in found.items()
        }

    async def account(self, partner_id: str) -> LeadAccount:
        """The account of a partner with what was changed here."""
        if partner_id in self._changed:
            return self._changed[partner_id]
        await self._known((partner_id,))
        held = self._accounts[partner_id]
        return held.value if held else LeadAccount(id=partner_id)

    def keep(self, account: LeadAccount) -> None:
        """Change the account of a partner."""
        self._changed[account.id] = account

    def writes(self) -> tuple[Put[LeadAccount], ...]:
        """The writes of the changed accounts."""
        found = []
        for key, account in sorted(self._changed.items()):
            held = self._accounts[key]
            found.append(held.put(account) if held else create(LEAD_ACCOUNTS, account))
        return tuple(found)

    def forget(self) -> None:
        """Read the accounts anew when they are needed again."""
        self._accounts.clear()
        self._changed.clear()

    async def country(self, partner_id: str) -> str:
        """The country of a partner."""
        if partner_id not in self._partners:
            held = await get(self._env.store, PARTNERS, partner_id)
            return held.value.country if held else ""
        return self._partners[partner_id].country

    async def _known(self, partner_ids: Iterable[str]) -> tuple[str, ...]:
        wanted = tuple(partner_ids)
        if lacking := [one for one in wanted if one not in self._accounts]:
            stored = await get_all(self._env.store, LEAD_ACCOUNTS, lacking)
            self._accounts |= {one: stored.get(one) for one in lacking}
        return wanted

    async def _read(self, country: str, subdivision: str, lines: tuple[str, ...]) -> tuple[Seller, ...]:
        env, on = self._env, self._env.today()
        grants = await grants_at(env.store, country, lines, on=on)
        own: dict[str, list[TerritoryFacts]] = {}
        for grant in grants:
            own.setdefault(grant.partner_id, []).append(grant)
        exclusive = [one for one in grants if one.exclusive]
        ids = sorted(own)
        await self._read_partners([one for one in ids if one not in self._certified])
        gates = [
            gate
            for line in sorted({"", *lines})
            for gate in await everything(env.store, GATES, {"right": Right.REGISTERING, "product_line": line})
        ]
        found = []
        for one in ids:
            place = Place(country=country, subdivision=subdivision)
            found.append(
                seller_of(
                    self._partners.get(one),
                    own[one],
                    exclusive,
                    place=(country, subdivision),
                    product_lines=frozenset(lines),
                    lacks_agreement=await self._lacks_agreement(one, place, lines),
                    lacks_certificates=self._lacks_certificates(one, gates, lines),
                    on=on,
                )
            )
        return tuple(found)

    async def _read_partners(self, ids: Sequence[str]) -> None:
        partners = await get_all(self._env.store, PARTNERS, ids)
        certified = await get_all(self._env.store, CERTIFICATIONS, ids)
        self._partners |= {one: row.value for one, row in partners.items()}
        self._certified |= {one: certified[one].value if one in certified else None for one in ids}

    async def _lacks_agreement(self, partner_id: str, place: Place, lines: tuple[str, ...]) -> bool:
        agreements = await everything(self._env.store, AGREEMENTS, {"partner_id": partner_id})
        required = self._env.settings.policy.agreement_required
        return bool(
            lacking_for(
                agreements,
                Right.REGISTERING,
                place=place,
                product_lines=frozenset(lines),
                on=self._env.today(),
                required=required,
            )
        )

    def _lacks_certificates(self, partner_id: str, gates: Sequence[GateFacts], lines: tuple[str, ...]) -> bool:
        held = self._certified.get(partner_id)
        tracks = held.tracks if held else ()
        on = self._env.today()
        return bool(missing_for(gates, tracks, Right.REGISTERING, product_lines=frozenset(lines), on=on))


async def grants_of(env: Env, partner_id: str) -> tuple[TerritoryFacts, ...]:
    """Every grant of a partner, ended or not."""
    return await everything(env.store, TERRITORIES, {"partner_id": partner_id})


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
        for one in await _conflicts(env, lead)
    )


async def _conflicts(env: Env, lead: Lead) -> tuple[Conflict, ...]:
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
