"""Hides fields of a claim from the partner's people; the vendor's people see all of them.

A partner must not find out by claiming who is protected, so it sees the number of conflicts only after the vendor has
started the review: from then on it cannot recall the claim.
"""

from msgspec.structs import replace

from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review

IN_EARNEST = frozenset({Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED})


def shown(reg: Registration, viewer: str) -> Registration:
    """The claim as the viewer may see it. viewer: the id of the caller's partner; empty for the vendor's people."""
    if not viewer:
        return reg
    count = reg.conflict_count if reg.review in IN_EARNEST else 0
    steps = tuple(replace(one, decided_by="", decided_for="") for one in reg.approval_steps)
    return replace(reg, conflict_count=count, near_match_count=0, override_reason=None, approval_steps=steps)
