"""The fields of `manifest.json` that a check needs, and the files beside it."""

from datetime import datetime

import msgspec

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "manifest.pub.pem"
NOT_SEARCHED = "not_searched"  # `.json`, one entry a line, and `.csv`
UNLISTED = frozenset({MANIFEST, SIGNATURE, PUBLIC_KEY})

MANIFEST_BYTES = 16 * 1024 * 1024


class Unreadable(ValueError):
    """What was given is no package, so nothing can be said of it; the text says why."""


class Counted(msgspec.Struct, frozen=True):
    """How many rows of a kind a service found."""

    kind: str
    rows: int


class Answered(msgspec.Struct, frozen=True):
    """What a service found in the last round. alias_hashes: those it was not asked for."""

    service: str
    counts: tuple[Counted, ...]
    alias_hashes: tuple[str, ...] = ()


class Listed(msgspec.Struct, frozen=True):
    """A file; sha256: hex."""

    path: str
    size_bytes: int
    sha256: str


class NotSearched(msgspec.Struct, frozen=True):
    """Fields of the documents of a kind in which the person may stand and was not looked for: free text (TEXT), persons
    written down with a name alone (NAME), others (FIELD). documents: how many there are, `more`: at least."""

    service: str
    kind: str
    what: str
    fields: tuple[str, ...]
    documents: int
    more: bool = False


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the cell vouches for. services: all that were asked. complete_until: everything that was committed
    before is in the package; None in those of an earlier release. alias_hashes: all that were searched.
    unsearched_hashes, search_stopped: what was found and not searched, and why. withheld: what was found and not handed
    over, with its ground. not_searched: where nobody looked."""

    case_id: str
    cell: str
    services: tuple[str, ...]
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
    """Where the rows of a kind stand, one a line."""
    return f"data/{service}/{kind}.json"


def read_manifest(data: bytes) -> Manifest:
    """Unreadable if it is none."""
    try:
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as err:
        raise Unreadable(f"{MANIFEST} is not what a package has: {err}") from err
