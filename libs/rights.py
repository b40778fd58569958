"""What a partner may do with a product line: agreements, gates and certified persons, as deals and orders keep them
from the events of the partners service. They contain no personal data.

Agreements and certificates are compared with a day, so a right ends with its last day whatever events are late.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from enum import Enum

import msgspec

from libs.document import Facts
from libs.errors import AppError, Code

LAST_DAYS_KEPT = 50  # per track, and so the most persons that a gate can ask for


class Right(Enum):
    """What a gate can stop: the submission of a deal registration, the confirmation of an order."""

    REGISTERING = "REGISTERING"
    ORDERING = "ORDERING"


class CertifiedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """The last days of the persons certified for a track (its code), the latest first; date.max: without end."""

    track: str
    last_days: tuple[date, ...]


class CertificationFacts(Facts, frozen=True, kw_only=True):
    """The certified persons of a partner; the id is the partner's."""

    tracks: tuple[CertifiedTrack, ...] = ()


class GateFacts(Facts, frozen=True, kw_only=True):
    """How many certified persons of a track a right takes; 0: none, the gate is open. Empty product line: every
    one."""

    right: Right
    product_line: str
    track: str
    persons: int


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Certified persons that a right takes and a partner does not have."""

    track: str
    product_line: str
    needed: int
    certified: int

    def __str__(self) -> str:
        line = self.product_line or "every product line"
        return f"{line} takes {self.needed} certified persons of track {self.track}, {self.certified} are certified"


class NotCertified(AppError):
    """The partner has too few certified persons for the right; the metadata has the first gate that is short, the
    message names all. A certification helps, or an exception of the vendor."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_CERTIFIED"

    def __init__(self, partner_id: str, right: Right, missing: tuple[Missing, ...]) -> None:
        first = missing[0]
        super().__init__(
            f"{right.name} of partner {partner_id}: {'; '.join(map(str, missing))}",
            partner_id=partner_id,
            right=right.name,
            track=first.track,
            product_line=first.product_line,
            needed=first.needed,
            certified=first.certified,
        )


def certified(tracks: Iterable[CertifiedTrack], track: str, *, on: date) -> int:
    """How many persons are certified for a track on a day."""
    return sum(day >= on for one in tracks if one.track == track for day in one.last_days)


def missing_for(
    gates: Iterable[GateFacts],
    tracks: Collection[CertifiedTrack],
    right: Right,
    *,
    product_lines: frozenset[str],
    on: date,
) -> tuple[Missing, ...]:
    """What the partner with these tracks lacks for the right to all of these product lines on a day, in the order of
    the product lines and tracks."""
    found = [
        Missing(track=gate.track, product_line=gate.product_line, needed=gate.persons, certified=have)
        for gate in gates
        if gate.right is right and (not gate.product_line or gate.product_line in product_lines)
        if (have := certified(tracks, gate.track, on=on)) < gate.persons
    ]
    return tuple(sorted(found, key=lambda one: (one.product_line, one.track)))


