"""The certified persons of a partner, computed from its VALID completions, and what they open."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec

from libs.document import Document
from libs.rights import LAST_DAYS_KEPT, CertifiedTrack, Right, certified
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.domain.tracks import Gate, Track

COMPLETIONS_PER_PARTNER = 5_000  # VALID ones; all are read when one changes


class Certification(Document, frozen=True, kw_only=True):
    """The certified persons of a partner; the id is the partner's. completions: how many are VALID."""

    tracks: tuple[CertifiedTrack, ...] = ()
    completions: int = 0
    update_time: datetime


class GateStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A gate as it is for a partner on a day. last_day: the last day on which enough of those who are certified then
    still are; None if some are missing, or if none of the certificates ends."""

    right: Right
    product_line: str
    track: str
    needed: int
    certified: int
    missing: int
    last_day: date | None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """The certified persons of a partner on a day, and every gate that asks for any."""

    as_of: date
    tracks: tuple[CertifiedTrack, ...]
    gates: tuple[GateStanding, ...]


def certified_tracks(completions: Iterable[Completion], tracks: Mapping[str, Track]) -> tuple[CertifiedTrack, ...]:
    """Every track, by code, with the last days of the persons certified for it: a person is certified until the first
    of the courses of the track no longer counts. completions: of one partner; only VALID ones count."""
    held: dict[tuple[str, str], dict[str, date]] = defaultdict(dict)
    for one in completions:
        if one.state is CompletionState.VALID:
            courses = held[one.track, one.contact_id]
            courses[one.course] = max(one.ends, courses.get(one.course, date.min))
    days: dict[str, list[date]] = defaultdict(list)
    for (code, _), courses in held.items():
        if code in tracks and all(course.code in courses for course in tracks[code].courses):
            days[code].append(min(courses[course.code] for course in tracks[code].courses))
    return tuple(
        CertifiedTrack(track=code, last_days=tuple(sorted(found, reverse=True)[:LAST_DAYS_KEPT]))
        for code, found in sorted(days.items())
    )


def explain(tracks: tuple[CertifiedTrack, ...], gates: Iterable[Gate], *, today: date) -> Explained:
    """The tracks with the persons certified today, and the gates; those that are missing persons first."""
    holding = [
        CertifiedTrack(track=one.track, last_days=tuple(day for day in one.last_days if day >= today)) for one in tracks
    ]
    held = tuple(one for one in holding if one.last_days)
    standings = [_standing(held, gate, today) for gate in gates if gate.persons]
    order = sorted(standings, key=lambda one: (not one.missing, one.right.name, one.product_line, one.track))
    return Explained(as_of=today, tracks=held, gates=tuple(order))


def _standing(held: tuple[CertifiedTrack, ...], gate: Gate, today: date) -> GateStanding:
    have = certified(held, gate.track, on=today)
    days = [day for one in held if one.track == gate.track for day in one.last_days]
    last = days[gate.persons - 1] if have >= gate.persons else date.max
    return GateStanding(
        right=gate.right,
        product_line=gate.product_line,
        track=gate.track,
        needed=gate.persons,
        certified=have,
        missing=max(0, gate.persons - have),
        last_day=None if last == date.max else last,
    )
