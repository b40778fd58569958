"""Finds claims on the same customer by their common keys, and scores how certain each match is."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from libs.cross_checks.domain import Finding
from libs.document import Document
from libs.errors import AppError, Code
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.conflicts.domain.differences import differences
from services.deals.conflicts.domain.keys import KEY_RULES, MatchKey, key_of
from services.deals.conflicts.events import ConflictFound

SCORES = {MatchKey.REGISTRATION_ID: 100, MatchKey.DOMAIN: 85, MatchKey.NAME: 75, MatchKey.PHONE: 60}
FURTHER_KEY = 5  # each key beyond the best one adds certainty
AGAINST = {MatchKey.REGISTRATION_ID: 60, MatchKey.DOMAIN: 20}  # what a difference in a strong key takes off
SCORE_LEAST, SCORE_LIMIT = 1, 100
CLAIMS_PER_KEY = 2_000


class Claim(msgspec.Struct, frozen=True):
    """An open registration that is listed in a slot."""

    registration_id: str
    partner_id: str


class KeySlot(Document, frozen=True, kw_only=True):
    """The open claims on a key. Its id is the kind of key and a hash of the value. Two submissions with a common key
    both write its slot, so the version check makes the later one read the earlier."""

    claims: tuple[Claim, ...] = ()


class TooManyClaims(AppError):
    """The slot of a key has CLAIMS_PER_KEY claims: a key that so many share identifies no customer."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CLAIMS_ON_KEY"

    def __init__(self, key: MatchKey) -> None:
        super().__init__(
            f"{CLAIMS_PER_KEY} open claims share this customer's {key.name}", key=key.name, limit=CLAIMS_PER_KEY
        )


class Match(NamedTuple):
    """Another claim, and the keys that it shares with the claim at hand, best first."""

    claim: Claim
    keys: tuple[MatchKey, ...]

    @property
    def score(self) -> int:
        """See `score_of`."""
        return score_of(self.keys)


class MatchReason(msgspec.Struct, frozen=True):
    """A common key with the points that it scores alone, or a key that differs with the points that it deducts."""

    key: MatchKey
    score: int


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Another claim on what may be the same customer, its score, and the reasons for and against a match. review,
    protected_until: of the other claim. earlier: whether the other claim was submitted first. product_lines: those that
    both claim. cell: of a claim of another cell, else empty."""

    registration_id: str
    partner_id: str
    score: int
    cell: str = ""
    reasons: tuple[MatchReason, ...]
    contradictions: tuple[MatchReason, ...] = ()
    review: Review | None
    earlier: bool
    same_partner: bool
    same_country: bool
    product_lines: tuple[str, ...]
    protected_until: datetime | None


def score_of(keys: Iterable[MatchKey]) -> int:
    """Points for keys that agree, SCORE_LIMIT at most: those of the best key, and FURTHER_KEY for each further key."""
    scores = [SCORES[key] for key in keys]
    return min(SCORE_LIMIT, max(scores) + FURTHER_KEY * (len(scores) - 1))


def claim(slot: KeySlot, reg: Registration) -> KeySlot:
    """The slot with the registration added; TooManyClaims if the slot is full."""
    if any(loaded.registration_id == reg.id for loaded in slot.claims):
        return slot
    if len(slot.claims) >= CLAIMS_PER_KEY:
        raise TooManyClaims(key_of(slot.id))
    return msgspec.structs.replace(slot, claims=(*slot.claims, Claim(reg.id, reg.partner_id)))


def has_room(slot: KeySlot, reg: Registration) -> bool:
    """Whether `claim` would succeed."""
    return len(slot.claims) < CLAIMS_PER_KEY or any(loaded.registration_id == reg.id for loaded in slot.claims)


def release(slot: KeySlot, registration_id: str) -> KeySlot:
    """The slot without the registration."""
    left = tuple(loaded for loaded in slot.claims if loaded.registration_id != registration_id)
    return msgspec.structs.replace(slot, claims=left)


def has_outdated_keys(reg: Registration) -> bool:
    """Whether the keys of the registration were computed by the rules of an earlier release."""
    return reg.keys_version < KEY_RULES


def rekeyed(reg: Registration, keys: tuple[str, ...]) -> Registration | None:
    """The claim with `keys`, which present rules computed; None if it is not open or its keys are not outdated."""
    if reg.review not in CLAIMING or not has_outdated_keys(reg):
        return None
    return msgspec.structs.replace(reg, keys=keys, keys_version=KEY_RULES)


def matches(reg: Registration, slots: tuple[KeySlot, ...]) -> tuple[Match, ...]:
    """A match for every other claim in the slots: best score first, then by registration id."""
    found: dict[Claim, list[MatchKey]] = {}
    for slot in slots:
        for loaded in slot.claims:
            if loaded.registration_id != reg.id:
                found.setdefault(loaded, []).append(key_of(slot.id))
    together = [Match(loaded, tuple(sorted(keys, key=lambda key: -SCORES[key]))) for loaded, keys in found.items()]
    return tuple(sorted(together, key=lambda match: (-match.score, match.claim.registration_id)))


def conflict(reg: Registration, other: Registration, match: Match) -> Conflict:
    """The conflict for a match. other: the present state of the claim that `match` names."""
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


def hit_of(cell: str, findings: Iterable[Finding], reg: Registration, *, threshold: int, zone: tzinfo) -> Conflict:
    """The conflict with the claims of another cell, which tells of them no more than `findings`. threshold: the score
    at which a claim blocks, which a hit has at least. zone: by which the months of protection end."""
    common = [one for one in findings if one.product_line in reg.product_lines]
    month = max((one.month for one in common), default="")
    return Conflict(
        registration_id="",
        partner_id="",
        cell=cell,
        score=threshold,
        reasons=(),
        review=Review.APPROVED if month else None,
        earlier=False,
        same_partner=False,
        same_country=False,
        product_lines=tuple(sorted({one.product_line for one in common})),
        protected_until=_end_of(month, zone) if month else None,
    )


def _end_of(month: str, zone: tzinfo) -> datetime:
    year, number = int(month[:4]), int(month[5:])
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)


def conflict_found(reg: Registration, found: Conflict) -> ConflictFound:
    """The event about a conflict of a submitted claim."""
    return ConflictFound(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        other_registration_id=found.registration_id,
        other_partner_id=found.partner_id,
        score=found.score,
        keys=tuple(reason.key for reason in found.reasons),
    )


def _first_claimed(reg: Registration) -> tuple[datetime, str]:
    return reg.submit_time or reg.create_time, reg.id
