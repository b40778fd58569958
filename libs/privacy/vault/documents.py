"""The kinds of the key store, and those that a data store has about its keys.

A *sheet* of the key store has 16 data keys, wrapped as one. Four keys of a sheet belong to one *claim*. The commit that
first uses a key creates the claim in the data store, under the id of the sheet and the number of the claim. Whoever
wants to delete a key that no row seems to use creates the same claim first, as a burnt one. Both cannot succeed.
"""

from datetime import datetime

from libs.store.port import Document, Index, Kind


class KeySheet(Document, frozen=True, kw_only=True):
    """16 data keys. wrapped: 512 bytes, encrypted with the service key; a key of zeros was deleted. unswept: when the
    sheet was made, until the sweep has looked for keys that were never used."""

    wrapped: bytes
    unswept: datetime | None = None


class ServiceKey(Document, frozen=True, kw_only=True):
    """The one key that wraps the sheets of a service, a Tink keyset. wrapped: encrypted with the cell's key. under: the
    name of that key."""

    wrapped: bytes
    under: str


class KeyClaim(Document, frozen=True, kw_only=True):
    """The document `row` of `kind` uses the keys of this claim. burnt: when the sweep took it, which deletes the keys;
    the other fields are empty then."""

    kind: str = ""
    row: str = ""
    burnt: datetime | None = None


class KeyEnd(Document, frozen=True, kw_only=True):
    """Keys of a claim that no stored document uses any more, because a person was removed from it, or the document
    itself; the sweep deletes them when they are `due`, which is after recorded answers with the same ciphertexts have
    gone. numbers: of the keys in the sheet. whole: no key of the claim is in use, and the claim goes too."""

    claim: str
    numbers: tuple[int, ...]
    whole: bool
    due: datetime


class LedgerMark(Document, frozen=True, kw_only=True):
    """How far the erasure ledger has been carried out in this store: the number and the hash of its last such entry."""

    number: int
    hash: str


class FormerPerson(Document, frozen=True, kw_only=True):
    """A person with the keyed hash `hash` occurred in the document `row` of `kind`, which was deleted, or from which
    the person was removed. An erasure finds here, until they are `due`, the keys that earlier copies and recorded
    answers have. keys: of the person, `<sheet>.<number>`. person_id: empty if the person had none, or
    the document is still there. whole: the document
    was about the person. The id is `<hash>:<kind>:<row>:<version>`, with the version of the document that went."""

    hash: str
    kind: str
    row: str
    keys: tuple[str, ...]
    person_id: str = ""
    whole: bool = False
    due: datetime


MARKS = Kind("ledger_mark", LedgerMark)

SHEETS = Kind("key_sheet", KeySheet, (Index(("unswept",)),))
SERVICE_KEYS = Kind("service_key", ServiceKey)
KEY_STORE_KINDS = (SHEETS, SERVICE_KEYS, MARKS)

CLAIMS = Kind("key_claim", KeyClaim)
ENDS = Kind("key_end", KeyEnd, (Index(("due",)),))
FORMER = Kind("former_person", FormerPerson, (Index(("hash",)), Index(("due",))))
DATA_STORE_KINDS = (CLAIMS, ENDS, FORMER, MARKS)
