"""Determines which conflicts block an approval, and records an approval in spite of them."""

from datetime import datetime

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation
from libs.person import PersonalText
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import OverrideReason, Review
from services.deals.conflicts.domain.keys import SLOT_KEYS
from services.deals.conflicts.domain.matching import Conflict
from services.deals.conflicts.events import ConflictOverridden

OVERRIDDEN_NAMED = 50


class CustomerProtected(AppError):
    """Another partner's protected claim has a product line in common and a score that reaches the threshold."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_PROTECTED"

    def __init__(self, id: str, score: int, threshold: int, *, cell: str = "") -> None:
        rival = f"registration {id}" if id else f"a registration of the cell {cell}"
        super().__init__(
            f"{rival} protects this customer for the same product lines: it matches with {score}, {threshold} is"
            " enough",
            id=id,
            cell=cell,
            score=score,
            threshold=threshold,
        )


class CellsPending(AppError):
    """Policy lets nobody approve a claim before every other cell has answered."""

    code, reason = Code.UNAVAILABLE, "CELLS_PENDING"
    retry_after_seconds = 60.0

    def __init__(self, cells: tuple[str, ...]) -> None:
        super().__init__(
            f"the cells {', '.join(cells)} have not answered whether they know the customer; nothing was changed",
            cells=",".join(cells),
        )


def blocking(found: tuple[Conflict, ...], *, threshold: int, now: datetime) -> tuple[Conflict, ...]:
    """The conflicts that block an approval, in their given order: claims of other partners that are protected now, have
    a product line in common and a score of `threshold` or more."""
    return tuple(
        one
        for one in found
        if one.review is Review.APPROVED
        and one.protected_until is not None
        and one.protected_until > now
        and not one.same_partner
        and one.product_lines
        and one.score >= threshold
    )


def linked_by_likeness(found: tuple[Conflict, ...], *, threshold: int) -> tuple[str, ...]:
    """The claims of other partners that could block an approval and share no key, so no slot, with the claim."""
    return tuple(
        one.registration_id
        for one in found
        if not one.same_partner
        and one.registration_id
        and one.score >= threshold
        and not any(reason.key in SLOT_KEYS for reason in one.reasons)
    )


def refuse_protected(found: tuple[Conflict, ...], *, threshold: int) -> None:
    """CustomerProtected for the first conflict, if there is any. found: the result of `blocking`."""
    if found:
        first = found[0]
        raise CustomerProtected(first.registration_id, first.score, threshold, cell=first.cell)


def override(
    reg: Registration, reason: OverrideReason, found: tuple[Conflict, ...]
) -> tuple[Registration, ConflictOverridden]:
    """The approved claim with the reason of the override, and its event. found: the result of `blocking`, not empty."""
    event = ConflictOverridden(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        reason=reason,
        score=found[0].score,
        overridden_registration_ids=tuple(one.registration_id for one in found if not one.cell)[:OVERRIDDEN_NAMED],
        overridden_cells=tuple(one.cell for one in found if one.cell),
    )
    return replace(reg, override_reason=reason), event


def refuse_unexplained(reason: OverrideReason | None, note: PersonalText | None) -> None:
    """InvalidInput if the reason is OTHER and the note is missing or blank."""
    said = note.text.strip() if note else ""
    if reason is OverrideReason.OTHER and not said:
        raise InvalidInput([Violation("decision_note", "is needed where override_reason is OTHER", "REQUIRED")])
