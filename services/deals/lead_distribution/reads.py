"""The partners among which leads are distributed, what each has, and who is protected."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from libs.deadlines import Rule, WorkingDays, business_calendar, due_at
from libs.partner import PartnerFacts, TerritoryFacts
from libs.partner_projection import PARTNERS, TERRITORIES, grants_at
from libs.rights import CertificationFacts, GateFacts, Place, Right, lacking_for, missing_for
from libs.rights_projection import AGREEMENTS, CERTIFICATIONS, GATES
from libs.store.listing import everything
from libs.store.port import Loaded, Put, create, get, get_all
from services.deals.conflicts.documents import SLOTS
from services.deals.conflicts.domain.keys import MatchKey, keys_of
from services.deals.conflicts.domain.matching import SCORES
from services.deals.lead_distribution.domain.distribution import Limits, Load, Protection, Seller, foreign, seller_of
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS
from services.deals.leads.domain.accounts import LeadAccount
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadState
from services.deals.leads.domain.transitions import effective
from services.deals.leads.reads.comparing import conflicts_on, protects
from services.deals.matching.reads.search import judged_same
from services.deals.settings import Env


async def protections_of(env: Env, lead: Lead) -> tuple[Protection, ...]:
    """The partners for which the customer of a lead is protected now, for a product line of the lead."""
    found = await conflicts_on(env, lead)
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


async def pickable(env: Env, lead_ids: Sequence[str], viewer: str) -> frozenset[str]:
    """Those of these leads that are in the pool, and that a partner may find there. viewer: the partner; empty for the
    vendor's people."""
    held = await get_all(env.store, LEADS, lead_ids)
    now = env.clock.now()
    leads = [one.value for one in held.values() if effective(one.value, now) is LeadState.IN_POOL]
    suspects = await _suspects(env, leads) if viewer else ()
    hidden = {one.id for one in suspects if foreign(await protections_of(env, one), viewer)}
    return frozenset(one.id for one in leads) - hidden


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


async def _suspects(env: Env, leads: Sequence[Lead]) -> tuple[Lead, ...]:
    """The leads whose customers may be protected, found by far fewer reads than it takes to know: some claim has a key
    of the customer, or somebody judged that it is the same as another one. All leads, if being similar protects."""
    if env.settings.policy.conflict_threshold <= SCORES[MatchKey.NEAR]:
        return tuple(leads)
    keys = {one.id: keys_of(one.customer, env.keys.keyed) for one in leads}
    slots = await get_all(env.store, SLOTS, {key for some in keys.values() for key in some})
    claimed = {key for key, slot in slots.items() if slot.value.claims}
    judged = await judged_same(env, [one.customer for one in leads])
    return tuple(one for one, same in zip(leads, judged, strict=True) if same or not claimed.isdisjoint(keys[one.id]))


async def grants_of(env: Env, partner_id: str) -> tuple[TerritoryFacts, ...]:
    """Every grant of a partner, ended or not."""
    return await everything(env.store, TERRITORIES, {"partner_id": partner_id})
