"""What the other services report, kept row by row and summed up a little later.

An event writes the row it is about and nothing else, so thousands of one partner do not queue for one document. What
is not in the sums yet is added when somebody asks. Sums that changed are passed up, partner by partner, to everybody
above: each partner keeps what it has passed to whom, so that it can be taken back when the partner is moved.
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
    """Keep what a peer says of `id`, a document of its own."""

    id: str
    partner_id: str
    report: Report


class SumUp(Command, frozen=True, kw_only=True):
    """Put what is pending of a partner into its sums."""

    partner_id: str


class PassUp(Command, frozen=True, kw_only=True):
    """Bring a partner's sums into those of its parent."""

    partner_id: str


async def record_report(env: Env, cmd: RecordReport) -> Trace:
    """The trace, with what is new."""
    loaded = await get(env.store, TRACES, cmd.id)
    before = loaded.value if loaded else Trace(id=cmd.id, partner_id=cmd.partner_id)
    trace = learn(before, cmd.report)
    if trace == before:
        return before
    return await env.commit(loaded.put(trace) if loaded else create(TRACES, trace), call=cmd.call)


async def sum_up(env: Env, cmd: SumUp) -> Activity:
    """The sums, with up to 90 traces more in them."""
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
    """The sums, now in those of the parent, which are to be passed up in turn."""
    loaded = await env.load(ACTIVITIES, cmd.partner_id, call=cmd.call)
    if not loaded.value.stale:
        return loaded.value
    partner = await get(env.store, PARTNERS, cmd.partner_id)
    done, added = passed_up(loaded.value, partner.value.parent_partner_id if partner else "")
    above = [await joined_write(env, partner_id, sums) for partner_id, sums in added.items()]
    return await env.commit(loaded.put(done), *above, call=cmd.call)
