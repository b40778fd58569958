"""Events of findings about the trail, and of checkpoints that name other ends of erasure ledgers."""

import msgspec

from services.compliance.trail.domain.chain import AuditCheckpoint
from services.compliance.trail.domain.lanes import TrailFindingType


class _OfFinding(msgspec.Struct, frozen=True, kw_only=True):
    finding_id: str
    type: TrailFindingType
    service: str
    lane: str
    number_count: int


class TrailFindingOpened(_OfFinding, frozen=True, kw_only=True):
    """Something is wrong with the trail."""


class TrailFindingChanged(_OfFinding, frozen=True, kw_only=True):
    """More or fewer numbers are concerned."""


class TrailFindingResolved(_OfFinding, frozen=True, kw_only=True):
    """What was missing arrived late."""


class CheckpointSigned(msgspec.Struct, frozen=True, kw_only=True):
    checkpoint: AuditCheckpoint
