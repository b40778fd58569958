"""The kinds that a service needs to ask other cells and to answer them."""

from libs.cross_checks.domain import AskedOfDay, CrossCheck
from libs.document import Document
from libs.store.port import Index, Kind


class BorderHash(Document, frozen=True, kw_only=True):
    """A row by which a question of another cell finds a document. key: the name of the key. hash: `<label>:<hash>`.
    subject: the id of the document."""

    key: str
    hash: str
    subject: str


class HashWalk(Document, frozen=True, kw_only=True):
    """How far the documents have rows with a key; the id is its name. cursor: after the last page."""

    cursor: str = ""
    done: bool = False


CHECKS = Kind(
    "cross_check", CrossCheck, (Index(("subject",), unique=True), Index(("next_time",)), Index(("waiting_since",)))
)
ASKED_OF_DAY = Kind("asked_of_day", AskedOfDay)
HASHES = Kind("border_hash", BorderHash, (Index(("key", "hash")), Index(("subject",))))
HASH_WALKS = Kind("hash_walk", HashWalk)

KINDS = (CHECKS, ASKED_OF_DAY, HASHES, HASH_WALKS)
