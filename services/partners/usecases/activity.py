"""What the other services report, kept row by row and summed up a little later.

An event writes the row it is about and nothing else, so thousands of one partner do not queue for one document. What
is not in the sums yet is added when somebody asks. Sums that changed are passed up, partner by partner, to everybody
above: each keeps what it has passed to whom, so that it can be taken back when the partner is moved.
"""

from msgspec.structs import replace

from libs.call import Command
from libs.store.port import Put, Query, Write, create
from services.partners.documents import ACTIVITIES, PARTNERS, TRACES
from services.partners.domain.activity import (
    Activity,
    PartnerActivity,
    Report,
    Tally,
    Trace,
    counted,
    joined,
    learn,
    passed_up,
    settle,
    shown,
)
from services.partners.domain.partner import Partner
from services.partners.usecases.settings import Env

TRACES_PER_SUM = 90
TRACES_PER_ANSWER = 200


class RecordReport(Command, frozen=True, kw_only=True):
    """Keep what a peer says of `id`, a document of its own."""

    id: str
    partner_id: str
    report: Report


class SumUp(Command, frozen=True, kw_only=True):
    """Put what is pending of a partner into its sums."""

    partner_id: str


class PassUp(Command, frozen=True, kw_only=True):
    """Bring a partner's sums into those of who it buys from."""

    partner_id: str


async def record_report(env: Env, cmd: RecordReport) -> Trace:
    """The trace, with what is new."""
    held = await env.store.get(TRACES, cmd.id)
    before = held.value if held else Trace(id=cmd.id, partner_id=cmd.partner_id)
    trace = learn(before, cmd.report)
    if trace == before:
        return before
    return await env.commit(held.put(trace) if held else create(TRACES, trace), call=cmd.call)


async def sum_up(env: Env, cmd: SumUp) -> Activity:
    """The sums, with up to 90 traces more in them."""
    held = await env.store.get(ACTIVITIES, cmd.partner_id)
    activity = held.value if held else Activity(id=cmd.partner_id)
    page = await env.store.find(_pending(cmd.partner_id, TRACES_PER_SUM))
    if not page.rows:
        return activity
    changed = replace(activity, tally=settle(activity.tally, [one.value for one in page.rows]), stale=True)
    return await env.commit(
        held.put(changed) if held else create(ACTIVITIES, changed),
        *(one.put(counted(one.value)) for one in page.rows),
        call=cmd.call,
    )


async def pass_up(env: Env, cmd: PassUp) -> Activity:
    """The sums, now in those of the partner above, which are to be passed up in turn."""
    held = await env.load(ACTIVITIES, cmd.partner_id, call=cmd.call)
    if not held.value.stale:
        return held.value
    partner = await env.store.get(PARTNERS, cmd.partner_id)
    done, added = passed_up(held.value, partner.value.parent_partner_id if partner else "")
    above = [await _joined(env, partner_id, sums) for partner_id, sums in added.items()]
    return await env.commit(held.put(done), *above, call=cmd.call)


async def moved_writes(env: Env, before: Partner, after: Partner) -> tuple[Write, ...]:
    """What to add to the commit that hangs a partner elsewhere, so that its sums follow."""
    if before.parent_partner_id == after.parent_partner_id:
        return ()
    return (await _joined(env, after.id, Tally()),)


async def activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The sums as of now, but for a backlog of more than 200 reports.

    The sums are read before what is pending: a report that is summed up in between is missing for this once, never
    counted twice.
    """
    held = await env.store.get(ACTIVITIES, partner_id)
    page = await env.store.find(_pending(partner_id, TRACES_PER_ANSWER))
    newest = await env.store.find(
        Query(kind=TRACES, equals={"partner_id": partner_id}, order="standing_date", descending=True, limit=1)
    )
    tally = settle(held.value.tally if held else Tally(), [one.value for one in page.rows])
    return shown(tally, last_order_date=newest.rows[0].value.standing_date if newest.rows else None)


async def downline_activity_of(env: Env, partner_id: str) -> PartnerActivity:
    """The sums of everybody below, as far as they have been passed up."""
    held = await env.store.get(ACTIVITIES, partner_id)
    return shown(held.value.below if held else Tally())


async def _joined(env: Env, partner_id: str, added: Tally) -> Put[Activity]:
    held = await env.store.get(ACTIVITIES, partner_id)
    changed = joined(held.value if held else Activity(id=partner_id), added)
    return held.put(changed) if held else create(ACTIVITIES, changed)


def _pending(partner_id: str, limit: int) -> Query[Trace]:
    return Query(kind=TRACES, equals={"partner_id": partner_id, "pending": True}, limit=limit)
