"""What happened to a claim while it was written, as other services hear it; the protos say what each means."""

import msgspec


class RegistrationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a registration names."""

    registration_id: str
    partner_id: str


class RegistrationCreated(RegistrationEvent, frozen=True, kw_only=True):
    country: str


class RegistrationUpdated(RegistrationEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]
