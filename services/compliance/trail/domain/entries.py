"""Entries of the trail: who did what, never the content."""

from datetime import datetime
from enum import Enum

from libs.document import Document


class AuditOutcome(Enum):
    """What came of a call."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    DISCLOSED = "DISCLOSED"


class AuditEntry(Document, frozen=True, kw_only=True):
    """One event of the cell, or one call that an event recorded, as the trail keeps it; ids and names of fields only.

    commitment: binds to what the event said without giving it away, SHA-256 over salt and body, hex; a record says it
    all and has none. salt: opens it, and leaves the service never. leaf_index, leaf_hash: its place in the chain and
    its hash there, hex; None and empty until it has one. call_count: how many equal calls it stands for; None is one.
    lane, lane_number: where its event stands among those of one process; "" and None in entries from before.

    A field that is added must be empty ("", (), None) in the entries from before, whose hashes it would change.
    """

    time: datetime
    actor: str
    method: str
    outcome: AuditOutcome
    service: str
    resource_id: str
    resource_version: int
    event_type: str
    event_id: str
    caused_by_request_id: str = ""
    create_time: datetime
    commitment: str = ""
    salt: str = ""
    leaf_index: int | None = None
    leaf_hash: str = ""
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    reason: str = ""
    changed_fields: tuple[str, ...] = ()
    shown_ids: tuple[str, ...] = ()
    call_count: int | None = None
    lane: str = ""
    lane_number: int | None = None
