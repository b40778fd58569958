"""The consumers of the facts: they get every event about claims, orders, invoices, money and tickets; some of these
events count.

Their subjects have wildcards, so that a new metric needs no new consumer.
"""

from collections.abc import Sequence

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.facts import wire
from services.partners.facts.usecases.reports import RecordReports, Report, count_reports, record_reports
from services.partners.settings import Env


async def on_event(env: Env, envelope: Envelope, call: Call) -> None:
    """Store what an event says of documents of a partner, if it says something that counts."""
    if reports := _reports(env, (envelope,)):
        await env.run(record_reports, RecordReports(call=call, reports=reports))


async def on_events(env: Env, envelopes: Sequence[Envelope], call: Call) -> None:
    """Store what events say, as if one came after the other, and add it to the sums."""
    if reports := _reports(env, envelopes):
        await env.run(count_reports, RecordReports(call=call, reports=reports))


def _reports(env: Env, envelopes: Sequence[Envelope]) -> tuple[Report, ...]:
    return tuple(found for one in envelopes if (found := wire.report(one, env.day_of)) is not None)


CONSUMERS: tuple[Consumer[Env], ...] = tuple(
    Consumer(subject, on_event, repeatable=True, handle_many=on_events) for subject in wire.SUBJECTS
)
