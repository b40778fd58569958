"""The fields of `manifest.json` that a check needs, and the files beside it."""

from datetime import datetime

import msgspec

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "manifest.pub.pem"
NOT_SEARCHED = "not_searched"  # `.json`, one entry a line, and `.csv`
PROOF = (MANIFEST, SIGNATURE, PUBLIC_KEY)  # the last files of a package, which the manifest does not list

MANIFEST_BYTES = 16 * 1024 * 1024


class Unreadable(ValueError):
    """The input is not a package, or is a damaged or incomplete one, so it cannot be checked; the message has the
    cause."""


class Counted(msgspec.Struct, frozen=True):
    """How many rows of a kind a service found."""

    kind: str
    rows: int


class Answered(msgspec.Struct, frozen=True):
    """The answer of a service to the last round. alias_hashes: those it found and was not asked for."""

    service: str
    counts: tuple[Counted, ...]
    alias_hashes: tuple[str, ...] = ()


class Listed(msgspec.Struct, frozen=True):
    """A file that the manifest lists; sha256: hex."""

    path: str
    size_bytes: int
    sha256: str


class NotSearched(msgspec.Struct, frozen=True):
    """Fields of the documents of a kind that may name the person and were not searched. what: free text (TEXT), persons
    with only a name (NAME), others (FIELD). documents: how many there are; `more`: at least so many."""

    service: str
    kind: str
    what: str
    fields: tuple[str, ...]
    documents: int
    more: bool = False


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The signed content of a package. services: all that were asked. missing_services: those that have not answered;
    the package is partial if there are any. complete_until: the package contains everything committed before this
    instant; None if it is partial, and in packages of an earlier release. alias_hashes: all that were searched.
    unsearched_hashes, search_stopped: hashes that were found and not searched, and why. withheld: a sentence with the
    reason for each thing left out. not_searched: fields that were not searched."""

    case_id: str
    cell: str
    services: tuple[str, ...]
    missing_services: tuple[str, ...] = ()
    alias_hashes: tuple[str, ...] = ()
    unsearched_hashes: tuple[str, ...] = ()
    search_stopped: str = ""
    rounds: int
    complete_until: datetime | None = None
    answers: tuple[Answered, ...]
    withheld: tuple[str, ...]
    not_searched: tuple[NotSearched, ...] = ()
    row_count: int
    files: tuple[Listed, ...]
    create_time: datetime


def data_path(service: str, kind: str) -> str:
    """The path of the file with the rows of a kind, one per line."""
    return f"data/{service}/{kind}.json"


def read_manifest(data: bytes) -> Manifest:
    """The decoded manifest; Unreadable if the bytes are not a manifest."""
    try:
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as err:
        raise Unreadable(f"{MANIFEST} is not what a package has: {err}") from err
