"""The split of a deal's credit. A row is never changed; on a day the last row counts of those that are effective then.

A partner's own share is kept apart in rows of its own, so that its people need nothing that says who else has one. It
gets one only when its own part changes.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation

WHOLE = 10_000  # basis points
REVISIONS = 100  # rows of a claim


class CreditRole(Enum):
    """What a partner is credited for."""

    SOURCED = "SOURCED"
    SOLD = "SOLD"
    DESIGNED = "DESIGNED"
    DELIVERED = "DELIVERED"
    SUPPORTED = "SUPPORTED"


class CreditSplitReason(Enum):
    """Why there is a row."""

    AGREED = "AGREED"
    WORK_CHANGED = "WORK_CHANGED"
    CORRECTION = "CORRECTION"
    DECIDED = "DECIDED"


class CreditPart(msgspec.Struct, frozen=True, kw_only=True):
    """The share of one partner for one role, in basis points."""

    partner_id: str
    role: CreditRole
    basis_points: int


class CreditRolePart(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner has for one role, in basis points."""

    role: CreditRole
    basis_points: int


class CreditSplitRow(msgspec.Struct, frozen=True, kw_only=True):
    """One split."""

    revision: int
    effective_date: date
    parts: tuple[CreditPart, ...]
    reason: CreditSplitReason
    record_time: datetime


class CreditSplit(Document, frozen=True, kw_only=True):
    """All rows of a claim; the id is that of the claim."""

    rows: tuple[CreditSplitRow, ...] = ()


class CreditShare(Document, frozen=True, kw_only=True):
    """What a partner has from a day on. registration_id: of its own claim, else empty. deal_key: the same for all its
    shares in one deal. parts: none if it has nothing any more."""

    partner_id: str
    registration_id: str = ""
    deal_key: str
    effective_date: date
    parts: tuple[CreditRolePart, ...] = ()
    record_time: datetime

    @property
    def basis_points(self) -> int:
        """Its sum."""
        return sum(one.basis_points for one in self.parts)

    @property
    def rest_basis_points(self) -> int:
        """What all others have together."""
        return WHOLE - self.basis_points


class TooManyRevisions(AppError):
    """The split has as many rows as one may have."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_REVISIONS"

    def __init__(self, id: str) -> None:
        super().__init__(f"the split of {id} has {REVISIONS} rows already", id=id, limit=REVISIONS)


def refuse_wrong(parts: Sequence[CreditPart], effective: date) -> None:
    """InvalidInput with every fault: NOT_WHOLE, REPEATED, a day before 1970."""
    wrong = list(first_day_violations("effective_date", effective))
    together = sum(one.basis_points for one in parts)
    if together != WHOLE:
        wrong.append(Violation("parts", f"sum to {together} basis points, not to {WHOLE}", "NOT_WHOLE"))
    seen = set()
    for place, one in enumerate(parts):
        if (one.partner_id, one.role) in seen:
            wrong.append(Violation(f"parts[{place}]", "the partner has a share for this role already", "REPEATED"))
        seen.add((one.partner_id, one.role))
    if wrong:
        raise InvalidInput(wrong)


def added(
    split: CreditSplit, parts: tuple[CreditPart, ...], *, effective: date, reason: CreditSplitReason, now: datetime
) -> CreditSplit:
    """The split with a further row; unchanged if the last row says the same. TooManyRevisions."""
    last = split.rows[-1] if split.rows else None
    if last and (last.parts, last.effective_date, last.reason) == (parts, effective, reason):
        return split
    if len(split.rows) >= REVISIONS:
        raise TooManyRevisions(split.id)
    row = CreditSplitRow(
        revision=len(split.rows) + 1, effective_date=effective, parts=parts, reason=reason, record_time=now
    )
    return replace(split, rows=(*split.rows, row))


def current(split: CreditSplit, on: date) -> CreditSplitRow | None:
    """The row that counts on a day; None if none does."""
    return next((row for row in reversed(split.rows) if row.effective_date <= on), None)


def own_parts(row: CreditSplitRow | None, partner_id: str) -> tuple[CreditRolePart, ...]:
    """What a partner has in a row, by role."""
    parts = [one for one in row.parts if one.partner_id == partner_id] if row else []
    own = (CreditRolePart(role=one.role, basis_points=one.basis_points) for one in parts)
    return tuple(sorted(own, key=lambda one: one.role.name))


def concerned(before: CreditSplit, after: CreditSplit) -> tuple[str, ...]:
    """The partners whose own part differs on some day since the last row was added."""
    row = after.rows[-1]
    days = {row.effective_date, *(one.effective_date for one in before.rows if one.effective_date > row.effective_date)}
    partners = {part.partner_id for one in after.rows for part in one.parts}

    def differs(partner: str) -> bool:
        own = own_parts(row, partner)
        return any(own_parts(current(before, day), partner) != own for day in days)

    return tuple(sorted(filter(differs, partners)))
