"""When two claims are about the same customer, and how sure that is."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.document import Document
from libs.errors import AppError, Code
from services.deals.domain.registration import Registration
from services.deals.domain.states import MatchKey, Review

SCORES = {MatchKey.REGISTRATION_ID: 100, MatchKey.DOMAIN: 85, MatchKey.NAME: 75, MatchKey.PHONE: 60}
FURTHER_KEY = 5  # each key beyond the best one adds certainty
SCORE_LIMIT = 100
CLAIMS_PER_KEY = 2_000


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
    """Another partner's matching claim on the same products is protected."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_PROTECTED"

    def __init__(self, id: str) -> None:
        super().__init__(f"registration {id} protects this customer for the same product lines", id=id)


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
    """One key in common, and how much it says alone."""

    key: MatchKey
    score: int


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Another claim on the same customer, with everything that speaks for it."""

    registration_id: str
    partner_id: str
    score: int
    reasons: tuple[MatchReason, ...]
    review: Review
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
    return Conflict(
        registration_id=other.id,
        partner_id=other.partner_id,
        score=match.score,
        reasons=tuple(MatchReason(key, SCORES[key]) for key in match.keys),
        review=other.review,
        earlier=_first_claimed(other) < _first_claimed(reg),
        same_partner=other.partner_id == reg.partner_id,
        same_country=other.customer.country == reg.customer.country,
        product_lines=tuple(sorted(common)),
        protected_until=other.protected_until,
    )


def hidden(one: Conflict, viewer: str) -> Conflict:
    """The conflict as the viewer may see it: a partner's people are told of their own only whose it is. viewer: their
    partner, empty for the vendor's."""
    if viewer in ("", one.partner_id):
        return one
    return msgspec.structs.replace(one, registration_id="", partner_id="")


def refuse_protected(reg: Registration, found: tuple[Conflict, ...], *, now: datetime) -> None:
    """CustomerProtected if another partner's matching claim on a common product line is protected now."""
    for one in found:
        protected = one.review is Review.APPROVED and one.protected_until is not None and one.protected_until > now
        if protected and not one.same_partner and one.product_lines:
            raise CustomerProtected(one.registration_id)


def _first_claimed(reg: Registration) -> tuple[datetime, str]:
    return reg.submit_time or reg.create_time, reg.id
