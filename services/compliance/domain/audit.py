"""The trail: that something was done, never what was said."""

from datetime import datetime
from enum import Enum

from libs.document import Document


class AuditOutcome(Enum):
    """What came of a call."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"


class AuditEntry(Document, frozen=True, kw_only=True):
    """One event of the cell, as the trail keeps it; ids only."""

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
