"""The events of handovers in deals; the protos document each of them."""

from services.deals.claims.events import RegistrationEvent


class RegistrationHandedOver(RegistrationEvent, frozen=True, kw_only=True):
    from_partner_id: str
    handover_id: str
