"""What a partner's people see of a claim and its rivals; the vendor's see everything.

Claiming must not be a way to ask who is protected. So a partner is told of rivals once the vendor has begun the review
and the claim cannot be recalled any more; and of their dates once the vendor has decided.
"""

from datetime import datetime

from msgspec.structs import replace

from services.deals.domain.matching import Conflict
from services.deals.domain.registration import Registration
from services.deals.domain.states import Review

IN_EARNEST = frozenset({Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED})


def shown(reg: Registration, viewer: str) -> Registration:
    """The claim as the viewer may see it. viewer: their partner, empty for the vendor's."""
    if not viewer:
        return reg
    count = reg.conflict_count if reg.review in IN_EARNEST else 0
    return replace(reg, conflict_count=count, override_reason=None)


def shown_rivals(reg: Registration, found: tuple[Conflict, ...], viewer: str) -> tuple[Conflict, ...]:
    """The conflicts of a claim as the viewer may see them: those with claims of their own partner whole, the others
    without whose they are, and only of an open claim that was made in earnest."""
    if not viewer:
        return found
    told = reg.review in IN_EARNEST
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
        contradictions=(),
        product_lines=(),
        review=one.review if decided else None,
        protected_until=_month(one.protected_until) if decided else None,
    )


def _month(at: datetime | None) -> datetime | None:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) if at else None
