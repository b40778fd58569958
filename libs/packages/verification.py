"""Verifies that a package is what the cell signed: every file, every row count, an answer of every service asked."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from libs.audit.signatures import COMPLIANCE, Trusted, pem_of, signer_of
from libs.packages.manifest import (
    MANIFEST,
    MANIFEST_BYTES,
    PROOF,
    PUBLIC_KEY,
    SIGNATURE,
    Listed,
    Manifest,
    Unreadable,
    data_path,
    read_manifest,
)

_SIGNATURE_BYTES = 64
_PEM_BYTES = 1024


class Contents(Protocol):
    """The files of a package, in memory or in a zip file."""

    def names(self) -> Sequence[str]:
        """The paths of the files, each once, in order."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece. Unreadable if the file is damaged."""
        ...


class Loaded(msgspec.Struct, frozen=True):
    """Files in memory, by path."""

    files: dict[str, bytes]

    def names(self) -> Sequence[str]:
        """See Contents."""
        return tuple(self.files)

    def pieces(self, name: str) -> Iterator[bytes]:
        """See Contents."""
        yield self.files[name]


class Report(msgspec.Struct, frozen=True):
    """The result of a check. findings: one sentence per fault. sha256: of manifest.json, hex. manifest: None unless it
    was signed with the key, because otherwise its content cannot be trusted."""

    sha256: str
    findings: tuple[str, ...]
    manifest: Manifest | None = None

    @property
    def sound(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


def verify(contents: Contents, trusted: Trusted) -> Report:
    """The report about a package. trusted: the public keys of the cell, from another source than the package.
    Unreadable if the contents are not a package.

    The signature is checked first: if it is wrong, only the bytes of manifest and signature are read."""
    names = frozenset(contents.names())
    if MANIFEST not in names:
        raise Unreadable(f"there is no {MANIFEST} in it, so it is no package, or half of one")
    proof = _whole(contents, MANIFEST, MANIFEST_BYTES)
    sha256 = hashlib.sha256(proof).hexdigest()
    if SIGNATURE not in names:
        return Report(sha256, (f"NOT_SIGNED: there is no {SIGNATURE}",))
    signer = signer_of(COMPLIANCE, proof, _whole(contents, SIGNATURE, _SIGNATURE_BYTES), trusted)
    if signer is None:
        text = f"FORGED: {MANIFEST} was not signed with this key: it was changed, or the key is another's"
        return Report(sha256, (text,))
    manifest = read_manifest(proof)
    read = {one.path: _read(contents, one) for one in manifest.files if one.path in names}
    findings = (
        *_names(manifest, contents.names()),
        *_key(contents, signer),
        *(f"CHANGED: {path} is not what was signed" for path, rows in read.items() if rows is None),
        *_answers(manifest),
        *_search(manifest),
        *_counts(manifest, read),
    )
    return Report(sha256, findings, manifest)


def _names(manifest: Manifest, names: Sequence[str]) -> Iterator[str]:
    """Findings about the names of the files, and about their order if the names are right."""
    right = (*(one.path for one in manifest.files), *PROOF)
    yield from (f"MISSING: {name}" for name in sorted({*right}.difference(names)))
    yield from (f"UNLISTED: {name} is not part of the package" for name in sorted({*names}.difference(right)))
    if {*right} == {*names} and (moved := [one for one, there in zip(right, names, strict=True) if one != there]):
        yield f"MOVED: {moved[0]} is not in its place"


def _key(contents: Contents, signer: bytes) -> Iterator[str]:
    """A finding if the package states another public key than the one that it was checked with."""
    if PUBLIC_KEY in contents.names() and _whole(contents, PUBLIC_KEY, _PEM_BYTES) != pem_of(signer):
        yield f"CHANGED: {PUBLIC_KEY} is not the key that signed the package"


def _read(contents: Contents, listed: Listed) -> int | None:
    """The number of lines of a file; None if its content differs from what is listed."""
    digest, size, lines = hashlib.sha256(), 0, 0
    try:
        for piece in contents.pieces(listed.path):
            digest.update(piece)
            size += len(piece)
            lines += piece.count(b"\n")
            if size > listed.size_bytes:
                return None
    except Unreadable:
        return None
    return lines if (size, digest.hexdigest()) == (listed.size_bytes, listed.sha256) else None


def _answers(manifest: Manifest) -> Iterator[str]:
    """Findings that only a mistake of the cell can cause; they are checked so that a reader need not trust the cell."""
    answered = {one.service for one in manifest.answers} | {*manifest.missing_services}
    yield from (f"SILENT: {name} was asked and has not answered" for name in manifest.services if name not in answered)
    found = sum(count.rows for one in manifest.answers for count in one.counts)
    if found != manifest.row_count:
        yield f"ROWS: the services found {found}, the manifest has {manifest.row_count}"


def _search(manifest: Manifest) -> Iterator[str]:
    """A finding if aliases were found and not searched, even if the manifest does not say so itself: the package is
    then incomplete. A partial one is named as such, and its search is not at its end."""
    if manifest.missing_services:
        return
    found = {*manifest.unsearched_hashes, *(one for answer in manifest.answers for one in answer.alias_hashes)}
    if left := found.difference(manifest.alias_hashes):
        why = manifest.search_stopped or "the manifest does not say why"
        yield f"UNSEARCHED: {len(left)} aliases were found and not looked for: {why}"


def _counts(manifest: Manifest, read: dict[str, int | None]) -> Iterator[str]:
    """A finding for each counted kind whose file does not have that many rows."""
    for one in manifest.answers:
        for count in one.counts:
            path = data_path(one.service, count.kind)
            rows = read.get(path, 0)
            if rows is not None and rows != count.rows:
                yield f"ROWS: {one.service} found {count.rows} of {count.kind}, {path} has {rows}"


def _whole(contents: Contents, name: str, most_bytes: int) -> bytes:
    found = bytearray()
    for piece in contents.pieces(name):
        found += piece
        if len(found) > most_bytes:
            raise Unreadable(f"{name} is larger than it can be")
    return bytes(found)
