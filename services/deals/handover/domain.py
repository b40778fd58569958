"""Which registrations are handed over, and how one is."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.handover_row import HandoverStay
from libs.partner import PartnerFacts, TerritoryFacts
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import MAY_WITHDRAW, Review, Stage
from services.deals.handover.events import RegistrationHandedOver
from services.deals.review.domain.territory import TerritoryExclusive, refuse_exclusive

OPEN = MAY_WITHDRAW
"""The review states in which a registration is open."""


def stay_of(
    reg: Registration, target: PartnerFacts | None, grants: tuple[TerritoryFacts, ...], *, on: date
) -> HandoverStay | None:
    """Why an open registration stays; None if it moves. target: None if it is not known here. grants: every exclusive
    one at the customer's place."""
    if reg.stage is Stage.LOST:
        return HandoverStay.DEAL_LOST
    if target is None or not target.active:
        return HandoverStay.TARGET_NOT_ACTIVE
    if reg.review is Review.DRAFT:  # its territory is checked when it is submitted
        return None
    try:
        refuse_exclusive(replace(reg, partner_id=target.id), grants, on=on)
    except TerritoryExclusive:
        return HandoverStay.TARGET_LACKS_TERRITORY
    return None


def hand_over(
    reg: Registration, target_partner_id: str, *, handover_id: str, now: datetime
) -> tuple[Registration, RegistrationHandedOver]:
    """The registration with its new partner; everything else is as it was, the protection too."""
    event = RegistrationHandedOver(
        registration_id=reg.id,
        partner_id=target_partner_id,
        from_partner_id=reg.partner_id,
        handover_id=handover_id,
    )
    return replace(reg, partner_id=target_partner_id, update_time=now), event
