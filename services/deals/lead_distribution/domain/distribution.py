"""Who gets a lead: a pure function of what is recorded.

Among the partners that can get it, the one with the fewest open leads for its weight gets it; of equals the one whose
last offer is longest ago; of these the one with the smaller id. The comparison is of whole numbers, so the same inputs
always give the same partner. A lead whose customer is protected goes to a partner for which it is protected, or to
nobody while that lasts.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from heapq import nsmallest

import msgspec

from libs.document import Document
from libs.partner import PartnerFacts, TerritoryFacts
from services.deals.leads.domain.lead import Had

CANDIDATES_KEPT = 25
EXCLUSIONS_KEPT = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_SCALE = 10**9  # two shares of weights up to 1,000 differ by more than 1 / _SCALE, or not at all


class LeadExclusionReason(Enum):
    """Why a partner cannot get a lead, in the order in which it is checked."""

    NOT_ACTIVE = "NOT_ACTIVE"
    NO_TERRITORY = "NO_TERRITORY"
    FOREIGN_EXCLUSIVE = "FOREIGN_EXCLUSIVE"
    NO_AGREEMENT = "NO_AGREEMENT"
    NOT_CERTIFIED = "NOT_CERTIFIED"
    NO_WEIGHT = "NO_WEIGHT"
    HAD_IT = "HAD_IT"
    TOO_MANY_OPEN = "TOO_MANY_OPEN"
    PROTECTED_FOR_ANOTHER = "PROTECTED_FOR_ANOTHER"


class LeadRoundOutcome(Enum):
    """What a round led to."""

    OFFERED = "OFFERED"
    POOLED = "POOLED"
    WITHHELD = "WITHHELD"


class LeadCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that could get a lead, as it is compared."""

    partner_id: str
    weight: int
    open_leads: int
    last_offer_time: datetime | None = None


class LeadExclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that could not get a lead, and the first reason."""

    partner_id: str
    reason: LeadExclusionReason


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """A partner in the market of a lead. reason: why no lead of this market can be its; None if one can."""

    partner_id: str
    weight: int
    reason: LeadExclusionReason | None = None


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """A partner for which the customer is protected."""

    partner_id: str
    until: datetime
    active: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The policy. refusals: after how many a lead goes into the pool. open_leads: of one partner. cool_down: how long a
    partner that had a lead does not get it again."""

    refusals: int
    open_leads: int
    cool_down: timedelta


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner has at the moment."""

    open_leads: int = 0
    last_offer_time: datetime | None = None


class LeadRound(Document, frozen=True, kw_only=True):
    """How a lead was passed on; `prm.deals.v1.LeadRound` describes each field."""

    lead_id: str
    outcome: LeadRoundOutcome
    chosen_partner_id: str = ""
    offer_id: str = ""
    for_protected: bool = False
    candidates: tuple[LeadCandidate, ...] = ()
    candidate_count: int = 0
    exclusions: tuple[LeadExclusion, ...] = ()
    exclusion_count: int = 0
    create_time: datetime


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets the lead. until: of WITHHELD."""

    outcome: LeadRoundOutcome
    partner_id: str = ""
    for_protected: bool = False
    candidates: tuple[LeadCandidate, ...] = ()
    candidate_count: int = 0
    exclusions: tuple[LeadExclusion, ...] = ()
    exclusion_count: int = 0
    until: datetime | None = None


def foreign(protections: Sequence[Protection], partner_id: str) -> bool:
    """Whether the customer is protected, and not for this partner."""
    return bool(protections) and all(one.partner_id != partner_id for one in protections)


def chosen(candidates: Iterable[LeadCandidate]) -> str:
    """The partner that gets the lead; empty if there is none."""
    first = min(candidates, key=rank, default=None)
    return first.partner_id if first else ""


