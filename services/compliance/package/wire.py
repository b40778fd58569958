"""Protobuf to commands, and a package to the messages of its stream."""

from collections.abc import Iterator

from google.protobuf.timestamp_pb2 import Timestamp

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.package.usecases.assembly import File, Package
from services.compliance.package.usecases.export import ExportRequest
from services.compliance.package.usecases.possible import GetPossibleAliases, PossibleAlias

CHUNK_BYTES = 256 * 1024

EXPORT = Mapper(ExportRequest, pb.ExportRequestRequest)
POSSIBLE = Mapper(GetPossibleAliases, pb.GetPossibleAliasesRequest)
POSSIBLE_ALIAS = Mapper(PossibleAlias, pb.PossibleAlias)


def chunks(package: Package) -> Iterator[pb.ExportRequestResponse]:
    """The messages with the pieces of each file, 256 KiB at most; an empty file has one empty piece."""
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
    created, until = Timestamp(), Timestamp()
    created.FromDatetime(proof.create_time)
    until.FromDatetime(proof.complete_until)
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
            create_time=created,
            complete_until=until,
        )
    )
