"""How many findings there are, kept in tallies: of each rule one for what is open or dismissed now, and one for each
month with what was opened, mended and lapsed on its days.

What a finding counts for follows from the finding alone, so the tallies are always the sum over the stored findings.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from services.partners.quality.domain.findings import QualityFinding
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.domain.states import LIVE, QualityFindingState
from services.partners.quality.domain.summary import QualityCounts

DayOf = Callable[[datetime], date]


class Place(NamedTuple):
    """What one finding counts for once. day: on which it was opened or closed; None for what is open or dismissed."""

    rule: QualityRule
    day: date | None
    field: str

    @property
    def tally_id(self) -> str:
        """The id of its tally."""
        return tally_id(self.rule, self.day)


class DayTally(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of a day, as `QualityCounts` names them."""

    day: date
    counts: QualityCounts


class QualityTally(Document, frozen=True, kw_only=True):
    """The tally of a rule; the id is `tally_id`. month: its first day; None for what is open or dismissed now, which is
    `live`. days: those with a finding, by day. counted_on: when all tallies of the rule were last made anew; in the one
    without a month alone."""

    rule: QualityRule
    month: date | None = None
    live: QualityCounts = QualityCounts()
    days: tuple[DayTally, ...] = ()
    counted_on: date | None = None


def tally_id(rule: QualityRule, day: date | None) -> str:
    """The id of the tally of a rule for a day, or for now."""
    return f"{rule.name}:{f'{day:%Y-%m}' if day else 'now'}"


def places_of(finding: QualityFinding, day_of: DayOf) -> tuple[Place, ...]:
    """What a finding counts for: that it was opened, and that it lives or how it was closed."""
    opened = Place(finding.rule, day_of(finding.open_time), "opened_count")
    if finding.state in LIVE:
        field = "open_count" if finding.state is QualityFindingState.OPEN else "dismissed_count"
        return opened, Place(finding.rule, None, field)
    assert finding.close_time is not None, f"{finding.id} is closed without a time"
    field = "mended_count" if finding.state is QualityFindingState.MENDED else "lapsed_count"
    return opened, Place(finding.rule, day_of(finding.close_time), field)


def changes(pairs: Iterable[tuple[QualityFinding | None, QualityFinding | None]], day_of: DayOf) -> Counter[Place]:
    """What changes in the tallies when these findings do; each as it was and as it is, None for one that was not there,
    or is there no more."""
    found: Counter[Place] = Counter()
    for before, after in pairs:
        found.update(places_of(after, day_of) if after else ())
        found.subtract(places_of(before, day_of) if before else ())
    return Counter({place: number for place, number in found.items() if number})


def tallied(held: Mapping[str, QualityTally], found: Counter[Place]) -> list[QualityTally]:
    """The tallies that change. held: those that are stored, by id."""
    after: dict[str, QualityTally] = {}
    for place, number in found.items():
        key, month = place.tally_id, place.day.replace(day=1) if place.day else None
        before = after.get(key) or held.get(key) or QualityTally(id=key, rule=place.rule, month=month)
        after[key] = _with(before, place, number)
    return list(after.values())


def counts_of(tallies: Iterable[QualityTally], first: date, last: date) -> dict[QualityRule, QualityCounts]:
    """The counts of every rule: of now, and of the days from `first` to `last`."""
    found = dict.fromkeys(QualityRule, QualityCounts())
    for tally in tallies:
        days = (one.counts for one in tally.days if first <= one.day <= last)
        found[tally.rule] = sum(days, found[tally.rule] + tally.live)
    return found


def _with(tally: QualityTally, place: Place, number: int) -> QualityTally:
    if place.day is None:
        return replace(tally, live=tally.live + _single(place.field, number))
    days = {one.day: one.counts for one in tally.days}
    days[place.day] = days.get(place.day, QualityCounts()) + _single(place.field, number)
    kept = (DayTally(day=day, counts=counts) for day, counts in sorted(days.items()) if counts != QualityCounts())
    return replace(tally, days=tuple(kept))


def _single(field: str, number: int) -> QualityCounts:
    fields: dict[str, Any] = {field: number}
    return QualityCounts(**fields)
