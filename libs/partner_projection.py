"""Projections of the events of the partners service, the same in every service that needs facts of partners.

A projection ignores versions that are not newer than its own, so events may arrive in any order, and it can be rebuilt
from the stream. With it a use case never calls the partners service.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, Mark
from libs.document import Facts
from libs.env import Env
from libs.errors import NotFound, NotYetKnown
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.partner import (
    NOT_YET_ACTIVE,
    CreditProposal,
    PartnerFacts,
    PartnerNotActive,
    PartnerNotYetActive,
    PartnerStatus,
    TerritoryFacts,
)
from libs.slices import Slice
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Index, Kind, Query, Scalar, Store, create, get

F = TypeVar("F", bound=Facts)

PARTNERS = Kind("partner", PartnerFacts, (Index(("external_source", "external_id")), Index(("status",))), owner="id")
TERRITORIES = Kind(
    "territory",
    TerritoryFacts,
    (
        Index(("country", "exclusive", "product_line", "valid_until")),
        Index(("partner_id", "country", "product_line", "valid_until")),
        Index(("partner_id",)),
    ),
    owner="partner_id",
)


class PartnerFactsPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that each event about a partner contains."""

    status: PartnerStatus
    country: str = ""
    tier: str = ""
    tier_rank: int = 0
    parent_partner_id: str = ""
    sees_downline: bool = False
    external_source: str = ""
    external_id: str = ""
    claim_limit: int | None = None
    protection_days: int | None = None
    lead_weight: int | None = None
    credit_proposal: CreditProposal | None = None


class PartnerPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The common fields of all events about a partner."""

    partner_id: str
    facts: PartnerFactsPayload


class TerritoryPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the events that a territory was granted or revoked."""

    territory_id: str
    partner_id: str
    country: str
    subdivision: str = ""
    product_line: str = ""
    exclusive: bool = False
    valid_from: date | None = None
    valid_until: date | None = None


class ProjectPartner(Command, frozen=True, kw_only=True):
    """Store the facts of a partner unless newer ones are stored."""

    fact: PartnerFacts


class ProjectTerritory(Command, frozen=True, kw_only=True):
    """Store the facts of a territory unless newer ones are stored."""

    fact: TerritoryFacts


async def project_partner(env: Env[Any], cmd: ProjectPartner) -> PartnerFacts:
    """The stored facts of the partner afterwards."""
    return await keep_newest(env, PARTNERS, cmd.fact, call=cmd.call)


async def project_territory(env: Env[Any], cmd: ProjectTerritory) -> TerritoryFacts:
    """The stored facts of the territory afterwards."""
    return await keep_newest(env, TERRITORIES, cmd.fact, call=cmd.call)


async def active_partner(env: Env[Any], partner_id: str, *, call: Call) -> PartnerFacts:
    """As `acting_partner`, for an action that only an ACTIVE partner may take."""
    return await acting_partner(env, partner_id, call=call, allowed=frozenset({PartnerStatus.ACTIVE}))


async def acting_partner(
    env: Env[Any], partner_id: str, *, call: Call, allowed: Collection[PartnerStatus]
) -> PartnerFacts:
    """The facts of a partner for which the caller acts. NotFound if the caller belongs to another partner; NotYetKnown
    if no event about the partner has arrived; PartnerNotYetActive or PartnerNotActive unless its status is allowed."""
    if call.caller.partner_id not in ("", partner_id):
        raise NotFound(PARTNERS.name, partner_id, "is not known here, or not yet")
    try:
        partner = (await env.load(PARTNERS, partner_id, call=call)).value
    except NotFound as err:
        raise NotYetKnown(PARTNERS.name, partner_id) from err
    if partner.status not in allowed:
        refusal = PartnerNotYetActive if partner.status in NOT_YET_ACTIVE else PartnerNotActive
        raise refusal(partner_id, partner.status)
    return partner


async def known_partner(env: Env[Any], partner_id: str) -> PartnerFacts:
    """The facts of a partner, whatever its status. NotYetKnown if no event about it has arrived: a consumer that needs
    them tries again later, and a caller is told to."""
    loaded = await get(env.store, PARTNERS, partner_id)
    if loaded is None:
        raise NotYetKnown(PARTNERS.name, partner_id)
    return loaded.value


async def partner_by_external_id(store: Store, source: str, external_id: str) -> PartnerFacts | None:
    """The partner with this id in another system; None if there is none, or if its event has not arrived."""
    found = await everything(store, PARTNERS, {"external_source": source, "external_id": external_id})
    return found[0] if found else None


async def exclusive_grants(
    store: Store, country: str, product_lines: Collection[str], *, on: date
) -> tuple[TerritoryFacts, ...]:
    """Every exclusive grant in a country for any of the product lines, or for all, that has not ended on that day."""
    return await _not_ended(store, {"country": country, "exclusive": True}, product_lines, on=on)


