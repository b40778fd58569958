"""What coverage is made of: the facts of all partners in a year, and who may sell where today."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from libs.partner import PartnerStatus
from libs.store.port import ROWS_PER_PAGE, Query, get_all
from services.partners.coverage.domain.coverage import FACTS_READ, GRANTS_READ, CoverageTooWide, Sale
from services.partners.coverage.domain.potential import MarketPotential
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.domain.sums import Fact
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env
from services.partners.territories.documents import TERRITORIES
from services.partners.territories.domain import TerritoryGrant


async def sales_of(env: Env, metric: FactMetric, year: int) -> tuple[Sale, ...]:
    """What partners' own documents say of a metric in a year. CoverageTooWide."""
    query = Query(
        kind=FACTS,
        equals={"metric": metric},
        order="month",
        at_least=date(year, 1, 1),
        below=date(year + 1, 1, 1),
        limit=ROWS_PER_PAGE,
    )
    facts: list[Fact] = []
    while True:
        page = await env.store.find(query)
        facts += (loaded.value for loaded in page.rows if loaded.value.own)
        if len(facts) > FACTS_READ:
            raise CoverageTooWide(FACTS.name, FACTS_READ)
        if not page.next_cursor:
            break
        query = replace(query, cursor=page.next_cursor)
    partners = await _partners(env, (fact.partner_id for fact in facts))
    return tuple(
        Sale(
            partner_id=fact.partner_id,
            kind=partners[fact.partner_id].kind,
            country=fact.country,
            product_line=fact.product_line,
            month=fact.month,
            currency=fact.currency,
            value=fact.own.value,
            of=fact.own.of,
        )
        for fact in facts
        if fact.month is not None and fact.partner_id in partners
    )


async def authorised_in(env: Env, potentials: Sequence[MarketPotential]) -> dict[tuple[str, str], int]:
    """How many ACTIVE partners may sell today in each of these markets, or in a part of its country.
    CoverageTooWide."""
    grants: list[TerritoryGrant] = []
    for country in sorted({one.country for one in potentials}):
        grants += await _grants(env, country, room=GRANTS_READ - len(grants))
    partners = await _partners(env, (grant.partner_id for grant in grants))
    active = {one.id for one in partners.values() if one.status is PartnerStatus.ACTIVE}
    held: dict[tuple[str, str], set[str]] = {}
    for grant in grants:
        if grant.partner_id in active:
            held.setdefault((grant.country, grant.product_line), set()).add(grant.partner_id)
    found = {}
    for one in potentials:
        exact, whole = (held.get((one.country, line), set()) for line in (one.product_line, ""))
        found[one.country, one.product_line] = len(exact | whole)
    return found


async def _grants(env: Env, country: str, *, room: int) -> list[TerritoryGrant]:
    """The grants in a country that hold today."""
    today = env.today()
    query = Query(kind=TERRITORIES, equals={"country": country}, order="ends", at_least=today, limit=ROWS_PER_PAGE)
    found: list[TerritoryGrant] = []
    while True:
        page = await env.store.find(query)
        found += (loaded.value for loaded in page.rows if loaded.value.holds(today))
        if len(found) > room:
            raise CoverageTooWide(TERRITORIES.name, GRANTS_READ)
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


async def _partners(env: Env, ids: Iterable[str]) -> dict[str, Partner]:
    """These partners by id, without those that were deleted."""
    found: dict[str, Partner] = {}
    wanted = sorted(set(ids))
    for place in range(0, len(wanted), ROWS_PER_PAGE):
        rows = await get_all(env.store, PARTNERS, wanted[place : place + ROWS_PER_PAGE])
        found |= {one: loaded.value for one, loaded in rows.items()}
    return found
