"""Short ways to write instants, rules and what a deadline says, as they stand on a wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from libs.deadlines import Allowance, Calendar, Deadline, Hours, Rule, Segment, round_the_clock
from libs.deadlines.calendars import DAYS_PER_WEEK

OFFICE = (Hours(9 * 60, 17 * 60),)


def rule(allowance: Allowance) -> Rule:
    """A rule with this allowance."""
    return Rule("reply", 3, allowance)


def wall(zone: str, text: str, *, fold: int = 0) -> datetime:
    """The instant at which a clock in the zone shows `2026-03-29 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def office(zone: str, *, hours: tuple[Hours, ...] = OFFICE, days: int = 5) -> Calendar:
    """Monday to Friday without a country."""
    weekly = tuple(hours if day < days else () for day in range(DAYS_PER_WEEK))
    return Calendar(id="office", version=1, time_zone=zone, weekly=weekly)


def always(zone: str) -> Calendar:
    """Open day and night."""
    return round_the_clock(zone)


def told(deadline: Deadline, zone: str) -> list[tuple[str, str, str, str]]:
    """The segments as rows: until when by the wall, what it is, hours counted, note."""
    return [_row(one, zone) for one in deadline.segments]


def _row(one: Segment, zone: str) -> tuple[str, str, str, str]:
    return f"{one.end.astimezone(ZoneInfo(zone)):%m-%d %H:%M}", one.kind.name, f"{one.counted / HOUR:g}", one.note


HOUR = timedelta(hours=1)
