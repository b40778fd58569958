"""Stores the reports of other services row by row, and adds them to the totals a little later.

An event writes only the row of its document, so thousands of events about one partner do not wait for one document. A
read adds the pending reports to the totals. Changed totals are passed up, level by level, to all partners above. Each
partner stores what it has passed to which parent, so that this can be subtracted when the partner is moved.
"""

from msgspec.structs import replace

from libs.call import Command
from libs.store.port import create, get
from services.partners.activity.documents import ACTIVITIES, TRACES
from services.partners.activity.domain import Activity, Report, Trace, counted, learn, passed_up, settle
from services.partners.activity.reads import joined_write, pending
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env

TRACES_PER_SUM = 90


class RecordReport(Command, frozen=True, kw_only=True):
    """Store what another service reports of its document `id`."""

    id: str
    partner_id: str
    report: Report


class SumUp(Command, frozen=True, kw_only=True):
    """Add the pending reports of a partner to its totals."""

    partner_id: str


class PassUp(Command, frozen=True, kw_only=True):
    """Pass the totals of a partner up to its parent."""

    partner_id: str


async def record_report(env: Env, cmd: RecordReport) -> Trace:
    """The trace with what is new; unchanged if nothing is."""
    loaded = await get(env.store, TRACES, cmd.id)
    before = loaded.value if loaded else Trace(id=cmd.id, partner_id=cmd.partner_id)
    trace = learn(before, cmd.report)
    if trace == before:
        return before
    return await env.commit(loaded.put(trace) if loaded else create(TRACES, trace), call=cmd.call)


async def sum_up(env: Env, cmd: SumUp) -> Activity:
    """The activity with up to 90 more reports in its totals."""
    loaded = await get(env.store, ACTIVITIES, cmd.partner_id)
    activity = loaded.value if loaded else Activity(id=cmd.partner_id)
    page = await env.store.find(pending(cmd.partner_id, TRACES_PER_SUM))
    if not page.rows:
        return activity
    changed = replace(activity, tally=settle(activity.tally, [one.value for one in page.rows]), stale=True)
    return await env.commit(
        loaded.put(changed) if loaded else create(ACTIVITIES, changed),
        *(one.put(counted(one.value)) for one in page.rows),
        call=cmd.call,
    )


async def pass_up(env: Env, cmd: PassUp) -> Activity:
    """The activity after its totals were passed up; those of the parent must then be passed up in turn. Unchanged if
    not stale."""
    loaded = await env.load(ACTIVITIES, cmd.partner_id, call=cmd.call)
    if not loaded.value.stale:
        return loaded.value
    partner = await get(env.store, PARTNERS, cmd.partner_id)
    done, added = passed_up(loaded.value, partner.value.parent_partner_id if partner else "")
    above = [await joined_write(env, partner_id, sums) for partner_id, sums in added.items()]
    return await env.commit(loaded.put(done), *above, call=cmd.call)
