"""The events of plans and initiatives; the protos document each of them."""

from datetime import date

import msgspec

from services.partners.plan.domain.states import InitiativeState, PlanState


class PlanEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The plan after the change."""

    plan_id: str
    partner_id: str
    state: PlanState
    revision: int
    first_day: date
    last_day: date


class PlanDrafted(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanRevised(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanProposed(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanAgreed(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanReturned(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanSuperseded(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanClosed(PlanEvent, frozen=True, kw_only=True):
    pass


class PlanCanceled(PlanEvent, frozen=True, kw_only=True):
    pass


class InitiativeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The initiative after the change."""

    initiative_id: str
    plan_id: str
    partner_id: str
    state: InitiativeState


class InitiativeAdded(InitiativeEvent, frozen=True, kw_only=True):
    pass


class InitiativeUpdated(InitiativeEvent, frozen=True, kw_only=True):
    pass


class InitiativeClosed(InitiativeEvent, frozen=True, kw_only=True):
    pass
