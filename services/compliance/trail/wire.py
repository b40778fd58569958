"""Protobuf and events to commands, entries and proofs to protobuf, by field name."""

from libs.call import Call, CallsRecorded
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from services.compliance.trail.domain.chain import AuditCheckpoint, ConsistencyProof, InclusionProof
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.usecases import entries, export, proofs

ENTRY = Mapper(AuditEntry, pb.AuditEntry)
CHECKPOINT = Mapper(AuditCheckpoint, pb.AuditCheckpoint)
INCLUSION = Mapper(InclusionProof, pb.AuditInclusionProof)
CONSISTENCY = Mapper(ConsistencyProof, pb.AuditConsistencyProof)

LIST = Mapper(entries.ListAuditEntries, pb.ListAuditEntriesRequest)
GET_CHECKPOINT = Mapper(proofs.GetCheckpoint, pb.GetCheckpointRequest)
GET_INCLUSION = Mapper(proofs.GetInclusionProof, pb.GetInclusionProofRequest)
GET_CONSISTENCY = Mapper(proofs.GetConsistencyProof, pb.GetConsistencyProofRequest)
EXPORT = Mapper(export.ExportAudit, pb.ExportAuditRequest)


def event_to_record(envelope: Envelope, call: Call) -> entries.RecordEvent:
    """The command that records an event; UnreadableEvent if it is a `calls.recorded` event that cannot be decoded."""
    name = envelope.type.rpartition(".")[2]
    calls = EventCodec.decode(envelope, CallsRecorded).calls if name == CallsRecorded.__name__ else ()
    return entries.RecordEvent(call=call, envelope=envelope, calls=calls)