async def grants_at(
    store: Store, country: str, product_lines: Collection[str], *, on: date
) -> tuple[TerritoryFacts, ...]:
    """Every grant of any partner, as `exclusive_grants`."""
    shared = await _not_ended(store, {"country": country, "exclusive": False}, product_lines, on=on)
    return (*shared, *await exclusive_grants(store, country, product_lines, on=on))


async def own_grants(
    store: Store, partner_id: str, country: str, product_lines: Collection[str], *, on: date
) -> tuple[TerritoryFacts, ...]:
    """Every grant of a partner in a country for any of the product lines, or for all, that has not ended on that
    day."""
    return await _not_ended(store, {"partner_id": partner_id, "country": country}, product_lines, on=on)


async def has_grants(store: Store, partner_id: str) -> bool:
    """Whether a partner was ever granted a territory, in any country, ended or not."""
    query = Query(kind=TERRITORIES, equals={"partner_id": partner_id}, limit=1)
    return bool((await store.find(query)).rows)


async def _not_ended(
    store: Store, equals: Mapping[str, Scalar], product_lines: Collection[str], *, on: date
) -> tuple[TerritoryFacts, ...]:
    found: list[TerritoryFacts] = []
    for line in sorted({"", *product_lines}):
        wanted = {**equals, "product_line": line}
        endless = Query(kind=TERRITORIES, equals={**wanted, "valid_until": None}, limit=ROWS_PER_PAGE)
        ending = Query(kind=TERRITORIES, equals=wanted, order="valid_until", at_least=on, limit=ROWS_PER_PAGE)
        found += [*await _all(store, endless), *await _all(store, ending)]
    return tuple(found)


async def _all(store: Store, query: Query[TerritoryFacts]) -> list[TerritoryFacts]:
    """The rows of all pages; the partners service bounds the number of grants."""
    found: list[TerritoryFacts] = []
    while True:
        page = await store.find(query)
        found += [loaded.value for loaded in page.rows]
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


def partner_facts(envelope: Envelope) -> PartnerFacts:
    """The facts in an event about a partner."""
    told = EventCodec.decode(envelope, PartnerPayload)
    return PartnerFacts(
        id=told.partner_id,
        facts_version=envelope.version,
        status=told.facts.status,
        country=told.facts.country,
        tier=told.facts.tier,
        tier_rank=told.facts.tier_rank,
        parent_partner_id=told.facts.parent_partner_id,
        sees_downline=told.facts.sees_downline,
        external_source=told.facts.external_source,
        external_id=told.facts.external_id or None,
        claim_limit=told.facts.claim_limit,
        protection_days=told.facts.protection_days,
        lead_weight=told.facts.lead_weight,
        credit_proposal=told.facts.credit_proposal,
    )


def territory_facts(envelope: Envelope) -> TerritoryFacts:
    """The grant in an event about a territory."""
    told = EventCodec.decode(envelope, TerritoryPayload)
    return TerritoryFacts(
        id=told.territory_id,
        facts_version=envelope.version,
        partner_id=told.partner_id,
        country=told.country,
        subdivision=told.subdivision,
        product_line=told.product_line,
        exclusive=told.exclusive,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
    )


async def keep_newest(env: Env[Any], kind: Kind[F], fact: F, *, call: Call) -> F:
    """The stored facts after these were stored, unless newer ones were."""
    loaded = await get(env.store, kind, fact.id)
    if loaded is None:
        return await env.commit(create(kind, fact), call=call)
    if loaded.value.facts_version >= fact.facts_version:
        return loaded.value
    return await env.commit(loaded.put(fact), call=call)


async def knows_newest(env: Env[Any], kind: Kind[F], mark: Mark) -> bool:
    """Whether the facts of an event, or newer ones, are stored."""
    loaded = await get(env.store, kind, mark.about)
    return loaded is not None and loaded.value.facts_version >= mark.version


async def _knows_partner(env: Env[Any], mark: Mark) -> bool:
    return await knows_newest(env, PARTNERS, mark)


async def _knows_territory(env: Env[Any], mark: Mark) -> bool:
    return await knows_newest(env, TERRITORIES, mark)


async def _on_partner(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await env.run(project_partner, ProjectPartner(call=call, fact=partner_facts(envelope)))


async def _on_territory(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await env.run(project_territory, ProjectTerritory(call=call, fact=territory_facts(envelope)))


CONSUMERS: tuple[Consumer[Any], ...] = (
    Consumer("partners.partner.*", _on_partner, _knows_partner),
    Consumer("partners.territory.*", _on_territory, _knows_territory),
)

SLICE = Slice(kinds=(PARTNERS, TERRITORIES), consumers=CONSUMERS, partners=PARTNERS)
