"""Records satisfaction, and reports on the tickets closed in a period: of all partners, of one, or partner by
partner."""

from collections import Counter
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.deadlines import day_start
from libs.partner import PartnerFacts
from libs.partner_projection import PARTNERS, known_partner
from libs.person import PersonalText
from libs.store.listing import Find, Sieve
from libs.store.port import ROWS_PER_EXPORT_BATCH, Page, Query, Scalar
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.states import ComplaintCause, ComplaintType, TicketState
from services.tickets.record.domain.ticket import Satisfaction, Ticket
from services.tickets.record.reads import commit_ticket
from services.tickets.satisfaction import domain
from services.tickets.satisfaction.domain import Outcome, SatisfactionReport, outcome_of, report_of, require_period
from services.tickets.settings import Env


class GetSatisfactionReport(Command, frozen=True, kw_only=True):
    """Get the report of one partner or of all; `end_date` is not included."""

    partner_id: str = ""
    start_date: date
    end_date: date


class ListSatisfactionReports(Command, frozen=True, kw_only=True):
    """List the reports of all partners, one each; `end_date` is not included."""

    page_size: int = 0
    page_token: str = ""
    start_date: date
    end_date: date


class RecordSatisfaction(ResourceCommand, frozen=True, kw_only=True):
    """Record the satisfaction of the requester with a ticket."""

    score: int
    complaint_type: ComplaintType | None = None
    complaint_cause: ComplaintCause | None = None
    note: PersonalText | None = None


class Reports(NamedTuple):
    """One page of reports."""

    rows: tuple[SatisfactionReport, ...]
    next_page_token: str


async def record_satisfaction(env: Env, cmd: RecordSatisfaction) -> Ticket:
    """The ticket with the satisfaction of its requester."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    given = Satisfaction(
        score=cmd.score,
        complaint_type=cmd.complaint_type,
        complaint_cause=cmd.complaint_cause,
        note=cmd.note,
        record_time=now,
    )
    return await commit_ticket(env, loaded, domain.record_satisfaction(loaded.value, given, now=now), call=cmd.call)


async def get_satisfaction_report(env: Env, cmd: GetSatisfactionReport) -> SatisfactionReport:
    """The report. Tickets are read in batches, so one that is closed or answered during the call may or may not be
    counted."""
    require_period(cmd.start_date, cmd.end_date)
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    if partner_id:
        await known_partner(env, partner_id)
    return await _report(env, partner_id, cmd.start_date, cmd.end_date)


async def list_satisfaction_reports(env: Env, cmd: ListSatisfactionReports) -> Reports:
    """The reports of a page of partners, without partners that have no closed ticket in the period."""
    require_period(cmd.start_date, cmd.end_date)
    sieve = Sieve(
        lambda partner: True, f"{cmd.start_date}/{cmd.end_date}", _with_closed(env, cmd.start_date, cmd.end_date)
    )
    page = await env.listing(
        PARTNERS, {}, call=cmd.call, sieve=sieve, page_size=cmd.page_size, page_token=cmd.page_token
    )
    found = [await _report(env, loaded.value.id, cmd.start_date, cmd.end_date) for loaded in page.rows]
    return Reports(tuple(one for one in found if one.closed_count), page.next_cursor)


def _with_closed(env: Env, start_date: date, end_date: date) -> Find[PartnerFacts]:
    """A query of partners that leaves out those without a closed ticket in the period."""

    async def find(query: Query[PartnerFacts]) -> Page[PartnerFacts]:
        page = await env.store.find(query)
        closed = [await env.store.find(_closed(env, one.value.id, start_date, end_date, limit=1)) for one in page.rows]
        return page._replace(rows=[one for one, tickets in zip(page.rows, closed, strict=True) if tickets.rows])

    return find


def _closed(env: Env, partner_id: str, start_date: date, end_date: date, *, limit: int) -> Query[Ticket]:
    """The tickets of a partner that were closed in a period; of all partners if `partner_id` is empty."""
    zone = ZoneInfo(env.directory.here.time_zone)
    equals: dict[str, Scalar] = {"state": TicketState.CLOSED}
    return Query(
        kind=TICKETS,
        equals={**equals, "partner_id": partner_id} if partner_id else equals,
        order="close_time",
        at_least=day_start(zone, start_date),
        below=day_start(zone, end_date),
        limit=limit,
    )


async def _report(env: Env, partner_id: str, start_date: date, end_date: date) -> SatisfactionReport:
    """The report of a partner; of all partners if `partner_id` is empty."""
    query = _closed(env, partner_id, start_date, end_date, limit=ROWS_PER_EXPORT_BATCH)
    outcomes: Counter[Outcome] = Counter()
    while True:
        page = await env.store.find(query)
        outcomes.update(outcome_of(loaded.value) for loaded in page.rows)
        if not page.next_cursor:
            return report_of(partner_id, outcomes)
        query = replace(query, cursor=page.next_cursor)
