"""Protobuf to commands and documents to protobuf, by field name."""

from collections.abc import Iterator

from google.protobuf.timestamp_pb2 import Timestamp

from libs.call import Call, CallsRecorded
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance.v1 import (
    audit_chain_pb2,
    audit_entry_pb2,
    compliance_events_pb2,
    export_pb2,
    subject_request_pb2,
)
from libs.pb.prm.compliance.v1 import compliance_requests_pb2 as requests_pb
from libs.privacy.subject_data import SubjectDataLocated
from services.compliance.domain import events
from services.compliance.domain.audit import AuditEntry
from services.compliance.domain.chain import AuditCheckpoint, ConsistencyProof, InclusionProof
from services.compliance.domain.request import KindCount, ServiceAnswer, SubjectRequest
from services.compliance.usecases import audit, export, proofs, requests
from services.compliance.usecases.package import File, Package

CHUNK_BYTES = 256 * 1024

EVENTS = EventCodec(
    (
        events.SubjectRequestCompleted,
        events.SubjectRequestExported,
        events.SubjectRequestOpened,
        events.SubjectRequestPrepared,
        SubjectDataLocated,
    ),
    compliance_events_pb2,
)

_REQUEST = Mapper(SubjectRequest, subject_request_pb2.SubjectRequest)
_ENTRY = Mapper(AuditEntry, audit_entry_pb2.AuditEntry)
_CHECKPOINT = Mapper(AuditCheckpoint, audit_chain_pb2.AuditCheckpoint)
_INCLUSION = Mapper(InclusionProof, audit_chain_pb2.AuditInclusionProof)
_CONSISTENCY = Mapper(ConsistencyProof, audit_chain_pb2.AuditConsistencyProof)

CREATE = Mapper(requests.CreateRequest, requests_pb.CreateRequestRequest)
GET = Mapper(requests.GetRequest, requests_pb.GetRequestRequest)
LIST = Mapper(requests.ListRequests, requests_pb.ListRequestsRequest)
EXPORT = Mapper(requests.GetRequest, requests_pb.ExportRequestRequest)
LIST_AUDIT = Mapper(audit.ListAuditEntries, requests_pb.ListAuditEntriesRequest)
GET_CHECKPOINT = Mapper(proofs.GetCheckpoint, requests_pb.GetCheckpointRequest)
GET_INCLUSION = Mapper(proofs.GetInclusionProof, requests_pb.GetInclusionProofRequest)
GET_CONSISTENCY = Mapper(proofs.GetConsistencyProof, requests_pb.GetConsistencyProofRequest)
EXPORT_AUDIT = Mapper(export.ExportAudit, requests_pb.ExportAuditRequest)


def request(one: SubjectRequest) -> subject_request_pb2.SubjectRequest:
    """A request as callers see it."""
    return _REQUEST.encode(one)


def entry(one: AuditEntry) -> audit_entry_pb2.AuditEntry:
    """An entry as callers see it."""
    return _ENTRY.encode(one)


def checkpoint(one: AuditCheckpoint) -> audit_chain_pb2.AuditCheckpoint:
    """A checkpoint as callers see it."""
    return _CHECKPOINT.encode(one)


def inclusion(one: InclusionProof) -> audit_chain_pb2.AuditInclusionProof:
    """A proof as callers see it."""
    return _INCLUSION.encode(one)


def consistency(one: ConsistencyProof) -> audit_chain_pb2.AuditConsistencyProof:
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


def chunks(package: Package) -> Iterator[requests_pb.ExportRequestResponse]:
    """The pieces of each file, at least one."""
    for file in package.files:
        yield from _pieces(file)


def _pieces(file: File) -> Iterator[requests_pb.ExportRequestResponse]:
    for offset in range(0, max(len(file.data), 1), CHUNK_BYTES):
        chunk = export_pb2.ExportChunk(
            path=file.path,
            media_type=file.media_type,
            sha256=file.sha256,
            size_bytes=len(file.data),
            offset_bytes=offset,
            data=file.data[offset : offset + CHUNK_BYTES],
        )
        yield requests_pb.ExportRequestResponse(chunk=chunk)


def manifest(package: Package) -> requests_pb.ExportRequestResponse:
    """The last message of a package."""
    proof = package.manifest
    made = Timestamp()
    made.FromDatetime(proof.create_time)
    return requests_pb.ExportRequestResponse(
        manifest=export_pb2.ExportManifest(
            case_id=proof.case_id,
            services=proof.services,
            alias_count=len(proof.alias_hashes),
            unsearched_alias_count=len(proof.unsearched_hashes),
            row_count=proof.row_count,
            files=[
                export_pb2.ExportedFile(
                    path=one.path, media_type=one.media_type, size_bytes=one.size_bytes, sha256=one.sha256
                )
                for one in proof.files
            ],
            sha256=package.sha256,
            signature=package.signature.hex(),
            public_key=package.public_key.hex(),
            create_time=made,
        )
    )
