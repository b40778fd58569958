"""What a partner's people see of a claim; the vendor's people see everything.

Claiming must not be a way to ask who is protected: a partner sees the number of conflicts once the vendor has begun the
review and the claim cannot be recalled any more.
"""

from msgspec.structs import replace

from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review

IN_EARNEST = frozenset({Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED})


def shown(reg: Registration, viewer: str) -> Registration:
    """The claim as the viewer may see it. viewer: their partner, empty for the vendor's."""
    if not viewer:
        return reg
    count = reg.conflict_count if reg.review in IN_EARNEST else 0
    return replace(reg, conflict_count=count, override_reason=None)
