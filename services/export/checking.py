"""Verifies a package in a file and prints the findings."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import typer

from libs.audit.signatures import NotAKey, keys_given
from libs.packages.archive import Archive
from libs.packages.encryption import NotDecrypted, decrypt, decrypt_with_passphrase
from libs.packages.manifest import Unreadable
from libs.packages.verification import Report, verify

SOUND, BROKEN, NOT_CHECKED = 0, 1, 2


def check(file: Path, key: str, *, identity: Path | None = None, passphrase: Path | None = None) -> int:
    """Verify the file and print the findings; returns the exit code. identity, passphrase: the file with the age
    identity or the passphrase to decrypt it with; it is decrypted in memory only."""
    try:
        with Archive(opened(file, identity, passphrase), name=str(file)) as archive:
            report = verify(archive, keys_given(key))
    except (NotAKey, NotDecrypted, Unreadable, OSError) as err:
        typer.echo(f"not checked: {err}", err=True)
        return NOT_CHECKED
    for line in told(report):
        typer.echo(line)
    return SOUND if report.sound else BROKEN


def opened(file: Path, identity: Path | None, passphrase: Path | None) -> BinaryIO:
    """The package in a file, decrypted if an identity or a passphrase is given; NotDecrypted, OSError."""
    if identity is not None:
        return io.BytesIO(decrypt(file.read_bytes(), identity.read_text()))
    if passphrase is not None:
        return io.BytesIO(decrypt_with_passphrase(file.read_bytes(), passphrase.read_text().strip()))
    return file.open("rb")


def told(report: Report, *, proven: bool = True) -> Iterator[str]:
    """The lines to print about a report: its findings, or what the package has. proven: whether the key comes from
    another source than the cell."""
    held = report.manifest
    if held is None or not report.sound:
        yield from report.findings
        yield f"NOT SOUND: {len(report.findings)} findings"
        return
    verdict = "sound" if proven else "whole, its authenticity unproven"
    yield f"{verdict}: {held.case_id} of cell {held.cell}, searched in {held.rounds} rounds, done {held.create_time}"
    if held.complete_until is not None:
        yield f"everything that was committed before {held.complete_until} is in it"
    if held.missing_services:
        yield f"PARTIAL: no answer to the last question from {', '.join(held.missing_services)}"
        yield f"services asked: {', '.join(held.services)}"
    else:
        yield f"services asked, all answered: {', '.join(held.services)}"
    for answer in held.answers:
        counts = ", ".join(f"{one.kind} {one.rows}" for one in answer.counts)
        yield f"  {answer.service}: {counts or 'holds no kind of row with persons'}"
    yield f"{held.row_count} rows in {len(held.files)} files, SHA-256 of the manifest {report.sha256}"
    yield f"withheld: {len(held.withheld) or 'nothing'}"
    yield from (f"  {one}" for one in held.withheld)
    yield f"not searched: {len(held.not_searched) or 'nothing'}"
    for one in held.not_searched:
        count = f"{one.documents} or more" if one.more else one.documents
        yield f"  {one.service}, {one.kind} ({count}), {one.what}: {', '.join(one.fields)}"
