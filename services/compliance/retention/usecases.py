"""The use cases of the retention schedule: show it, rehearse a purge, record and list reports."""

from datetime import datetime

import msgspec

from libs.call import Command
from libs.errors import AppError, Code
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, Query, create, get
from services.compliance.retention import domain
from services.compliance.retention.documents import REPORTS
from services.compliance.retention.domain import PurgeReport, RehearsalRunning, RetentionRule, ServicePurge
from services.compliance.retention.events import PurgeRehearsalAsked
from services.compliance.settings import Env


class GetRetentionSchedule(Command, frozen=True, kw_only=True):
    """Get the schedule."""


class RetentionSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule."""

    rules: tuple[RetentionRule, ...]


class RehearsePurge(Command, frozen=True, kw_only=True):
    """Ask every service what a run would purge."""


class GetPurgeReport(Command, frozen=True, kw_only=True):
    """Get one report."""

    id: str


class ListPurgeReports(ListCommand, frozen=True, kw_only=True):
    """List reports."""

    rehearsals_only: bool = False
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class RecordPurge(Command, frozen=True, kw_only=True):
    """Record what a service reports. sender: the service on whose NATS subject the event arrived."""

    run_id: str
    rehearsal: bool
    found: ServicePurge
    sender: str


class ReportForged(AppError):
    """A report names another service than the one that sent it, or that service has not signed it."""

    code, reason = Code.PERMISSION_DENIED, "PURGE_REPORT_FORGED"

    def __init__(self, run_id: str, service: str, sender: str) -> None:
        super().__init__(f"{run_id}: {sender} sent a report that {service} has not made", id=run_id, service=service)


async def get_retention_schedule(env: Env, cmd: GetRetentionSchedule) -> RetentionSchedule:
    """The schedule of this release."""
    return RetentionSchedule(rules=domain.rules())


async def rehearse_purge(env: Env, cmd: RehearsePurge) -> PurgeReport:
    """The report of the new rehearsal. RehearsalRunning."""
    now = env.clock.now()
    last = await env.store.find(Query(kind=REPORTS, equals={"rehearsal": True}, descending=True, limit=1))
    for one in last.rows:
        if domain.blocks(one.value, now):
            raise RehearsalRunning(one.value)
    report = domain.rehearsal(env.ids.new("prn"), now)
    return await env.commit(create(REPORTS, report), events=[PurgeRehearsalAsked(run_id=report.id)], call=cmd.call)


async def get_purge_report(env: Env, cmd: GetPurgeReport) -> PurgeReport:
    """The report as it is now; NotFound."""
    return await env.show(REPORTS, cmd.id, call=cmd.call)


async def list_purge_reports(env: Env, cmd: ListPurgeReports) -> Page[PurgeReport]:
    """One page of reports, by id unless the caller asks for another order."""
    return await env.listing(REPORTS, {"rehearsal": cmd.rehearsals_only or None}, call=cmd.call, **paged(cmd, UPDATED))


async def record_purge(env: Env, cmd: RecordPurge) -> PurgeReport:
    """The report with what the service found; a new one for a run of its own. ReportForged."""
    found = cmd.found
    unsigned = not found.signature  # of a release before 2026-11-30
    genuine = unsigned or env.keys.verify(found.signature, found.content, by=found.service)
    if cmd.sender != found.service or not genuine:
        raise ReportForged(cmd.run_id, cmd.found.service, cmd.sender)
    now = env.clock.now()
    held = await get(env.store, REPORTS, cmd.run_id)
    if held is None:
        begun = PurgeReport(id=cmd.run_id, rehearsal=cmd.rehearsal, create_time=now, update_time=now)
        return await env.commit(create(REPORTS, domain.reported(begun, cmd.found, now)), call=cmd.call)
    report = domain.reported(held.value, cmd.found, now)
    return report if report is held.value else await env.commit(held.put(report), call=cmd.call)
