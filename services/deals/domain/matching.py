"""When two claims are about the same customer, and how sure that is."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.document import Document
from libs.errors import AppError, Code
from services.deals.domain.differences import differences
from services.deals.domain.events import ConflictOverridden
from services.deals.domain.registration import Registration
from services.deals.domain.states import MatchKey, OverrideReason, Review

SCORES = {MatchKey.REGISTRATION_ID: 100, MatchKey.DOMAIN: 85, MatchKey.NAME: 75, MatchKey.PHONE: 60}
FURTHER_KEY = 5  # each key beyond the best one adds certainty
AGAINST = {MatchKey.REGISTRATION_ID: 60, MatchKey.DOMAIN: 20}  # what a difference in a strong key takes off
OVERRIDDEN_NAMED = 50
SCORE_LEAST, SCORE_LIMIT = 1, 100
CLAIMS_PER_KEY = 2_000
KEY_RULES = 2  # raised whenever a release makes keys another way; open claims are keyed anew then


class Claim(msgspec.Struct, frozen=True):
    """A registration that holds a key."""

    registration_id: str
    partner_id: str


class KeySlot(Document, frozen=True, kw_only=True):
    """Who claims a key now. The id is the kind of key and a hash of its value; two submissions with a common key both
    write its slot, so that the later one sees the earlier."""

    claims: tuple[Claim, ...] = ()


class TooManyClaims(AppError):
    """A key that thousands share recognises nobody."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CLAIMS_ON_KEY"

    def __init__(self, key: MatchKey) -> None:
        super().__init__(
            f"{CLAIMS_PER_KEY} open claims share this customer's {key.name}", key=key.name, limit=CLAIMS_PER_KEY
        )


class CustomerProtected(AppError):
    """Another partner's claim on the same products is protected, and its customer is the same with enough certainty."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_PROTECTED"

    def __init__(self, id: str, score: int, threshold: int) -> None:
        super().__init__(
            f"registration {id} protects this customer for the same product lines: it matches with {score}, {threshold}"
            " is enough",
            id=id,
            score=score,
            threshold=threshold,
        )


class Match(NamedTuple):
    """Another claim and the keys it has in common with ours."""

    claim: Claim
    keys: tuple[MatchKey, ...]

    @property
    def score(self) -> int:
        """0 to 100: the best key's certainty, a little more for each further key."""
        scores = [SCORES[key] for key in self.keys]
        return min(SCORE_LIMIT, max(scores) + FURTHER_KEY * (len(scores) - 1))


class MatchReason(msgspec.Struct, frozen=True):
    """One key in common, and how much it says alone; or one that differs, and what that takes off."""

    key: MatchKey
    score: int


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Another claim on what may be the same customer, with everything that speaks for it and against it."""

    registration_id: str
    partner_id: str
    score: int
    reasons: tuple[MatchReason, ...]
    contradictions: tuple[MatchReason, ...] = ()
    review: Review | None
    earlier: bool
    same_partner: bool
    same_country: bool
    product_lines: tuple[str, ...]
    protected_until: datetime | None


def key_of(slot_id: str) -> MatchKey:
    """The kind of key a slot is for."""
    return MatchKey(slot_id.split(":", 1)[0])


def claim(slot: KeySlot, reg: Registration) -> KeySlot:
    """The slot with the registration in it."""
    if any(held.registration_id == reg.id for held in slot.claims):
        return slot
    if len(slot.claims) >= CLAIMS_PER_KEY:
        raise TooManyClaims(key_of(slot.id))
    return msgspec.structs.replace(slot, claims=(*slot.claims, Claim(reg.id, reg.partner_id)))


def has_room(slot: KeySlot, reg: Registration) -> bool:
    """Whether `claim` would not refuse."""
    return len(slot.claims) < CLAIMS_PER_KEY or any(held.registration_id == reg.id for held in slot.claims)


def release(slot: KeySlot, registration_id: str) -> KeySlot:
    """The slot without the registration."""
    left = tuple(held for held in slot.claims if held.registration_id != registration_id)
    return msgspec.structs.replace(slot, claims=left)


def matches(reg: Registration, slots: tuple[KeySlot, ...]) -> tuple[Match, ...]:
    """Every other claim in the slots, best first, then the longest known."""
    found: dict[Claim, list[MatchKey]] = {}
    for slot in slots:
        for held in slot.claims:
            if held.registration_id != reg.id:
                found.setdefault(held, []).append(key_of(slot.id))
    together = [Match(held, tuple(sorted(keys, key=lambda key: -SCORES[key]))) for held, keys in found.items()]
    return tuple(sorted(together, key=lambda match: (-match.score, match.claim.registration_id)))


def conflict(reg: Registration, other: Registration, match: Match) -> Conflict:
    """What is to be known of a match, as things stand with the other claim."""
    common = reg.product_lines & other.product_lines
    against = tuple(MatchReason(key, AGAINST[key]) for key in differences(reg.customer, other.customer))
    return Conflict(
        registration_id=other.id,
        partner_id=other.partner_id,
        score=max(SCORE_LEAST, match.score - sum(one.score for one in against)),
        reasons=tuple(MatchReason(key, SCORES[key]) for key in match.keys),
        contradictions=against,
        review=other.review,
        earlier=_first_claimed(other) < _first_claimed(reg),
        same_partner=other.partner_id == reg.partner_id,
        same_country=other.customer.country == reg.customer.country,
        product_lines=tuple(sorted(common)),
        protected_until=other.protected_until,
    )


def blocking(found: tuple[Conflict, ...], *, threshold: int, now: datetime) -> tuple[Conflict, ...]:
    """The conflicts that an approval has to yield to, in their order: another partner's claim on a common product line
    that is protected now, with a score of `threshold` or more."""
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


def refuse_protected(found: tuple[Conflict, ...], *, threshold: int) -> None:
    """CustomerProtected if anything blocks. found: as `blocking` returns it."""
    if found:
        raise CustomerProtected(found[0].registration_id, found[0].score, threshold)


def override(
    reg: Registration, reason: OverrideReason, found: tuple[Conflict, ...]
) -> tuple[Registration, ConflictOverridden]:
    """The claim, approved in spite of what blocks it. found: as `blocking` returns it, not empty."""
    event = ConflictOverridden(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        reason=reason,
        score=found[0].score,
        overridden_registration_ids=tuple(one.registration_id for one in found[:OVERRIDDEN_NAMED]),
    )
    return msgspec.structs.replace(reg, override_reason=reason), event


def _first_claimed(reg: Registration) -> tuple[datetime, str]:
    return reg.submit_time or reg.create_time, reg.id
