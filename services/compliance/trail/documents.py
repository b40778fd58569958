"""The kinds of the trail (entries, chain head, tree tiles, checkpoints), with their indexes."""

from libs.store.port import Index, Kind
from services.compliance.trail.domain.chain import AuditCheckpoint, ChainHead, TreeTile
from services.compliance.trail.domain.entries import AuditEntry

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

KINDS = (AUDIT, HEADS, TILES, CHECKPOINTS)
