"""What compliance stores, and by what it is found."""

from libs.privacy.aliases import ALIASES
from libs.privacy.subject_data import ANSWERS
from libs.store.port import Index, Kind
from services.compliance.domain.audit import AuditEntry
from services.compliance.domain.request import SubjectRequest

REQUESTS = Kind("subject_request", SubjectRequest, (Index(("state",)), Index(("type",))))
AUDIT = Kind(
    "audit_entry",
    AuditEntry,
    (
        Index(("time",)),
        Index(("resource_id", "time")),
        Index(("actor", "time")),
        Index(("method", "time")),
    ),
)

KINDS = (REQUESTS, AUDIT, ALIASES, ANSWERS)
