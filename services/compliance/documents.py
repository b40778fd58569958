"""What compliance stores, and by what it is found."""

from libs.privacy.aliases import ALIASES
from libs.store.port import Index, Kind
from libs.subject_data import ANSWERS
from services.compliance.domain.audit import AuditEntry
from services.compliance.domain.chain import AuditCheckpoint, ChainHead, TreeTile
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
        Index(("outcome", "time")),
        Index(("leaf_index",)),
    ),
)
HEADS = Kind("chain_head", ChainHead)
TILES = Kind("tree_tile", TreeTile)
CHECKPOINTS = Kind("audit_checkpoint", AuditCheckpoint, (Index(("tree_size",)),))

KINDS = (REQUESTS, AUDIT, HEADS, TILES, CHECKPOINTS, ALIASES, ANSWERS)
