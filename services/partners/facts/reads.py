"""The facts of a partner and of its downline, for other slices, and the write that moves them with a partner.

`facts_between` and `evidence_between` are for whoever judges a partner by its figures: they show what the sums include,
and `as_of` says until when that is everything.
"""

from datetime import date, datetime

from msgspec.structs import replace

from libs.store.port import ROWS_PER_PAGE, Page, Put, Query, Scalar, Write, create, get
from services.partners.facts.documents import EVIDENCE, FACTS, PLACINGS, SOURCES
from services.partners.facts.domain.activity import PartnerActivity, activity
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sources import Evidence
from services.partners.facts.domain.sums import Fact, Key, Placing, waiting
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env

SOURCES_PER_ANSWER = 200
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def facts_between(env: Env, partner_id: str, metric: FactMetric, *, first: date, last: date) -> tuple[Fact, ...]:
    """All facts of a partner about one metric, of the months from that of `first` to that of `last`, by month. Each has
    the partner's `own` sum and that of all partners `below`; a month without documents has no fact."""
    found: list[Fact] = []
    query = Query(
        kind=FACTS,
        equals={"partner_id": partner_id, "metric": metric},
        order="month",
        at_least=first.replace(day=1),
        below=_next_month(last),
        limit=ROWS_PER_PAGE,
    )
    while True:
        page = await env.store.find(query)
        found += (loaded.value for loaded in page.rows)
        if not page.next_cursor:
            return tuple(found)
        query = replace(query, cursor=page.next_cursor)


async def evidence_between(
    env: Env, partner_id: str, metric: FactMetric, *, first: date, last: date, cursor: str = "", limit: int = 50
) -> Page[Evidence]:
    """A page of the documents of which a partner's own figures of a metric are made, on the days from `first` to
    `last`, by day."""
    below = date.fromordinal(last.toordinal() + 1)
    equals: dict[str, Scalar] = {"partner_id": partner_id, "metric": metric}
    query = Query(kind=EVIDENCE, equals=equals, order="day", at_least=first, below=below, limit=limit, cursor=cursor)
    return await env.store.find(query)


async def as_of(env: Env) -> datetime:
    """The instant until which everything that this service has consumed is in the sums, also in those of all partners
    above: now, unless documents still wait to be added."""
    found = env.clock.now()
    for kind, field in ((SOURCES, "pending_since"), (FACTS, "stale_since"), (PLACINGS, "moved_since")):
        page = await env.store.find(Query(kind=kind, order=field, at_least=EVER, limit=1))
        for loaded in page.rows:
            since: datetime = getattr(loaded.value, field)
            found = min(found, since)
    return found


async def activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The totals of a partner's own documents as of now, except for what waits beyond the first 200 documents.

    The totals are read before the documents that wait. A document that is added to them in between is missing from this
    answer, and is never counted twice.
    """
    totals = await _totals(env, partner_id)
    sums = {key: fact.own for key, fact in totals.items()}
    page = await env.store.find(
        Query(
            kind=SOURCES,
            equals={"partner_id": partner_id},
            order="pending_since",
            at_least=EVER,
            limit=SOURCES_PER_ANSWER,
        )
    )
    for (whose, key), added in waiting(loaded.value for loaded in page.rows).items():
        if whose == partner_id:
            sums[key] = sums.get(key, Sum()) + added
    newest = await env.store.find(
        Query(
            kind=EVIDENCE,
            equals={"partner_id": partner_id, "metric": FactMetric.ORDERS},
            order="day",
            descending=True,
            limit=1,
        )
    )
    return activity(sums, last_order_date=newest.rows[0].value.day if newest.rows else None)


async def downline_activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The totals of all partners below, as far as they have been passed up."""
    totals = await _totals(env, partner_id)
    return activity({key: fact.below for key, fact in totals.items()}, last_order_date=None)


async def moved_writes(env: Env, before: Partner, after: Partner) -> tuple[Write, ...]:
    """The write to add to the commit that moves a partner, so that its facts follow it to the new parent; none if it
    keeps its parent."""
    if before.parent_partner_id == after.parent_partner_id:
        return ()
    loaded = await get(env.store, PLACINGS, after.id)
    placing = Placing(id=after.id, moved_since=env.clock.now())
    if loaded is None:
        return (create(PLACINGS, placing),)
    since = loaded.value.moved_since or placing.moved_since
    write: Put[Placing] = loaded.put(replace(placing, moved_since=since))
    return (write,)


async def _totals(env: Env, partner_id: str) -> dict[Key, Fact]:
    """The totals of a partner over all months."""
    page = await env.store.find(
        Query(kind=FACTS, equals={"partner_id": partner_id, "month": None}, limit=ROWS_PER_PAGE)
    )
    return {loaded.value.key: loaded.value for loaded in page.rows}


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1, day=1)
