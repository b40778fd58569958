"""Tracks with their courses, and the gates that ask for certified persons of a track."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, Violation
from libs.rights import Right
from services.partners.certification.events import GateSet, TrackCreated

CATALOGUE = "catalogue"  # the id of the totals
TRACKS_AT_MOST = GATES_AT_MOST = 500


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A course. valid_months: for how many calendar months a completion counts; 0: without end."""

    code: str
    name: str = ""
    valid_months: int = 0


class Track(Document, frozen=True, kw_only=True):
    """The courses that make a certified person. It never changes, so a certificate means the same for ever."""

    code: str
    name: str = ""
    product_line: str = ""
    courses: tuple[Course, ...]
    create_time: datetime
    update_time: datetime

    def course(self, code: str) -> Course | None:
        """The course with this code; None if the track has none."""
        return next((one for one in self.courses if one.code == code), None)


class Gate(Document, frozen=True, kw_only=True):
    """How many certified persons of a track a right takes; 0: the gate is open. Empty product line: every one."""

    right: Right
    product_line: str = ""
    track: str
    persons: int
    create_time: datetime
    update_time: datetime


class CatalogueTotals(Document, frozen=True, kw_only=True):
    """How many tracks and gates the cell has, open gates included. Every new one writes it."""

    tracks: int = 0
    gates: int = 0


class CatalogueFull(AppError):
    """The cell has the maximum number of tracks, or of gates."""

    code, reason = Code.FAILED_PRECONDITION, "CATALOGUE_FULL"

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(f"the cell has {limit} {kind}s, the most there can be", kind=kind, limit=limit)


def course_violations(courses: Sequence[Course]) -> list[Violation]:
    """A DUPLICATE_COURSE for each course with the code of an earlier one."""
    codes = [one.code for one in courses]
    return [
        Violation(f"courses[{place}].code", f"{code} stands there twice", "DUPLICATE_COURSE")
        for place, code in enumerate(codes)
        if code in codes[:place]
    ]


def created(track: Track, totals: CatalogueTotals) -> tuple[CatalogueTotals, TrackCreated]:
    """The totals with the new track, and its event; CatalogueFull."""
    if totals.tracks >= TRACKS_AT_MOST:
        raise CatalogueFull("track", TRACKS_AT_MOST)
    return replace(totals, tracks=totals.tracks + 1), TrackCreated(track_id=track.id, code=track.code)


def with_gate(totals: CatalogueTotals) -> CatalogueTotals:
    """The totals with one more gate; CatalogueFull."""
    if totals.gates >= GATES_AT_MOST:
        raise CatalogueFull("gate", GATES_AT_MOST)
    return replace(totals, gates=totals.gates + 1)


def gate_set(gate: Gate) -> GateSet:
    """The event that a gate was set. gate: as it is now."""
    return GateSet(
        gate_id=gate.id, right=gate.right, product_line=gate.product_line, track=gate.track, persons=gate.persons
    )
