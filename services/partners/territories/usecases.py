"""Grants, revokes and lists territories."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.country import country_violations
from libs.document import same_content
from libs.errors import InvalidInput, require_state
from libs.store.listing import Sieve
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import ROWS_PER_PAGE, Page, Query, create, get
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.states import MAY_BE_GRANTED
from services.partners.settings import Env
from services.partners.territories import domain
from services.partners.territories.documents import GRANT_TOTALS, TERRITORIES
from services.partners.territories.domain import GrantTotals, TerritoryGrant, TerritoryTaken, excluded

_PAGES = domain.GRANTS_PER_COUNTRY // ROWS_PER_PAGE + 1


class GrantTerritory(Command, frozen=True, kw_only=True):
    """Grant a territory to a partner."""

    partner_id: str
    country: str
    subdivision: str = ""
    product_line: str = ""
    exclusive: bool = False
    valid_from: date
    valid_until: date | None = None


class RevokeTerritory(ResourceCommand, frozen=True, kw_only=True):
    """Revoke a grant, as of a day."""

    valid_until: date | None = None


class ListTerritories(ListCommand, frozen=True, kw_only=True):
    """List grants; an empty filter matches all of them."""

    partner_id: str = ""
    country: str = ""
    valid_on: date | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def grant_territory(env: Env, cmd: GrantTerritory) -> TerritoryGrant:
    """The new grant. Concurrent grants in one country are decided one after the other, because each writes the totals
    of the country. WrongState, InvalidInput, TerritoryTaken, TooManyGrants."""
    if wrong := [*country_violations(cmd.country), *domain.day_violations(cmd.valid_from, cmd.valid_until)]:
        raise InvalidInput(wrong)
    env.directory.require_country(cmd.country)
    async with env.settings.locks.of(f"country:{cmd.country}"):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="grant a territory", allowed=MAY_BE_GRANTED)
        loaded = await get(env.store, GRANT_TOTALS, cmd.country)
        totals = loaded.value if loaded else GrantTotals(id=cmd.country)
        grant, totals, event = domain.granted(_grant(env, cmd), totals)
        await _refuse_taken(env, grant)
        put = loaded.put(totals) if loaded else create(GRANT_TOTALS, totals)
        return await env.commit(create(TERRITORIES, grant), put, events=[event], call=cmd.call)


async def revoke_territory(env: Env, cmd: RevokeTerritory) -> TerritoryGrant:
    """The grant with its last day; unchanged if nothing differs. GrantEnded, InvalidInput."""
    loaded = await env.load(TERRITORIES, cmd.id, call=cmd.call, etag=cmd.etag)
    grant, event = domain.revoke(loaded.value, cmd.valid_until, today=env.today(), now=env.clock.now())
    if same_content(loaded.value, grant):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(grant), events=[event], call=cmd.call)


async def list_territories(env: Env, cmd: ListTerritories) -> Page[TerritoryGrant]:
    """One page of grants, by id unless the caller asks for another order."""
    on = cmd.valid_on
    return await env.listing(
        TERRITORIES,
        {"partner_id": cmd.partner_id, "country": cmd.country},
        call=cmd.call,
        sieve=Sieve(lambda grant: grant.holds(on), on.isoformat()) if on else None,
        **paged(cmd, UPDATED),
    )


def _grant(env: Env, cmd: GrantTerritory) -> TerritoryGrant:
    now = env.clock.now()
    return TerritoryGrant(
        id=env.ids.new("trr"),
        partner_id=cmd.partner_id,
        country=cmd.country,
        subdivision=cmd.subdivision,
        product_line=cmd.product_line,
        exclusive=cmd.exclusive,
        valid_from=cmd.valid_from,
        valid_until=cmd.valid_until,
        create_time=now,
        update_time=now,
    )


async def _refuse_taken(env: Env, grant: TerritoryGrant) -> None:
    """TerritoryTaken if another grant forbids this one. Reads the grants that end on its first day or later; if it is
    not exclusive, only exclusive ones."""
    equals: dict[str, str | bool] = {"country": grant.country} | ({} if grant.exclusive else {"exclusive": True})
    cursor = ""
    for _ in range(_PAGES):
        page = await env.store.find(
            Query(
                kind=TERRITORIES,
                equals=equals,
                order="ends",
                at_least=grant.valid_from,
                limit=ROWS_PER_PAGE,
                cursor=cursor,
            )
        )
        for loaded in page.rows:
            if excluded(grant, loaded.value):
                raise TerritoryTaken(loaded.value)
        cursor = page.next_cursor
        if not cursor:
            return
