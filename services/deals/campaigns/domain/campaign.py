"""Campaigns, participations and touches: their structs, checks and transitions."""

from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.document import Changes, Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import Money, currency_violations
from services.deals.campaigns.domain import states
from services.deals.campaigns.domain.states import CampaignKind, CampaignState, ParticipationState
from services.deals.campaigns.events import (
    CampaignMoved,
    ParticipationAnswered,
    ParticipationAttended,
    ParticipationMissed,
)

TOUCHES_AT_MOST = 50  # of a claim, with those of its lead


class Campaign(Document, frozen=True, kw_only=True):
    """A campaign. product_lines: sorted; empty: all. country: empty: in none in particular. actual_cost: None while it
    is not known. imported_as: hash of the imported row, else empty."""

    kind: CampaignKind
    state: CampaignState = CampaignState.PLANNED
    name: str
    product_lines: tuple[str, ...] = ()
    country: str = ""
    first_day: date
    last_day: date
    planned_cost: Money | None = None
    actual_cost: Money | None = None
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    create_time: datetime
    update_time: datetime


class CampaignChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may set."""

    name: str | UnsetType = UNSET
    product_lines: tuple[str, ...] | UnsetType = UNSET
    country: str | UnsetType = UNSET
    first_day: date | UnsetType | None = UNSET
    last_day: date | UnsetType | None = UNSET
    planned_cost: Money | UnsetType | None = UNSET
    actual_cost: Money | UnsetType | None = UNSET


class Participation(Document, frozen=True, kw_only=True):
    """That a partner is invited to a campaign, and what it made of it. The id follows from both."""

    campaign_id: str
    partner_id: str
    state: ParticipationState = ParticipationState.INVITED
    create_time: datetime
    update_time: datetime


class Touch(Document, frozen=True, kw_only=True):
    """That a lead or a claim came about with a campaign; the other of both is empty. The id follows from these and the
    day."""

    campaign_id: str
    lead_id: str = ""
    registration_id: str = ""
    day: date
    create_time: datetime


class TooManyTouches(AppError):
    """The lead or claim has as many touches as there can be."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_TOUCHES"

    def __init__(self, id: str) -> None:
        super().__init__(f"{id} has {TOUCHES_AT_MOST} touches, the most there can be", id=id, limit=TOUCHES_AT_MOST)


def checked(campaign: Campaign) -> Campaign:
    """The campaign with its product lines sorted; InvalidInput lists every violation."""
    if wrong := [*_violations(campaign)]:
        raise InvalidInput(wrong)
    return replace(campaign, product_lines=tuple(sorted(campaign.product_lines)))


def change(campaign: Campaign, changes: CampaignChanges, *, now: datetime) -> Campaign:
    """The campaign with these fields replaced. WrongState, InvalidInput."""
    require_state("campaign", campaign.id, campaign.state, action="update", allowed=states.NOT_CANCELED)
    given = changes.given()
    if empty := [name for name in ("name", "first_day", "last_day") if name in given and not given[name]]:
        raise InvalidInput([Violation(name, "cannot be emptied", "REQUIRED") for name in empty])
    return checked(replace(campaign, **given, update_time=now))


def move(campaign: Campaign, state: CampaignState, *, now: datetime) -> tuple[Campaign, CampaignMoved]:
    """The campaign in another state, and the event. WrongState."""
    allowed = states.CAMPAIGN_FROM[state]
    require_state("campaign", campaign.id, campaign.state, action=f"move to {state.name}", allowed=allowed)
    return replace(campaign, state=state, update_time=now), CampaignMoved(campaign_id=campaign.id, state=state)


def answer(
    one: Participation, campaign: Campaign, state: ParticipationState, *, now: datetime
) -> tuple[Participation, ParticipationAnswered]:
    """The participation after the partner's answer, REGISTERED or DECLINED. WrongState."""
    require_state("campaign", campaign.id, campaign.state, action="answer", allowed=states.MAY_ANSWER)
    moved = _moved(one, state, now=now)
    return moved, ParticipationAnswered(
        participation_id=one.id, campaign_id=one.campaign_id, partner_id=one.partner_id, state=state
    )


def attend(
    one: Participation, campaign: Campaign, state: ParticipationState, *, now: datetime
) -> tuple[Participation, msgspec.Struct]:
    """The participation after the campaign, ATTENDED or NO_SHOW. WrongState."""
    require_state("campaign", campaign.id, campaign.state, action="record attendance", allowed=states.MAY_ATTEND)
    moved = _moved(one, state, now=now)
    event = ParticipationAttended if state is ParticipationState.ATTENDED else ParticipationMissed
    return moved, event(
        participation_id=one.id,
        campaign_id=one.campaign_id,
        partner_id=one.partner_id,
        country=campaign.country,
        claimed_product_lines=campaign.product_lines,
    )


def touch_violations(lead_id: str, registration_id: str, day: date, *, today: date) -> Iterator[Violation]:
    """Whether a touch names one of lead and claim, and a day that has begun."""
    if not lead_id and not registration_id:
        yield Violation("lead_id", "name a lead or a registration", "REQUIRED")
    if lead_id and registration_id:
        yield Violation("registration_id", "name a lead or a registration, not both", "CONTRADICTION")
    if day > today:
        yield Violation("day", f"is after today, {today}", "IN_FUTURE")


def _moved(one: Participation, state: ParticipationState, *, now: datetime) -> Participation:
    allowed = states.PARTICIPATION_FROM[state]
    require_state("participation", one.id, one.state, action=f"move to {state.name}", allowed=allowed)
    return replace(one, state=state, update_time=now)


def _violations(campaign: Campaign) -> Iterator[Violation]:
    if campaign.last_day < campaign.first_day:
        yield Violation("last_day", f"is before the first day, {campaign.first_day}", "BEFORE_START")
    for field, cost in (("planned_cost", campaign.planned_cost), ("actual_cost", campaign.actual_cost)):
        if cost is not None:
            yield from currency_violations(cost.currency, f"{field}.currency_code")
            if cost.amount < 0:
                yield Violation(field, "is below zero", "NEGATIVE")
