"""The schedule as it is shown, and the reports of runs and rehearsals."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.retention import (
    Action,
    ScheduleRow,
    Standing,
    WithholdingGround,
    period_of,
    periods,
    schedule,
)
from services.compliance.requests.domain.request import SERVICES

_KINDS = {"ticket_change": "history_entry"}  # where the name of the resource is another than that of the kind

REHEARSAL_BLOCKS = timedelta(days=1)


class RehearsalRunning(AppError):
    """Services have not answered the last rehearsal yet."""

    code, reason = Code.FAILED_PRECONDITION, "REHEARSAL_RUNNING"

    def __init__(self, report: "PurgeReport") -> None:
        super().__init__(
            f"{report.id}: no answer yet from {', '.join(report.missing_services)}; wait for it, or ask again in a day",
            id=report.id,
        )


class PurgedRows(msgspec.Struct, frozen=True, kw_only=True):
    """What was due by one rule; prm.common.v1.PurgedRows describes each field."""

    kind: str
    rule: str
    record: str
    action: Action
    rows: int
    frozen: int
    sample_ids: tuple[str, ...]


class ServicePurge(msgspec.Struct, frozen=True, kw_only=True):
    """What one service reported; prm.compliance.v1.ServicePurge describes each field."""

    service: str
    purged: tuple[PurgedRows, ...]
    examined_rows: int
    unreadable_rows: int
    begin_time: datetime
    end_time: datetime
    content: bytes = b""
    signature: bytes = b""


class PurgeReport(Document, frozen=True, kw_only=True):
    """The report of a run; prm.compliance.v1.PurgeReport describes each field."""

    rehearsal: bool
    missing_services: tuple[str, ...] = ()
    services: tuple[ServicePurge, ...] = ()
    create_time: datetime
    update_time: datetime


class RetentionPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A period of a rule; prm.compliance.v1.RetentionPeriod describes each field."""

    country: str
    version: int
    in_force: date
    period: str
    ground: WithholdingGround | None
    standing: Standing
    basis: str
    source: str


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the schedule; prm.compliance.v1.RetentionRule describes each field."""

    service: str
    kind: str
    rule: str
    record: str
    trigger: str
    action: Action
    periods: tuple[RetentionPeriod, ...]


def rehearsal(id: str, now: datetime) -> PurgeReport:
    """The report of a rehearsal that no service has answered."""
    return PurgeReport(id=id, rehearsal=True, missing_services=SERVICES, create_time=now, update_time=now)


def blocks(report: PurgeReport, now: datetime) -> bool:
    """Whether another rehearsal must wait for this one."""
    return bool(report.missing_services) and now < report.create_time + REHEARSAL_BLOCKS


def reported(report: PurgeReport, found: ServicePurge, now: datetime) -> PurgeReport:
    """The report with what a service found; the same object if it has that already."""
    if any(one.service == found.service for one in report.services):
        return report
    services = tuple(sorted((*report.services, found), key=lambda one: one.service))
    missing = tuple(one for one in report.missing_services if one != found.service)
    return replace(report, services=services, missing_services=missing, update_time=now)


def rules() -> tuple[RetentionRule, ...]:
    """Every rule of the schedule."""
    return tuple(_rule(one) for one in schedule())


def rules_of(service: str, resource: str, day: date) -> tuple[RetentionRule, ...]:
    """The rules of the kind of a resource (`Order`), each with the periods that are in force on a day."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", resource).lower()
    found = (one for one in schedule() if one.service in ("", service) and one.kind == _KINDS.get(kind, kind))
    return tuple(replace(_rule(one), periods=tuple(_in_force(one.record, day))) for one in found)


def _in_force(record: str, day: date) -> Iterator[RetentionPeriod]:
    for one in _periods(record):
        if one.version == period_of(record, one.country, day).version and one.in_force <= day:
            yield one


def _rule(row: ScheduleRow) -> RetentionRule:
    return RetentionRule(
        service=row.service,
        kind=row.kind,
        rule=row.rule,
        record=row.record,
        trigger=row.trigger,
        action=row.action,
        periods=tuple(_periods(row.record)),
    )


def _periods(record: str) -> Iterator[RetentionPeriod]:
    for one in periods():
        if one.record == record:
            yield RetentionPeriod(
                country=one.country,
                version=one.version,
                in_force=one.in_force,
                period=one.text,
                ground=one.ground,
                standing=one.standing,
                basis=one.basis,
                source=one.source,
            )
