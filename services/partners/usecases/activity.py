"""What the other services report, kept row by row and summed up a little later.

An event writes the row it is about and nothing else, so thousands of one partner do not queue for one document. What
is not in the sums yet is added when somebody asks.
"""

from libs.call import Command
from libs.store.port import Query, create
from services.partners.documents import ACTIVITIES, TRACES
from services.partners.domain.activity import Activity, PartnerActivity, Report, Trace, counted, learn, settle
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
    changed = Activity(id=activity.id, tally=settle(activity.tally, [one.value for one in page.rows]))
    return await env.commit(
        held.put(changed) if held else create(ACTIVITIES, changed),
        *(one.put(counted(one.value)) for one in page.rows),
        call=cmd.call,
    )


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
    tally = settle(held.value.tally if held else Activity(id="").tally, [one.value for one in page.rows])
    last = newest.rows[0].value.standing_date if newest.rows else None
    fields = {name: getattr(tally, name) for name in tally.__struct_fields__}
    return PartnerActivity(**fields, last_order_date=last)


def _pending(partner_id: str, limit: int) -> Query[Trace]:
    return Query(kind=TRACES, equals={"partner_id": partner_id, "pending": True}, limit=limit)
