"""Events of a claim's draft, as published to other services; the protos describe each."""

import msgspec


class RegistrationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of every event about a registration."""

    registration_id: str
    partner_id: str


class RegistrationCreated(RegistrationEvent, frozen=True, kw_only=True):
    country: str


class RegistrationUpdated(RegistrationEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]
