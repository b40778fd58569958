"""The trail: that something was done, never what was said."""

from datetime import datetime
from enum import Enum

from libs.document import Document


class AuditOutcome(Enum):
    """What came of a call."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"


class AuditEntry(Document, frozen=True, kw_only=True):
    """One event of the cell, as the trail keeps it; ids only.

    commitment: binds to what the event said without giving it away, SHA-256 over salt and body, hex. salt: opens it,
    and leaves the service never. leaf_index, leaf_hash: its place in the chain and its hash there, hex; None and empty
    until it has one.
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
