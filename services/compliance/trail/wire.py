"""Protobuf and events to commands, entries and proofs to protobuf, by field name."""

import re

import msgspec

from libs.audit.lines import MAX_TREE_SIZE
from libs.call import Call, CallsRecorded
from libs.erasing import SubjectDataErased
from libs.errors import InvalidInput
from libs.lane_head import LaneHead, LaneStated
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec, UnreadableEvent
from libs.pb.prm.compliance import v1 as pb
from libs.purging import PurgeRunEnded
from services.compliance.trail.domain.chain import AuditCheckpoint, ConsistencyProof, InclusionProof, StatedLedger
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.domain.findings import TrailFinding
from services.compliance.trail.usecases import entries, export, findings, proofs

SIGNATURE_BYTES = 64
_OF_A_RESTORE = ("epoch", "backup_time")
_LANE = re.compile(r"[a-z0-9]{1,40}")
_SERVICE = re.compile(r"[a-z]{1,20}")

_WITH_LEDGER = (SubjectDataErased.__name__, PurgeRunEnded.__name__)


class _StatedEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that both of these events have."""

    ledger_number: int
    ledger_hash: str


ENTRY = Mapper(AuditEntry, pb.AuditEntry)
CHECKPOINT = Mapper(AuditCheckpoint, pb.AuditCheckpoint)
INCLUSION = Mapper(InclusionProof, pb.AuditInclusionProof)
CONSISTENCY = Mapper(ConsistencyProof, pb.AuditConsistencyProof)
FINDING = Mapper(TrailFinding, pb.TrailFinding)

LIST = Mapper(entries.ListAuditEntries, pb.ListAuditEntriesRequest)
GET_CHECKPOINT = Mapper(proofs.GetCheckpoint, pb.GetCheckpointRequest)
GET_INCLUSION = Mapper(proofs.GetInclusionProof, pb.GetInclusionProofRequest)
GET_CONSISTENCY = Mapper(proofs.GetConsistencyProof, pb.GetConsistencyProofRequest)
LIST_FINDINGS = Mapper(findings.ListTrailFindings, pb.ListTrailFindingsRequest)
EXPORT = Mapper(export.ExportAudit, pb.ExportAuditRequest)


def event_to_record(envelope: Envelope, call: Call) -> entries.RecordEvent:
    """The command that records an event; UnreadableEvent if it is a `calls.recorded` or `lane.stated` event that cannot
    be decoded, or if its place in a lane is none: an export with such an entry could not be checked."""
    if envelope.lane and not (_LANE.fullmatch(envelope.lane) and 1 <= envelope.number <= MAX_TREE_SIZE):
        raise UnreadableEvent(envelope)
    name = envelope.type.rpartition(".")[2]
    if name == CallsRecorded.__name__:
        return entries.RecordEvent(call=call, envelope=envelope, calls=EventCodec.decode(envelope, CallsRecorded).calls)
    if name == LaneStated.__name__:
        return entries.RecordEvent(call=call, envelope=envelope, head=_head(envelope))
    return entries.RecordEvent(call=call, envelope=envelope, ledger=_ledger(envelope, name))


def _ledger(envelope: Envelope, name: str) -> StatedLedger | None:
    """What the event states about the erasure ledger of the service that sent it; None if it states nothing."""
    if name not in _WITH_LEDGER:
        return None
    end = EventCodec.decode(envelope, _StatedEnd)
    return StatedLedger(id=envelope.sender, number=end.ledger_number, hash=end.ledger_hash, time=envelope.time)


def _head(envelope: Envelope) -> LaneHead:
    """The head in an event; UnreadableEvent also if a field is missing or could not be in an export."""
    try:
        head = EventCodec.decode(envelope, LaneStated).head
        whole = all(getattr(head, name) for name in head.__struct_fields__ if name not in _OF_A_RESTORE)
        signature = bytes.fromhex(head.signature)
    except (InvalidInput, TypeError, ValueError) as err:
        raise UnreadableEvent(envelope) from err
    numbers = (head.ordinal, head.number, head.sequence)
    if not whole or len(signature) != SIGNATURE_BYTES or not all(1 <= one <= MAX_TREE_SIZE for one in numbers):
        raise UnreadableEvent(envelope)
    if bool(head.epoch) != (head.backup_time is not None) or (head.epoch and not _LANE.fullmatch(head.epoch)):
        raise UnreadableEvent(envelope)
    if not (_LANE.fullmatch(head.lane) and _SERVICE.fullmatch(head.service)):
        raise UnreadableEvent(envelope)
    return head
