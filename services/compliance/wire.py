"""Protobuf to commands and documents to protobuf, by field name."""

from collections.abc import Iterator

from google.protobuf.timestamp_pb2 import Timestamp

from libs.call import Call, CallsRecorded
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from libs.subject_data import SubjectDataLocated
from services.compliance.domain import events
from services.compliance.domain.audit import AuditEntry
from services.compliance.domain.chain import AuditCheckpoint, ConsistencyProof, InclusionProof
from services.compliance.domain.request import KindCount, ServiceAnswer, SubjectRequest
from services.compliance.usecases import audit, export, proofs, requests
from services.compliance.usecases.package import File, Package

CHUNK_BYTES = 256 * 1024

EVENTS = EventCodec(
    "compliance",
    (
        events.SubjectRequestCompleted,
        events.SubjectRequestExported,
        events.SubjectRequestOpened,
        events.SubjectRequestPrepared,
        SubjectDataLocated,
    ),
)

_REQUEST = Mapper(SubjectRequest, pb.SubjectRequest)
_ENTRY = Mapper(AuditEntry, pb.AuditEntry)
_CHECKPOINT = Mapper(AuditCheckpoint, pb.AuditCheckpoint)
_INCLUSION = Mapper(InclusionProof, pb.AuditInclusionProof)
_CONSISTENCY = Mapper(ConsistencyProof, pb.AuditConsistencyProof)

CREATE = Mapper(requests.CreateRequest, pb.CreateRequestRequest)
GET = Mapper(requests.GetRequest, pb.GetRequestRequest)
LIST = Mapper(requests.ListRequests, pb.ListRequestsRequest)
EXPORT = Mapper(requests.GetRequest, pb.ExportRequestRequest)
LIST_AUDIT = Mapper(audit.ListAuditEntries, pb.ListAuditEntriesRequest)
GET_CHECKPOINT = Mapper(proofs.GetCheckpoint, pb.GetCheckpointRequest)
GET_INCLUSION = Mapper(proofs.GetInclusionProof, pb.GetInclusionProofRequest)
GET_CONSISTENCY = Mapper(proofs.GetConsistencyProof, pb.GetConsistencyProofRequest)
EXPORT_AUDIT = Mapper(export.ExportAudit, pb.ExportAuditRequest)


def request(one: SubjectRequest) -> pb.SubjectRequest:
    """A request as callers see it."""
    return _REQUEST.encode(one)


def entry(one: AuditEntry) -> pb.AuditEntry:
    """An entry as callers see it."""
    return _ENTRY.encode(one)


def checkpoint(one: AuditCheckpoint) -> pb.AuditCheckpoint:
    """A checkpoint as callers see it."""
    return _CHECKPOINT.encode(one)


def inclusion(one: InclusionProof) -> pb.AuditInclusionProof:
    """A proof as callers see it."""
    return _INCLUSION.encode(one)


def consistency(one: ConsistencyProof) -> pb.AuditConsistencyProof:
    """A proof as callers see it."""
    return _CONSISTENCY.encode(one)


def happened(envelope: Envelope, call: Call) -> audit.RecordEvent:
    """An event for the trail; UnreadableEvent if it records calls and cannot be read."""
    name = envelope.type.rpartition(".")[2]
    calls = EventCodec.decode(envelope, CallsRecorded).calls if name == CallsRecorded.__name__ else ()
    return audit.RecordEvent(call=call, envelope=envelope, calls=calls)


def answer(envelope: Envelope, call: Call) -> requests.RecordAnswer:
    """What a service answered."""
    told = EventCodec.decode(envelope, SubjectDataLocated)
    found = ServiceAnswer(
        service=told.service,
        round=told.round,
        counts=tuple(KindCount(kind=count.kind, rows=count.rows) for count in told.counts),
        alias_hashes=told.alias_hashes,
        object_name=told.object_name,
        sha256=told.sha256,
        signature=told.signature,
        answer_time=envelope.time,
    )
    return requests.RecordAnswer(call=call, case_id=told.case_id, answer=found)


def chunks(package: Package) -> Iterator[pb.ExportRequestResponse]:
    """The pieces of each file, at least one."""
    for file in package.files:
        yield from _pieces(file)


def _pieces(file: File) -> Iterator[pb.ExportRequestResponse]:
    for offset in range(0, max(len(file.data), 1), CHUNK_BYTES):
        chunk = pb.ExportChunk(
            path=file.path,
            media_type=file.media_type,
            sha256=file.sha256,
            size_bytes=len(file.data),
            offset_bytes=offset,
            data=file.data[offset : offset + CHUNK_BYTES],
        )
        yield pb.ExportRequestResponse(chunk=chunk)


def manifest(package: Package) -> pb.ExportRequestResponse:
    """The last message of a package."""
    proof = package.manifest
    made = Timestamp()
    made.FromDatetime(proof.create_time)
    return pb.ExportRequestResponse(
        manifest=pb.ExportManifest(
            case_id=proof.case_id,
            services=proof.services,
            alias_count=len(proof.alias_hashes),
            unsearched_alias_count=len(proof.unsearched_hashes),
            row_count=proof.row_count,
            files=[
                pb.ExportedFile(path=one.path, media_type=one.media_type, size_bytes=one.size_bytes, sha256=one.sha256)
                for one in proof.files
            ],
            sha256=package.sha256,
            signature=package.signature.hex(),
            public_key=package.public_key.hex(),
            create_time=made,
        )
    )
