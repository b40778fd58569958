"""Finds claims on the same customer by their common keys, and scores how certain each match is."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from libs.cross_checks.domain import Finding
from libs.document import Document
from libs.errors import AppError, Code
from libs.matching import Verdict
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.conflicts.domain.differences import differences
from services.deals.conflicts.domain.keys import KEY_RULES, MatchKey, key_of
from services.deals.conflicts.events import ConflictFound
from services.deals.matching.domain.comparing import NearPart
from services.deals.matching.domain.judging import PairVerdict

SCORES = {
    MatchKey.REGISTRATION_ID: 100,
    MatchKey.JUDGED: 100,
    MatchKey.DOMAIN: 85,
    MatchKey.NAME: 75,
    MatchKey.NEAR: 75,  # as the name: without another key it blocks nothing
    MatchKey.PHONE: 60,
}
FURTHER_KEY = 5  # each key beyond the best one adds certainty
# What a difference in a strong key takes off, and a person who said that the customers are two.
AGAINST = {MatchKey.JUDGED: 100, MatchKey.REGISTRATION_ID: 60, MatchKey.DOMAIN: 20}
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

    registration_id: str
    keys: tuple[MatchKey, ...]

    @property
    def score(self) -> int:
        """See `score_of`."""
        return score_of(self.keys)


class MatchReason(msgspec.Struct, frozen=True):
    """A common key with the points that it scores alone, or a key that differs with the points that it deducts."""

    key: MatchKey
    score: int


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer compares with another that is written differently. judged: what a person said of the two; None if
    nobody did. parts: what agrees and what differs, strongest first."""

    registration_id: str
    probability_basis_points: int
    verdict: Verdict
    judged: PairVerdict | None = None
    parts: tuple[NearPart, ...] = ()


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Another claim on what may be the same customer, its score, and the reasons for and against a match. review,
    protected_until: of the other claim. earlier: whether the other claim was submitted first. product_lines: those that
    both claim. cell: of a claim of another cell, else empty. probability_basis_points, parts: how the
    customers compare, if their names are not the same and the claims were compared."""

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
    probability_basis_points: int = 0
    parts: tuple[NearPart, ...] = ()


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


def matches(reg: Registration, slots: tuple[KeySlot, ...], near: Iterable[Likeness] = ()) -> tuple[Match, ...]:
    """A match for every other claim in the slots, and for every one that is near enough to be a conflict: best score
    first, then by registration id."""
    found: dict[str, list[MatchKey]] = {}
    for slot in slots:
        for loaded in slot.claims:
            if loaded.registration_id != reg.id:
                found.setdefault(loaded.registration_id, []).append(key_of(slot.id))
    for one in near:
        if one.judged is PairVerdict.SAME:
            found.setdefault(one.registration_id, []).append(MatchKey.JUDGED)
        elif one.verdict is Verdict.CONFLICT and MatchKey.NAME not in found.get(one.registration_id, ()):
            found.setdefault(one.registration_id, []).append(MatchKey.NEAR)
    together = [Match(other, tuple(sorted(keys, key=lambda key: -SCORES[key]))) for other, keys in found.items()]
    return tuple(sorted(together, key=lambda match: (-match.score, match.registration_id)))


def conflict(reg: Registration, other: Registration, match: Match, near: Likeness | None = None) -> Conflict:
    """The conflict for a match. other: the present state of the claim that `match` names. near: how the customers
    compare, if they were compared. What a person said of them outweighs everything else."""
    common = reg.product_lines & other.product_lines
    told = near if near and MatchKey.NAME not in match.keys else None
    against = tuple(MatchReason(key, AGAINST[key]) for key in _against(reg, other, near))
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
        probability_basis_points=told.probability_basis_points if told else 0,
        parts=told.parts if told else (),
    )


def _against(reg: Registration, other: Registration, near: Likeness | None) -> Iterable[MatchKey]:
    judged = near.judged if near else None
    if judged is None:
        return differences(reg.customer, other.customer)
    return (MatchKey.JUDGED,) if judged is PairVerdict.DIFFERENT else ()


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


def for_review(near: Mapping[str, Likeness], found: Iterable[Conflict]) -> int:
    """How many claims are near and no conflicts, so that somebody should look at them."""
    listed = {one.registration_id for one in found}
    return sum(one.verdict is not Verdict.APART for claim_id, one in near.items() if claim_id not in listed)


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
