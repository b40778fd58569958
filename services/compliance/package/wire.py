"""Protobuf to commands, and a package to the messages of its stream."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.package.usecases.assembly import File
from services.compliance.package.usecases.export import ExportRequest
from services.compliance.package.usecases.possible import GetPossibleAliases, PossibleAlias
from services.compliance.package.usecases.sending import Sent

CHUNK_BYTES = 256 * 1024

EXPORT = Mapper(ExportRequest, pb.ExportRequestRequest)
POSSIBLE = Mapper(GetPossibleAliases, pb.GetPossibleAliasesRequest)
POSSIBLE_ALIAS = Mapper(PossibleAlias, pb.PossibleAlias)


def chunks(files: Sequence[File]) -> Iterator[pb.ExportRequestResponse]:
    """The messages with the pieces of each file, 256 KiB at most; an empty file has one empty piece."""
    for file in files:
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


def manifest(sent: Sent, end: datetime | None) -> pb.ExportRequestResponse:
    """The last message of a package. end: of its downloads."""
    package = sent.package
    proof = package.manifest
    said = pb.ExportManifest(
        case_id=proof.case_id,
        services=proof.services,
        missing_services=proof.missing_services,
        language=proof.language,
        alias_count=len(proof.alias_hashes),
        unsearched_alias_count=len(proof.unsearched_hashes),
        row_count=proof.row_count,
        files=[_listed(one.path, one.media_type, one.size_bytes, one.sha256) for one in proof.files],
        sha256=package.sha256,
        signature=package.signature.hex(),
        public_key=package.public_key.hex(),
    )
    said.create_time.FromDatetime(proof.create_time)
    if proof.complete_until is not None:
        said.complete_until.FromDatetime(proof.complete_until)
    if end is not None and not proof.missing_services:
        said.expire_time.FromDatetime(end)
    if sent.files != package.files:
        (one,) = sent.files
        said.encrypted.CopyFrom(_listed(one.path, one.media_type, len(one.data), one.sha256))
    return pb.ExportRequestResponse(manifest=said)


def _listed(path: str, media_type: str, size_bytes: int, sha256: str) -> pb.ExportedFile:
    return pb.ExportedFile(path=path, media_type=media_type, size_bytes=size_bytes, sha256=sha256)
