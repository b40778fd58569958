"""The transitions of a lead. `states` lists the states that allow each; from any other they raise WrongState, and those
of jobs return None.

The time decides, and not whether a job has run: an offer can be accepted before its end and is taken back from its end
on, a lead can be converted before the end of its follow-up and is taken back from then on, and one whose time is over
counts as EXPIRED. So at no instant both are possible; of two replicas whose clocks differ, the version of the lead lets
one through.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, require_state
from services.deals.leads import events
from services.deals.leads.domain import states
from services.deals.leads.domain.lead import HAD_KEPT, Had, Lead, LeadMatch, basis_violations, persons_in
from services.deals.leads.domain.scoring import Scored
from services.deals.leads.domain.states import LeadBasis, LeadClosureCode, LeadDeclineReason, LeadState

RECYCLED_FOR = timedelta(days=30)  # at least, once a partner has not followed a lead up

_E = TypeVar("_E", bound=events.OfferEvent)
Moved = tuple[Lead, tuple[msgspec.Struct, ...]]


class LeadWithoutBasis(AppError):
    """Nothing is known why the data of the person may be passed on."""

    code, reason = Code.FAILED_PRECONDITION, "LEAD_WITHOUT_BASIS"

    def __init__(self, id: str) -> None:
        super().__init__(f"nothing is known why the data in {id} may be passed on; StateLeadBasis states it", id=id)


class OfferLapsed(AppError):
    """The offer has ended."""

    code, reason = Code.FAILED_PRECONDITION, "OFFER_LAPSED"

    def __init__(self, id: str, accept_by: datetime) -> None:
        super().__init__(f"{id} could be accepted until {accept_by.isoformat()}", id=id, time=accept_by.isoformat())


class FollowUpOver(AppError):
    """The time in which the partner could make something of the lead has ended."""

    code, reason = Code.FAILED_PRECONDITION, "FOLLOW_UP_OVER"

    def __init__(self, id: str, follow_up_by: datetime) -> None:
        super().__init__(
            f"{id} could be followed up until {follow_up_by.isoformat()}", id=id, time=follow_up_by.isoformat()
        )


def effective(lead: Lead, now: datetime) -> LeadState:
    """The state; EXPIRED for a lead that nobody has taken in time, even if the job has not written it yet."""
    over = lead.state in states.MAY_EXPIRE and lead.expire_time <= now
    return LeadState.EXPIRED if over else lead.state


def take_in(
    lead: Lead, result: Scored, matches: tuple[LeadMatch, ...], *, duplicate: bool, keys: tuple[str, ...], now: datetime
) -> Moved:
    """A new lead with its score and what it equals: QUALIFIED if its score suffices, DISQUALIFIED if it is a
    duplicate. keys: its slots; those of a duplicate are not used."""
    lead = replace(
        lead,
        score=result.score,
        score_lines=result.lines,
        scoring_id=result.scoring_id,
        follow_up_days=result.follow_up_days,
        matches=matches,
    )
    told: tuple[msgspec.Struct, ...] = ()
    if duplicate:
        lead = _closed(lead, LeadState.DISQUALIFIED, now, code=LeadClosureCode.DUPLICATE)
        told = (events.LeadDisqualified(lead_id=lead.id, last_partner_id="", code=LeadClosureCode.DUPLICATE),)
    else:
        lead = replace(lead, keys=keys)
        if result.qualifies:
            lead, told = qualify(lead, now=now)
    created = events.LeadCreated(
        lead_id=lead.id,
        source=lead.source,
        country=lead.customer.country,
        claimed_product_lines=lead.product_lines,
        state=lead.state,
        score=lead.score,
        imported=bool(lead.imported_as),
    )
    return lead, (created, *told)


def qualify(lead: Lead, *, now: datetime) -> Moved:
    """The lead in QUALIFIED."""
    _require(lead, "qualify", states.MAY_QUALIFY, now)
    return _waiting(lead, now), (events.LeadQualified(lead_id=lead.id),)


def state_basis(lead: Lead, basis: LeadBasis | None, consent_reference: str, *, now: datetime) -> Moved:
    """The lead with what is known of its basis. InvalidInput. Without one an offer or a place in the pool ends; see
    `loses_basis`."""
    _require(lead, "state the basis of", states.MAY_STATE_BASIS, now)
    if wrong := [*basis_violations(basis, consent_reference, named=list(persons_in(lead)))]:
        raise InvalidInput(wrong)
    changed = replace(lead, basis=basis, consent_reference=consent_reference, update_time=now)
    told: tuple[msgspec.Struct, ...] = (events.LeadBasisStated(lead_id=lead.id, basis=basis),)
    if changed.state is LeadState.QUALIFIED or loses_basis(lead, basis):
        changed = _waiting(_without_partner(changed), now)
    return changed, told


def loses_basis(lead: Lead, basis: LeadBasis | None) -> bool:
    """Whether a lead that somebody could take is to be taken back."""
    return basis is None and lead.state in {LeadState.OFFERED, LeadState.IN_POOL}


def refuse_without_basis(lead: Lead, *, now: datetime) -> None:
    """LeadWithoutBasis; WrongState unless the lead is QUALIFIED."""
    _require(lead, "distribute", states.MAY_DISTRIBUTE, now)
    if lead.basis is None:
        raise LeadWithoutBasis(lead.id)


def offer(lead: Lead, partner_id: str, offer_id: str, *, accept_by: datetime, now: datetime) -> Moved:
    """The lead in OFFERED; the offer ends with the lead at the latest."""
    refuse_without_basis(lead, now=now)
    ends = min(accept_by, lead.expire_time)
    changed = replace(
        lead,
        state=LeadState.OFFERED,
        partner_id=partner_id,
        offer_id=offer_id,
        offer_time=now,
        accept_time=None,
        picked=False,
        withheld_until=None,
        due_time=ends,
        update_time=now,
    )
    return changed, (_of_market(events.LeadOffered, changed, accept_by=ends),)


def pool(lead: Lead, *, now: datetime) -> Moved:
    """The lead in IN_POOL."""
    refuse_without_basis(lead, now=now)
    changed = replace(lead, state=LeadState.IN_POOL, withheld_until=None, due_time=lead.expire_time, update_time=now)
    event = events.LeadPooled(lead_id=lead.id, country=lead.customer.country, claimed_product_lines=lead.product_lines)
    return changed, (event,)


def withhold(lead: Lead, *, until: datetime, now: datetime) -> Moved:
    """The lead, in QUALIFIED as before, which nobody gets until then."""
    refuse_without_basis(lead, now=now)
    changed = replace(lead, withheld_until=until, due_time=min(until, lead.expire_time), update_time=now)
    return changed, (events.LeadDeferred(lead_id=lead.id, until=until),)


def accept(lead: Lead, *, now: datetime) -> Moved:
    """The lead in ACCEPTED; OfferLapsed from the end of the offer on."""
    _require(lead, "accept", states.MAY_ACCEPT, now)
    assert lead.due_time is not None, "an offer has an end"
    if now >= lead.due_time:
        raise OfferLapsed(lead.id, lead.due_time)
    changed = _taken(lead, now)
    return changed, (_of_market(events.LeadAccepted, changed, picked=False),)


def pick(lead: Lead, partner_id: str, offer_id: str, *, now: datetime) -> Moved:
    """The lead of the pool in ACCEPTED."""
    _require(lead, "pick", states.MAY_PICK, now)
    changed = _taken(replace(lead, partner_id=partner_id, offer_id=offer_id, offer_time=now, picked=True), now)
    return changed, (_of_market(events.LeadAccepted, changed, picked=True),)


def decline(lead: Lead, reason: LeadDeclineReason, *, now: datetime) -> Moved:
    """The lead in QUALIFIED, for somebody else. One that was accepted is given back. From its end on an offer has
    lapsed and cannot be declined (OfferLapsed); from the end of its follow-up on one cannot be given back any more
    (FollowUpOver)."""
    _require(lead, "decline", states.MAY_DECLINE, now)
    if lead.state is LeadState.ACCEPTED:
        _refuse_late(lead, now)
        return _returned(lead, refusals=lead.refusals + 1, now=now)
    assert lead.due_time is not None, "an offer has an end"
    if now >= lead.due_time:
        raise OfferLapsed(lead.id, lead.due_time)
    event = _of_market(events.LeadDeclined, lead, reason=reason)
    return _refused(lead, lead.refusals + 1, now), (event,)


def lapse(lead: Lead, *, now: datetime) -> Moved | None:
    """The lead in QUALIFIED after its offer has ended; None if none has."""
    if lead.state not in states.MAY_LAPSE or lead.due_time is None or now < lead.due_time:
        return None
    return _refused(lead, lead.refusals + 1, now), (_of_market(events.LeadLapsed, lead),)


def not_followed_up(lead: Lead, *, refusals: int, now: datetime) -> Moved | None:
    """The lead in QUALIFIED, on its way to the pool, if its partner has not made a claim of it in time; else None.
    refusals: after which a lead goes into the pool."""
    if lead.state not in states.MAY_TAKE_BACK or lead.due_time is None or now < lead.due_time:
        return None
    return _returned(lead, refusals=max(lead.refusals, refusals), now=now)


def leave(lead: Lead, *, now: datetime) -> Moved | None:
    """The lead in QUALIFIED because its partner was terminated; None if no partner has it."""
    return _returned(lead, refusals=lead.refusals, now=now) if lead.state in states.HELD else None


def convert(lead: Lead, registration_id: str, *, now: datetime) -> Moved:
    """The lead in CONVERTED. FollowUpOver."""
    _require(lead, "convert", states.MAY_CONVERT, now)
    _refuse_late(lead, now)
    changed = replace(_closed(lead, LeadState.CONVERTED, now), registration_id=registration_id)
    event = events.LeadConverted(
        lead_id=lead.id, offer_id=lead.offer_id, partner_id=lead.partner_id, registration_id=registration_id
    )
    return changed, (event,)


def disqualify(lead: Lead, code: LeadClosureCode, *, by_partner: bool, now: datetime) -> Moved:
    """The lead in DISQUALIFIED. A partner may do so with one that it has accepted. It stays with that partner; an offer
    ends. FollowUpOver for a partner, from the end of its follow-up on."""
    allowed: Collection[LeadState] = states.MAY_CONVERT if by_partner else states.MAY_DISQUALIFY
    _require(lead, "disqualify", allowed, now)
    if by_partner:
        _refuse_late(lead, now)
    event = events.LeadDisqualified(lead_id=lead.id, last_partner_id=lead.partner_id, code=code)
    kept = _without_partner(lead) if lead.state is LeadState.OFFERED else lead
    return _closed(kept, LeadState.DISQUALIFIED, now, code=code), (event,)


def expire(lead: Lead, *, now: datetime) -> Moved | None:
    """The lead in EXPIRED if nobody has taken it in time; else None."""
    if lead.state not in states.MAY_EXPIRE or now < lead.expire_time:
        return None
    return _closed(lead, LeadState.EXPIRED, now), (events.LeadExpired(lead_id=lead.id),)


def _require(lead: Lead, action: str, allowed: Collection[LeadState], now: datetime) -> None:
    require_state("lead", lead.id, effective(lead, now), action=action, allowed=allowed)


def _refuse_late(lead: Lead, now: datetime) -> None:
    """FollowUpOver from the end of the follow-up on."""
    if lead.due_time is not None and now >= lead.due_time:
        raise FollowUpOver(lead.id, lead.due_time)


def _taken(lead: Lead, now: datetime) -> Lead:
    return replace(
        lead,
        state=LeadState.ACCEPTED,
        accept_time=now,
        due_time=now + timedelta(days=lead.follow_up_days),
        update_time=now,
    )


def _refused(lead: Lead, refusals: int, now: datetime) -> Lead:
    had = (*lead.had, Had(partner_id=lead.partner_id, time=now))[-HAD_KEPT:]
    return _waiting(replace(_without_partner(lead), had=had, refusals=refusals), now)


def _returned(lead: Lead, *, refusals: int, now: datetime) -> Moved:
    event = events.LeadReturned(lead_id=lead.id, offer_id=lead.offer_id, partner_id=lead.partner_id)
    changed = replace(lead, expire_time=max(lead.expire_time, now + RECYCLED_FOR))
    return _refused(changed, refusals, now), (event,)


def _waiting(lead: Lead, now: datetime) -> Lead:
    """The lead in QUALIFIED: due at once if it can be passed on."""
    due = now if lead.basis is not None else lead.expire_time
    return replace(lead, state=LeadState.QUALIFIED, withheld_until=None, due_time=due, update_time=now)


def _without_partner(lead: Lead) -> Lead:
    return replace(lead, partner_id="", offer_id="", offer_time=None, accept_time=None, picked=False)


def _closed(lead: Lead, state: LeadState, now: datetime, *, code: LeadClosureCode | None = None) -> Lead:
    return replace(
        lead,
        state=state,
        closure_code=code,
        keys=(),
        due_time=None,
        withheld_until=None,
        close_time=now,
        update_time=now,
    )


def _of_market(event: type[_E], lead: Lead, **more: object) -> _E:
    return event(
        lead_id=lead.id,
        offer_id=lead.offer_id,
        partner_id=lead.partner_id,
        **{"country": lead.customer.country, "claimed_product_lines": lead.product_lines, **more},
    )
