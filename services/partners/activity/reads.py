"""The activity of a partner and of its downline, and the writes that keep the sums right when a partner is moved."""

from libs.store.port import Put, Query, Write, create, get
from services.partners.activity.documents import ACTIVITIES, TRACES
from services.partners.activity.domain import Activity, PartnerActivity, Tally, Trace, joined, settle, shown
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env

TRACES_PER_ANSWER = 200


async def activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The sums as of now, but for a backlog of more than 200 reports.

    The sums are read before what is pending: a report that is summed up in between is missing for this once, never
    counted twice.
    """
    loaded = await get(env.store, ACTIVITIES, partner_id)
    page = await env.store.find(pending(partner_id, TRACES_PER_ANSWER))
    newest = await env.store.find(
        Query(kind=TRACES, equals={"partner_id": partner_id}, order="standing_date", descending=True, limit=1)
    )
    tally = settle(loaded.value.tally if loaded else Tally(), [one.value for one in page.rows])
    return shown(tally, last_order_date=newest.rows[0].value.standing_date if newest.rows else None)


async def downline_activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The sums of everybody below, as far as they have been passed up."""
    loaded = await get(env.store, ACTIVITIES, partner_id)
    return shown(loaded.value.below if loaded else Tally())


async def moved_writes(env: Env, before: Partner, after: Partner) -> tuple[Write, ...]:
    """What to add to the commit that changes a partner, so that its sums follow it to another parent."""
    if before.parent_partner_id == after.parent_partner_id:
        return ()
    return (await joined_write(env, after.id, Tally()),)


async def joined_write(env: Env, partner_id: str, added: Tally) -> Put[Activity]:
    """The write that adds to the sums below a partner."""
    loaded = await get(env.store, ACTIVITIES, partner_id)
    changed = joined(loaded.value if loaded else Activity(id=partner_id), added)
    return loaded.put(changed) if loaded else create(ACTIVITIES, changed)


def pending(partner_id: str, limit: int) -> Query[Trace]:
    """Reports of a partner that are not in its sums yet."""
    return Query(kind=TRACES, equals={"partner_id": partner_id, "pending": True}, limit=limit)
