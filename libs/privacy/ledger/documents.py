"""The kinds of the ledger store, and what one entry says."""

import hashlib
from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from libs.audit.statements import canonical
from libs.privacy.vault.tokens import KeyId
from libs.store.port import Document, Index, Kind

HEAD = "head"
_DIGITS = 12


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """One person was erased from one row. kind, row: empty in the entry that ends an erasure. keys: `<sheet>.<number>`
    of the data keys that were deleted. persons: the random ids of the person in that row. whole: the row was about the
    person, so its texts that name nobody and its personal fields are gone too."""

    case_id: str
    kind: str
    row: str
    keys: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    whole: bool = False

    @property
    def key_ids(self) -> tuple[KeyId, ...]:
        """The keys that were deleted."""
        return tuple(key_of(one) for one in self.keys)

    @property
    def ends(self) -> bool:
        """Whether it is the end of an erasure in this service, also of one that found no row."""
        return not self.kind

    @property
    def place(self) -> tuple[str, str]:
        """The kind and the id of the row."""
        return self.kind, self.row

    def covers(self, holder: str, key: KeyId | None) -> bool:
        """Whether what stands under this key, or belongs to this person, was erased."""
        return (holder in self.persons if holder else self.whole) or (key is not None and key in self.key_ids)


class LedgerEntry(Document, frozen=True, kw_only=True):
    """An entry. hash: of the hash before it and its content, so that no entry can be changed or taken out."""

    erased: Erased
    hash: str
    case_id: str
    place: str

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return int(self.id)


class LedgerHead(Document, frozen=True, kw_only=True):
    """The end of the ledger, with the id HEAD. signature: Ed25519 of the cell over service, number and hash, hex."""

    number: int
    hash: str
    signature: str


class Suppressed(Document, frozen=True, kw_only=True):
    """The keyed hash of an alias of somebody who was erased, which is the id. number: of the last entry of the ledger
    when it was added; what was stored before is not to come back."""

    case_id: str
    number: int


class GateRow(Document, frozen=True, kw_only=True):
    """A row of the gate of a data store, which imports and erasures write; see `libs.privacy.ledger.gate`."""


ENTRIES = Kind("ledger_entry", LedgerEntry, (Index(("case_id",)), Index(("place",))))
HEADS = Kind("ledger_head", LedgerHead)
SUPPRESSED = Kind("suppressed", Suppressed, (Index(("case_id",)),))
LEDGER_KINDS = (ENTRIES, HEADS, SUPPRESSED)
GATE_ROWS = Kind("erasure_gate", GateRow)


def entry_id(number: int) -> str:
    """The id of an entry; ids sort as numbers do."""
    return f"{number:0{_DIGITS}}"


def entry_of(erased: Erased, number: int, before: str) -> LedgerEntry:
    """The entry with this number. before: the hash of the entry before it."""
    content = canonical(msgspec.to_builtins(replace(erased, whole=False)) | {"whole": int(erased.whole)})
    digest = hashlib.sha256(f"{number}\n{before}\n".encode() + content).hexdigest()
    where = place_of(erased.kind, erased.row)
    return LedgerEntry(id=entry_id(number), erased=erased, hash=digest, case_id=erased.case_id, place=where)


def place_of(kind: str, row: str) -> str:
    """The place of a row, as it is looked up."""
    return f"{kind}:{row}"


def key_of(text: str) -> KeyId:
    """The key that `written` wrote."""
    sheet, _, number = text.partition(".")
    return KeyId(sheet, int(number))


def written(keys: Collection[KeyId]) -> tuple[str, ...]:
    """Keys as text, sorted."""
    return tuple(f"{one.sheet}.{one.number}" for one in sorted(keys))
