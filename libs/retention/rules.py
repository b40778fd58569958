"""The schedule of a kind: which rule applies to a row, until when the row is kept, and what is due then."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from libs.retention.grounds import WithholdingGround
from libs.retention.periods import end_of
from libs.retention.tables import Action, RecordPeriod, ScheduleRow, period_of, schedule

D = TypeVar("D")


def _always(document: object) -> bool:
    return True


class When(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """When a rule applies. starts: when the period started in this row, an instant or a local day; None while it has
    not, so that there is no end yet. applies: whether the row is one of those."""

    starts: Callable[[D], date | None]
    applies: Callable[[D], bool] = _always


class Retention(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """A row of the schedule with its conditions."""

    row: ScheduleRow
    when: When[D]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row is kept now. until: None if the end is not known yet."""

    ground: WithholdingGround
    basis: str
    until: datetime | None = None


class _Applied(NamedTuple, Generic[D]):
    """A rule that applies to a row, with its period. until: None if it has not started."""

    rule: Retention[D]
    period: RecordPeriod
    until: datetime | None

    def runs(self, now: datetime) -> bool:
        return self.until is None or self.until > now


def retained(service: str, kind: str, conditions: Mapping[str, When[D]]) -> tuple[Retention[D], ...]:
    """The schedule of a kind. service: empty for a kind that several services have. conditions: by the names of its
    rules; ValueError unless they are those of `schedule.csv`."""
    rows = {one.rule: one for one in schedule() if (one.service, one.kind) == (service, kind)}
    if rows.keys() != conditions.keys():
        raise ValueError(f"{service}.{kind}: schedule.csv has the rules {sorted(rows)}, not {sorted(conditions)}")
    return tuple(Retention(row=rows[name], when=when) for name, when in conditions.items())


def kept_by(rules: tuple[Retention[D], ...], document: D, country: str, now: datetime) -> Kept | None:
    """The ground that keeps a row from an erasure longest; None if none does. country: of the row, empty if unknown."""
    found = [
        Kept(ground=one.period.ground, basis=one.period.basis, until=one.until)
        for one in _applied(rules, document, country, now)
        if one.period.ground is not None and one.runs(now)
    ]
    return max(found, key=lambda kept: (kept.until is None, kept.until or now), default=None)


def due_by(rules: tuple[Retention[D], ...], document: D, country: str, now: datetime) -> ScheduleRow | None:
    """The row of the schedule by which a row is to be deleted or its persons erased: of the periods that apply, the one
    that ended last; None while one of them runs, or if none has an action. country: as for `kept_by`."""
    found = list(_applied(rules, document, country, now))
    if any(one.runs(now) for one in found):
        return None
    acting = [one for one in found if one.rule.row.action is not Action.KEEP]
    last = max(acting, key=lambda one: one.until or now, default=None)
    return last.rule.row if last is not None else None


def _applied(rules: tuple[Retention[D], ...], document: D, country: str, now: datetime) -> Iterator[_Applied[D]]:
    today = now.astimezone(UTC).date()
    for one in rules:
        if one.when.applies(document):
            period = period_of(one.row.record, country, today)
            start = one.when.starts(document)
            yield _Applied(one, period, end_of(period.period, start, country) if start is not None else None)
