"""The kinds of the trail (entries, their chain, lanes and findings), with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.compliance.trail.domain.chain import AuditCheckpoint, ChainHead, StatedLedger, TreeTile
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.domain.findings import TrailFinding
from services.compliance.trail.domain.lanes import TrailLane
from services.compliance.trail.domain.progress import LaneProgress

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
LEDGERS = Kind("stated_ledger", StatedLedger)
LANES = Kind("trail_lane", TrailLane, (Index(("judge_time",)),))
PROGRESS = Kind("lane_progress", LaneProgress)
FINDINGS = Kind("trail_finding", TrailFinding, serving("service", "type", "state", orders=("create_time",)))

KINDS = (AUDIT, HEADS, TILES, CHECKPOINTS, LEDGERS, LANES, PROGRESS, FINDINGS)