def rank(one: LeadCandidate) -> tuple[int, datetime, str]:
    """Orders candidates; the smallest gets the lead."""
    return ((one.open_leads + 1) * _SCALE // one.weight, one.last_offer_time or _NEVER, one.partner_id)


def seller_of(
    partner: PartnerFacts | None,
    own: Sequence[TerritoryFacts],
    exclusive: Sequence[TerritoryFacts],
    *,
    place: tuple[str, str],
    product_lines: frozenset[str],
    lacks_agreement: bool,
    lacks_certificates: bool,
    on: date,
) -> Seller:
    """What stands against a partner in a market. own: its grants there, at least one. exclusive: those of anybody.
    place: country and subdivision."""
    partner_id = own[0].partner_id
    weight = 1 if partner is None or partner.lead_weight is None else partner.lead_weight
    foreign = [one for one in exclusive if one.partner_id != partner_id]
    against: dict[LeadExclusionReason, bool] = {
        LeadExclusionReason.NOT_ACTIVE: partner is None or not partner.active,
        LeadExclusionReason.NO_TERRITORY: not all(
            any(one.covers(*place, frozenset({line}), on=on) for one in own) for line in product_lines or {""}
        ),
        LeadExclusionReason.FOREIGN_EXCLUSIVE: any(one.covers(*place, product_lines, on=on) for one in foreign),
        LeadExclusionReason.NO_AGREEMENT: lacks_agreement,
        LeadExclusionReason.NOT_CERTIFIED: lacks_certificates,
        LeadExclusionReason.NO_WEIGHT: weight == 0,
    }
    reason = next((why for why, stands in against.items() if stands), None)
    return Seller(partner_id=partner_id, weight=weight, reason=reason)


def reason_against(
    seller: Seller, load: Load, had: Sequence[Had], limits: Limits, *, now: datetime
) -> LeadExclusionReason | None:
    """Why this partner cannot get this lead now; None if it can."""
    if seller.reason is not None:
        return seller.reason
    if had_it(seller.partner_id, had, limits, now=now):
        return LeadExclusionReason.HAD_IT
    return LeadExclusionReason.TOO_MANY_OPEN if load.open_leads >= limits.open_leads else None


def had_it(partner_id: str, had: Sequence[Had], limits: Limits, *, now: datetime) -> bool:
    """Whether the partner had the lead within the cool-down."""
    return any(one.partner_id == partner_id and now < one.time + limits.cool_down for one in had)


def decide(
    sellers: Sequence[Seller],
    loads: "dict[str, Load]",
    *,
    had: Sequence[Had],
    refusals: int,
    protections: Sequence[Protection],
    limits: Limits,
    now: datetime,
) -> Decision:
    """Who gets the lead. sellers: every partner with a territory in its market. loads: by partner; none for one that
    never had a lead. protections: of its customer."""
    if protections:
        return _for_protected(protections, loads, had=had, limits=limits, now=now)
    none = Load()
    able: list[LeadCandidate] = []
    unable: list[LeadExclusion] = []
    for one in sellers:
        load = loads.get(one.partner_id, none)
        reason = reason_against(one, load, had, limits, now=now)
        if reason is None:
            able.append(_candidate(one, load))
        else:
            unable.append(LeadExclusion(partner_id=one.partner_id, reason=reason))
    offered = bool(able) and refusals < limits.refusals
    best = tuple(nsmallest(CANDIDATES_KEPT, able, key=rank))
    return Decision(
        outcome=LeadRoundOutcome.OFFERED if offered else LeadRoundOutcome.POOLED,
        partner_id=chosen(best) if offered else "",
        candidates=best,
        candidate_count=len(able),
        exclusions=_nearest(unable),
        exclusion_count=len(unable),
    )


def _for_protected(
    protections: Sequence[Protection],
    loads: "dict[str, Load]",
    *,
    had: Sequence[Had],
    limits: Limits,
    now: datetime,
) -> Decision:
    """The lead goes to a partner for which the customer is protected, whatever it has already, or to nobody."""
    able: list[LeadCandidate] = []
    unable: list[LeadExclusion] = []
    for partner_id, active in sorted({one.partner_id: one.active for one in protections}.items()):
        seller = Seller(partner_id=partner_id, weight=1)
        if not active:
            unable.append(LeadExclusion(partner_id=partner_id, reason=LeadExclusionReason.NOT_ACTIVE))
        elif had_it(partner_id, had, limits, now=now):
            unable.append(LeadExclusion(partner_id=partner_id, reason=LeadExclusionReason.HAD_IT))
        else:
            able.append(_candidate(seller, loads.get(partner_id, Load())))
    best = tuple(nsmallest(CANDIDATES_KEPT, able, key=rank))
    return Decision(
        outcome=LeadRoundOutcome.OFFERED if able else LeadRoundOutcome.WITHHELD,
        partner_id=chosen(best),
        for_protected=True,
        candidates=best,
        candidate_count=len(able),
        exclusions=_nearest(unable),
        exclusion_count=len(unable),
        until=None if able else max(one.until for one in protections),
    )


def _candidate(seller: Seller, load: Load) -> LeadCandidate:
    return LeadCandidate(
        partner_id=seller.partner_id,
        weight=seller.weight,
        open_leads=load.open_leads,
        last_offer_time=load.last_offer_time,
    )


def _nearest(unable: Sequence[LeadExclusion]) -> tuple[LeadExclusion, ...]:
    """Those that came nearest to the lead first."""
    order = {reason: -place for place, reason in enumerate(LeadExclusionReason)}
    return tuple(nsmallest(EXCLUSIONS_KEPT, unable, key=lambda one: (order[one.reason], one.partner_id)))
