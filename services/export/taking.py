"""Downloads a package from a running cell; the file appears only when the package is complete and verified."""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import msgspec
import typer

from libs.audit.signatures import NotAKey, Trusted, keys_given, read_key
from libs.files import private
from libs.packages.archive import Archive, Writer
from libs.packages.encryption import AGE, NotDecrypted, encrypt_with_passphrase
from libs.packages.manifest import Unreadable
from libs.packages.verification import Report, verify
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.compliance.v1 import compliance_service_pb2
from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit
from services.export.checking import BROKEN, SOUND, opened, told

NONE = 2
ROLE = "compliance_officer"
PASSPHRASE_LENGTH = 12
_SERVICE = compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"].full_name


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to download. recipient: an age recipient for whom the cell encrypts the package. passphrase: the file with
    the passphrase with which this command encrypts it. identity: the file with the age identity of the recipient, to
    verify what was encrypted. The other fields are those of ExportRequestRequest."""

    request_id: str
    recipient: str = ""
    language: str = ""
    partial: bool = False
    anew: bool = False
    recipient_country: str = ""
    transfer_id: str = ""
    identity: Path | None = None
    passphrase: Path | None = None

    def request(self) -> pb.ExportRequestRequest:
        """The request to the cell."""
        return pb.ExportRequestRequest(
            id=self.request_id,
            recipient=self.recipient,
            language=self.language,
            partial=self.partial,
            anew=self.anew,
            recipient_country=self.recipient_country,
            transfer_id=self.transfer_id,
        )


def take(wanted: Wanted, file: Path, *, to: str, key: str) -> int:
    """Download a package from the cell at `to` (host:port; empty: PRM_LISTEN) and verify it with `key` (empty: the key
    that the cell states); returns the exit code."""
    visit = Visit(to, role=ROLE, subject="export")
    part = file.with_name(file.name + ".part")
    try:
        trusted = keys_given(key) if key else None
        with open(part, "wb", opener=private) as stream:
            stated = asyncio.run(_receive(visit, wanted, stream))
        report = _checked(part, wanted, stated, trusted or read_key(stated.public_key))
        if report is None or report.sound:
            _put(part, file, wanted.passphrase)
    except (CallFailed, NobodyAnswers, NotAKey, NotDecrypted, Unreadable, OSError) as err:
        typer.echo(f"nothing exported: {_why(err)}", err=True)
        return NONE
    finally:
        part.unlink(missing_ok=True)
    return _tell(report, file, stated, proven=trusted is not None)


def _tell(report: Report | None, file: Path, stated: pb.ExportManifest, *, proven: bool) -> int:
    """Print what was downloaded; the exit code."""
    if report is None:
        typer.echo(f"encrypted for its recipient and not verified: {stated.case_id}, {stated.row_count} rows")
        if stated.missing_services:
            typer.echo(f"PARTIAL: no answer to the last question from {', '.join(stated.missing_services)}")
        typer.echo(f"the package is in {file}; its SHA-256 is {stated.encrypted.sha256}")
        typer.echo("the recipient verifies it: prm export verify FILE --identity IDENTITY --key KEY")
        return SOUND
    for line in told(report, proven=proven):
        typer.echo(line)
    if not report.sound:
        typer.echo("nothing exported: the package is not what its manifest says", err=True)
        return BROKEN
    typer.echo(f"the package is in {file}; it is personal data")
    if not proven:
        typer.echo(f"checked with the key that the cell itself states, {stated.public_key}: compare it with the one")
        typer.echo("you were given by somebody you trust, or say --key")
    return SOUND


async def _receive(visit: Visit, wanted: Wanted, stream: BinaryIO) -> pb.ExportManifest:
    """Write the package to `stream`, as a zip file or as the encrypted file that the cell sends; returns the manifest
    that the cell states at the end. Unreadable if it states none, or sends something else than was asked for."""
    stated: pb.ExportManifest | None = None
    async with visit.client() as client:
        await visit.reach(client, _SERVICE)
        parts = client.stream(f"{_SERVICE}/ExportRequest", wanted.request())
        with _Encrypted(stream) if wanted.recipient else Writer(stream) as writer:
            async for part in parts:
                if part.WhichOneof("part") == "manifest":
                    stated = part.manifest
                else:
                    writer.add(part.chunk.path, part.chunk.offset_bytes, part.chunk.data)
    stream.flush()
    os.fsync(stream.fileno())
    if stated is None:
        raise Unreadable("the cell ended before it had said everything")
    if stated.case_id != wanted.request_id:
        raise Unreadable(f"the cell handed out the package of {stated.case_id}")
    return stated


class _Encrypted:
    """Writes the one file of an encrypted package. Unreadable if a piece is missing, or if there is another file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __enter__(self) -> "_Encrypted":
        return self

    def __exit__(self, kind: object, err: object, trace: object) -> None:
        return None

    def add(self, path: str, offset_bytes: int, data: bytes) -> None:
        """Write the next piece."""
        if not path.endswith(AGE) or offset_bytes != self._stream.tell():
            raise Unreadable(f"{path} at byte {offset_bytes} is no piece of an encrypted package")
        self._stream.write(data)


def _checked(part: Path, wanted: Wanted, stated: pb.ExportManifest, key: Trusted) -> Report | None:
    """The report about what was downloaded; None for an encrypted package without an identity to open it, of which only
    the hash is checked. Unreadable."""
    if wanted.recipient:
        with part.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != stated.encrypted.sha256:
                raise Unreadable("what arrived is not what the cell sent")
        if wanted.identity is None:
            return None
    with Archive(opened(part, wanted.identity if wanted.recipient else None, None), name=str(part)) as archive:
        report = verify(archive, key)
    if report.manifest is not None and report.manifest.case_id != wanted.request_id:
        raise Unreadable(f"the cell handed out the package of {report.manifest.case_id}")
    return report


def _put(part: Path, file: Path, passphrase: Path | None) -> None:
    """Give the package its name, encrypted if there is a file with a passphrase."""
    if passphrase is None:
        part.replace(file)
        return
    secret = passphrase.read_text().strip()
    if len(secret) < PASSPHRASE_LENGTH:
        raise Unreadable(f"the passphrase in {passphrase} is shorter than {PASSPHRASE_LENGTH} characters")
    sealed = encrypt_with_passphrase(part.read_bytes(), secret)
    with open(part, "wb", opener=private) as stream:
        stream.write(sealed)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def _why(err: Exception) -> str:
    if not isinstance(err, CallFailed):
        return str(err)
    return "; ".join([err.message, *(f"{one.field} {one.description}" for one in err.violations)])
