"""The events of contacts; the protos document each of them."""

import msgspec


class ContactEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a contact has."""

    contact_id: str
    partner_id: str


class ContactAdded(ContactEvent, frozen=True, kw_only=True):
    pass


class ContactUpdated(ContactEvent, frozen=True, kw_only=True):
    pass


class ContactRemoved(ContactEvent, frozen=True, kw_only=True):
    pass
