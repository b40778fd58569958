"""An entry of the contact log."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import Violation
from libs.person import PersonalText
from services.partners.relations.domain.states import LogChannel
from services.partners.relations.events import LogEntryRecorded, LogEntryShared


class LogEntry(Document, frozen=True, kw_only=True):
    """An entry. shared: whether the partner's people see it."""

    partner_id: str
    channel: LogChannel
    happened_on: date
    contact_ids: tuple[str, ...] = ()
    text: PersonalText
    shared: bool = False
    create_time: datetime
    update_time: datetime


def day_violations(field: str, day: date, *, today: date) -> Iterator[Violation]:
    """IN_THE_FUTURE or OUT_OF_RANGE."""
    if day > today:
        yield Violation(field, f"is after today, {today}", "IN_THE_FUTURE")
    yield from first_day_violations(field, day)


def entry_violations(entry: LogEntry, *, today: date) -> Iterator[Violation]:
    """What is wrong with an entry."""
    yield from day_violations("happened_on", entry.happened_on, today=today)
    if not entry.text.text.strip():
        yield Violation("text.text", "must say what was said", "REQUIRED")


def recorded(entry: LogEntry) -> LogEntryRecorded:
    """The event of a new entry."""
    return LogEntryRecorded(
        log_entry_id=entry.id, partner_id=entry.partner_id, channel=entry.channel, shared=entry.shared
    )


def share(entry: LogEntry, *, shared: bool, now: datetime) -> tuple[LogEntry, LogEntryShared]:
    """The entry, shown or hidden."""
    after = replace(entry, shared=shared, update_time=now)
    told = LogEntryShared(log_entry_id=entry.id, partner_id=entry.partner_id, channel=entry.channel, shared=shared)
    return after, told