class AgreementState(Enum):
    """The state of an agreement."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACTIVE = "ACTIVE"
    NOTICE_GIVEN = "NOTICE_GIVEN"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    SUPERSEDED = "SUPERSEDED"


UNSIGNED = frozenset({AgreementState.DRAFT, AgreementState.SENT})


class ClauseSubject(Enum):
    """What a clause of an agreement is about."""

    PRODUCT_LINES = "PRODUCT_LINES"
    TERRITORY = "TERRITORY"
    REGISTERING = "REGISTERING"
    FUNDS = "FUNDS"
    DOWNLINE = "DOWNLINE"
    TERM = "TERM"
    OTHER = "OTHER"
    SELECTIVE_DISTRIBUTION = "SELECTIVE_DISTRIBUTION"


class NamedClause(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a clause."""

    subject: ClauseSubject
    number: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A country, or a subdivision of it; empty: the whole country."""

    country: str
    subdivision: str = ""

    def covers(self, other: "Place") -> bool:
        """Whether the other place lies in this one."""
        return self.country == other.country and self.subdivision in ("", other.subdivision)


class AgreementFacts(Facts, frozen=True, kw_only=True):
    """What an agreement allows a partner. last_day: None: no end is known. Empty product lines or places: all."""

    partner_id: str
    state: AgreementState
    valid_from: date
    last_day: date | None = None
    product_lines: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    registering: bool = False
    clauses: tuple[NamedClause, ...] = ()

    def has_begun(self, on: date) -> bool:
        """Whether it was in force on that day or before."""
        real = self.state not in UNSIGNED and (self.last_day is None or self.valid_from <= self.last_day)
        return real and self.valid_from <= on

    def in_force(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.has_begun(on) and (self.last_day is None or on <= self.last_day)

    def lacks(self, right: Right, *, place: Place, product_line: str) -> "Iterator[Lacking]":
        """What it does not allow, by the clause that says so."""
        if right is Right.REGISTERING and not self.registering:
            yield self.named(ClauseSubject.REGISTERING)
        if self.product_lines and product_line not in self.product_lines:
            yield self.named(ClauseSubject.PRODUCT_LINES, product_line)
        if self.places and not any(one.covers(place) for one in self.places):
            yield self.named(ClauseSubject.TERRITORY)

    def named(self, subject: ClauseSubject, product_line: str = "") -> "Lacking":
        """The clause about a subject, as what stands against a right."""
        numbers = [one.number for one in self.clauses if one.subject is subject]
        return Lacking(agreement_id=self.id, subject=subject, clause=", ".join(numbers), product_line=product_line)


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Why agreements do not allow something. agreement_id: empty if the partner never had one in force. subject: TERM
    if none is in force today. clause: the numbers in the agreement, empty if it names none. product_line: that is not
    in the agreement."""

    agreement_id: str
    subject: ClauseSubject
    clause: str = ""
    product_line: str = ""

    def __str__(self) -> str:
        if not self.agreement_id:
            return "no agreement has been in force"
        clause = f" (clause {self.clause})" if self.clause else ""
        if self.subject is ClauseSubject.TERM:
            return f"agreement {self.agreement_id} has ended{clause}"
        what = f"{self.subject.name} {self.product_line}".rstrip()
        return f"agreement {self.agreement_id} does not allow {what}{clause}"


class NoAgreement(AppError):
    """No agreement of the partner in force allows this; the metadata has the first reason, the message all. Another
    agreement helps."""

    code, reason = Code.FAILED_PRECONDITION, "NO_AGREEMENT"

    def __init__(self, partner_id: str, wanted: Right | ClauseSubject, lacking: tuple[Lacking, ...]) -> None:
        first = lacking[0]
        super().__init__(
            f"{wanted.name} of partner {partner_id}: {'; '.join(map(str, lacking))}",
            partner_id=partner_id,
            right=wanted.name,
            agreement_id=first.agreement_id,
            subject=first.subject.name,
            clause=first.clause,
            product_line=first.product_line,
        )


def lacking_for(
    agreements: Iterable[AgreementFacts],
    right: Right,
    *,
    place: Place,
    product_lines: frozenset[str],
    on: date,
    required: bool,
) -> tuple[Lacking, ...]:
    """Why the agreements of a partner do not allow the right there for all of these product lines on a day. One
    agreement must allow all that a product line needs; the newest one in force is named. required: whether a partner
    that never had an agreement in force has no right."""
    begun = [one for one in agreements if one.has_begun(on)]
    if not begun:
        return (Lacking(agreement_id="", subject=ClauseSubject.TERM),) if required else ()
    in_force = sorted((one for one in begun if one.in_force(on)), key=lambda one: (one.valid_from, one.id))
    if not in_force:
        last = max(begun, key=lambda one: (one.last_day or date.max, one.id))
        return (last.named(ClauseSubject.TERM),)
    found: dict[Lacking, None] = {}
    for line in sorted(product_lines):
        if all(any(one.lacks(right, place=place, product_line=line)) for one in in_force):
            found |= dict.fromkeys(in_force[-1].lacks(right, place=place, product_line=line))
    return tuple(found)
