"""Hides conflicts and their fields from a partner's people; the vendor's people see all of them.

A partner must not find out by claiming who is protected. It sees conflicts only after the vendor has started the
review, when it cannot recall the claim any more, and the end of a rival's protection only after its own approval.
"""

from datetime import datetime

from msgspec.structs import replace

from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.claims.domain.viewing import IN_EARNEST
from services.deals.conflicts.domain.matching import Conflict


def sees_rivals(reg: Registration, viewer: str) -> bool:
    """Whether the viewer may learn that there are rivals. viewer: the id of the caller's partner; empty for the
    vendor's people."""
    return not viewer or reg.review in IN_EARNEST


def shown_rivals(reg: Registration, found: tuple[Conflict, ...], viewer: str) -> tuple[Conflict, ...]:
    """The conflicts of `reg` as the viewer may see them. viewer: the id of the caller's partner; empty for the vendor's
    people. A conflict with a claim of the same partner is whole. The others have no ids, partners or product lines, and
    are left out unless `reg` is open and can no longer be recalled."""
    if not viewer:
        return found
    told = sees_rivals(reg, viewer)
    decided = reg.review is Review.APPROVED
    return tuple(
        one if one.partner_id == viewer else _veiled(one, decided=decided)
        for one in found
        if told or one.partner_id == viewer
    )


def _veiled(one: Conflict, *, decided: bool) -> Conflict:
    return replace(
        one,
        registration_id="",
        partner_id="",
        cell="",
        contradictions=(),
        probability_basis_points=0,
        parts=(),
        product_lines=(),
        review=one.review if decided else None,
        protected_until=_month(one.protected_until) if decided else None,
    )


def _month(at: datetime | None) -> datetime | None:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) if at else None
