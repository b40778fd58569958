"""The activity of a partner and of its downline, and the writes that keep the totals right when a partner is moved."""

from libs.store.port import Put, Query, Write, create, get
from services.partners.activity.documents import ACTIVITIES, TRACES
from services.partners.activity.domain import Activity, PartnerActivity, Tally, Trace, joined, settle, shown
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env

TRACES_PER_ANSWER = 200


async def activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The totals as of now, except for pending reports beyond the first 200.

    The totals are read before the pending reports. A report that is added in between is missing from this answer, and
    is never counted twice.
    """
    loaded = await get(env.store, ACTIVITIES, partner_id)
    page = await env.store.find(pending(partner_id, TRACES_PER_ANSWER))
    newest = await env.store.find(
        Query(kind=TRACES, equals={"partner_id": partner_id}, order="standing_date", descending=True, limit=1)
    )
    tally = settle(loaded.value.tally if loaded else Tally(), [one.value for one in page.rows])
    return shown(tally, last_order_date=newest.rows[0].value.standing_date if newest.rows else None)


async def downline_activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The totals of all partners below, as far as they have been passed up."""
    loaded = await get(env.store, ACTIVITIES, partner_id)
    return shown(loaded.value.below if loaded else Tally())


async def moved_writes(env: Env, before: Partner, after: Partner) -> tuple[Write, ...]:
    """The write to add to the commit that moves a partner, so that its totals follow it to the new parent; none if it
    keeps its parent."""
    if before.parent_partner_id == after.parent_partner_id:
        return ()
    return (await joined_write(env, after.id, Tally()),)


async def joined_write(env: Env, partner_id: str, added: Tally) -> Put[Activity]:
    """The write that adds to the totals below a partner."""
    loaded = await get(env.store, ACTIVITIES, partner_id)
    changed = joined(loaded.value if loaded else Activity(id=partner_id), added)
    return loaded.put(changed) if loaded else create(ACTIVITIES, changed)


def pending(partner_id: str, limit: int) -> Query[Trace]:
    """The query for reports of a partner that its totals do not include yet."""
    return Query(kind=TRACES, equals={"partner_id": partner_id, "pending": True}, limit=limit)
