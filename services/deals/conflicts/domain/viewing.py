"""What a partner's people see of the rivals of a claim; the vendor's people see everything.

Claiming must not be a way to ask who is protected: a partner sees conflicts once the vendor has begun the review and
the claim cannot be recalled any more, and of their dates once the vendor has decided.
"""

from datetime import datetime

from msgspec.structs import replace

from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.claims.domain.viewing import IN_EARNEST
from services.deals.conflicts.domain.matching import Conflict


def shown_rivals(reg: Registration, found: tuple[Conflict, ...], viewer: str) -> tuple[Conflict, ...]:
    """The conflicts of a claim as the viewer may see them: whole those with claims of their own partner; the others
    without ids, partners and product lines, and only of an open claim that cannot be recalled any more."""
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
