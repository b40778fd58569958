"""Encrypts and decrypts the documents of one kind. Each ciphertext is bound to service, kind, document, place and
person, so that it cannot be moved."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.errors import AppError, Code, InvalidInput, Violation
from libs.ids import secret
from libs.person import Person, PersonalText
from libs.privacy.masking import MASK
from libs.privacy.objects import ForgedObject
from libs.privacy.sealing.places import Place, Walk, What, walk_of
from libs.privacy.vault.sheet import NONCE_BYTES, Sheet
from libs.privacy.vault.tokens import KEYS_PER_CLAIM, NUMBER, SEALED, SHEET, KeyId, is_token, key_of, write_token
from libs.privacy.vault.vault import Claimable, KeyLost, Vault
from libs.store.port import WRITES_PER_COMMIT, Kind, LimitExceeded, VersionConflict

_ENCODE = msgspec.json.Encoder().encode
_DECODE_PERSON = msgspec.json.Decoder(Person).decode
_DECODE_ANYTHING = msgspec.json.Decoder().decode
_DECODE_HASHES = msgspec.json.Decoder(tuple[str, ...]).decode

OF_HASHES = "*"
"""The holder of the keyed hashes in a document: their key goes when they go, before or after that of the document."""

Look = Callable[[str], Sheet | None]
"""Finds an opened sheet by its id; None if it was not read yet. A sheet that does not exist is one without keys."""


class PlaintextRefused(AppError):
    """A document in clear stands in a store in which every document was encrypted: a process of an earlier release
    writes to it, or somebody put it there."""

    code, reason = Code.FAILED_PRECONDITION, "PLAINTEXT_REFUSED"

    def __init__(self, kind: str, id: str, path: str) -> None:
        super().__init__(f"{kind} {id} has personal data in clear ({path}) in a sealed store", kind=kind, id=id)


class SheetNeeded(Exception):
    """The keys of this sheet must be read first."""

    def __init__(self, sheet: str) -> None:
        super().__init__(sheet)
        self.sheet = sheet


class KeysNeeded(Exception):
    """There are no new keys in stock."""


class ErasedNeeded(Exception):
    """Keys of the document that is replaced were erased before it was read, so the ledger must say which."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(kind, id)
        self.place = kind, id


class Seal:
    """How the documents of a kind are encrypted. Made by `seal_of`."""

    def __init__(self, service: str, kind: Kind[Any], walk: Walk) -> None:
        self.kind = kind
        self.walk = walk
        self._bound = f"{service}\0{kind.name}\0"

    def bound(self, id: str) -> str:
        """What the ciphertexts of a document are bound to, besides place and person."""
        return f"{self._bound}{id}\0"

    def open(
        self,
        stored: Any,
        look: Look,
        missing: set[str] | None = None,
        *,
        strict: bool = False,
        erased: Collection[KeyId] = (),
    ) -> Any:
        """The document with every place decrypted; a place that is in clear stays, or is refused if `strict`, and one
        under an `erased` key is empty. Adds to `missing` all sheets that must be read first, after which the document
        is to be opened again; SheetNeeded for the first of them if there is no `missing`. KeyLost, ForgedObject,
        PlaintextRefused."""
        return self.walk.visit(stored, _Opening(self, stored.id, look, missing, strict=strict, erased=erased))

    def items(self, document: Any) -> list[tuple[Place, Any]]:
        """The places of a document that are not empty, with their values, in a fixed order."""
        collecting = _Collecting()
        self.walk.visit(document, collecting)
        return collecting.found

    def keys_in(self, stored: Any) -> Iterator[tuple[str, KeyId]]:
        """The keys that a stored document uses, each with the id of its person; empty for the key of the document."""
        for place, value in self.items(stored):
            if is_token(text := text_in(place, value)):
                yield holder_of(place, value), key_of(text)

    def held(self, stored: Any) -> Iterator[tuple[Place, str, KeyId | None]]:
        """The places of a stored document that are not empty: whose they are, and the key; None for one in clear. The
        order is that of `items`."""
        for place, value in self.items(stored):
            yield place, holder_of(place, value), _key_in(place, value)

    def without(self, stored: Any, erased: Callable[[str, KeyId | None], bool]) -> Any:
        """The stored document, in which the places that `erased` names by holder and key are empty."""
        return self.walk.visit(stored, _Emptying(erased))

    def in_clear(self, stored: Any) -> Iterator[str]:
        """The paths of the places that are not encrypted, and hold something."""
        for place, value in self.items(stored):
            if not is_token(text_in(place, value)) and not _is_empty(place, value):
                yield place.path


class Sealing:
    """The encryption of one document, a visitor of its places. before, stored: the document that it replaces, in clear
    and as it is stored. erased: keys under which everything in `before` was empty; None if nobody has asked the ledger.
    taken: keys that it uses and whose claims must be created. ErasedNeeded; VersionConflict if an erasure of the
    document has begun since it was read."""

    def __init__(
        self,
        seal: Seal,
        vault: Vault,
        look: Look,
        before: Any,
        stored: Any,
        *,
        erased: Collection[KeyId] | None = None,
    ) -> None:
        self._seal = seal
        self._vault = vault
        self._look = look
        self._bound = ""
        self._kept: dict[tuple[str, Any], Any] = {}
        self._keys: dict[str, AESGCM] = {}
        self._ids: dict[str, KeyId] = {}
        self._spare: list[KeyId] = []
        self.taken: list[Claimable] = []
        if stored is not None:
            self._read(before, stored, erased)

    def seal(self, document: Any) -> Any:
        """The document with every place encrypted. A value that was in the same place before keeps its ciphertext.
        KeysNeeded, SheetNeeded."""
        self._bound = self._seal.bound(document.id)
        return self._seal.walk.visit(document, self)

    def person(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        if (kept := self._kept.get((place.path, value))) is not None:
            return kept
        who = value.person_id
        if value == Person(person_id=who):
            return value
        if MASK in value.name or MASK in value.email or MASK in value.phone:
            raise _masked(place)
        return Person(person_id=who, name=self._token(place, _ENCODE(value), who))

    def text(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        if (kept := self._kept.get((place.path, value))) is not None:
            return kept
        if not value.text:
            return value
        if value.text == MASK:
            raise _masked(place)
        return PersonalText(person_id=value.person_id, text=self._token(place, value.text.encode(), value.person_id))

    def field(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        if (kept := self._kept.get((place.path, value))) is not None:
            return kept
        return self._token(place, value.encode(), "") if value else value

    def anything(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        plain = _ENCODE(value)
        if (kept := self._kept.get((place.path, plain))) is not None:
            return kept
        return self._token(place, plain, "")

    def hashes(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        if (kept := self._kept.get((place.path, value))) is not None:
            return kept
        return (self._token(place, _ENCODE(value), OF_HASHES),)

    def _token(self, place: Place, plain: bytes, holder: str) -> str:
        if (cipher := self._keys.get(holder)) is None:
            cipher = self._find_key(holder)
        nonce = secret(NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, plain, f"{self._bound}{place.path}\0{holder}".encode())
        return write_token(self._ids[holder], b2a_base64(sealed, newline=False).decode())

    def _read(self, before: Any, stored: Any, erased: Collection[KeyId] | None) -> None:
        """Remember the ciphertexts and the keys of the document that is replaced."""
        left = self._seal.without(stored, lambda _, key: key in erased) if erased else stored
        shown, held = self._seal.items(before), self._seal.items(left)
        if len(shown) != len(held):  # what an erasure has emptied is not among the items of `before`
            if erased is None:
                raise ErasedNeeded(self._seal.kind.name, stored.id)
            raise VersionConflict(self._seal.kind.name, stored.id)
        for (place, plain), (_, kept) in zip(shown, held, strict=True):
            if is_token(text := text_in(place, kept)):
                self._kept[place.path, _ENCODE(plain) if place.what is What.ANYTHING else plain] = kept
                self._ids.setdefault(holder_of(place, kept), key_of(text))
        if "" not in self._ids and self._ids:  # the first key of every claim is for texts of no single person
            one = next(iter(self._ids.values()))
            self._ids[""] = KeyId(one.sheet, one.number // KEYS_PER_CLAIM * KEYS_PER_CLAIM)

    def _find_key(self, holder: str) -> AESGCM:
        """The key of a person in this document, or of the document."""
        if (known := self._ids.pop(holder, None)) is not None:
            sheet = self._look(known.sheet)
            if sheet is None:
                raise SheetNeeded(known.sheet)
            if sheet.has(known.number):
                return self._use(holder, known, sheet)
        if not holder or not self._spare:
            self._take()
        if holder:
            return self._use(holder, self._spare.pop(0), self.taken[-1].sheet)
        return self._keys[""]

    def _take(self) -> None:
        """New keys: the first one for the document, unless it has one, the others for persons."""
        if len(self.taken) >= WRITES_PER_COMMIT:
            raise LimitExceeded(f"more than {WRITES_PER_COMMIT} claims of keys, which are writes of the commit")
        claim = self._vault.take()
        if claim is None:
            raise KeysNeeded
        self.taken.append(claim)
        document, *self._spare = claim.keys()
        if "" not in self._ids:
            self._use("", document, claim.sheet)

    def _use(self, holder: str, key: KeyId, sheet: Sheet) -> AESGCM:
        self._ids[holder] = key
        self._keys[holder] = cipher = sheet.key(key.number)
        return cipher


def emptied(place: Place) -> Any:
    """What stands in a place after an erasure."""
    if place.what is What.PERSON:
        return Person()
    if place.what is What.HASHES:
        return ()
    return PersonalText() if place.what is What.TEXT else ""


def seal_of(service: str, kind: Kind[Any]) -> Seal | None:
    """How a kind is encrypted; None if its documents hold no personal data."""
    walk = walk_of(service, kind.type)
    return Seal(service, kind, walk) if walk is not None else None


def text_in(place: Place, value: Any) -> str:
    """The string in which a token stands, if there is one."""
    if place.what is What.PERSON:
        return str(value.name)
    if place.what is What.TEXT:
        return str(value.text)
    if place.what is What.HASHES:
        return str(value[0]) if len(value) == 1 else ""
    return value if isinstance(value, str) else ""


def holder_of(place: Place, value: Any) -> str:
    """The person under whose key the value is; OF_HASHES for that of keyed hashes, empty for the key of the
    document."""
    if place.what is What.HASHES:
        return OF_HASHES
    return str(value.person_id) if place.what is What.PERSON or place.what is What.TEXT else ""


def _key_in(place: Place, value: Any) -> KeyId | None:
    """The key under which the value is encrypted; None if it is in clear."""
    return key_of(text) if is_token(text := text_in(place, value)) else None


class _Opening:
    """The decryption of one document, a visitor of its places. missing: as in Seal.open. erased: keys under which
    everything is empty."""

    __slots__ = ("_bound", "_erased", "_id", "_look", "_missing", "_seal", "_strict")

    def __init__(
        self, seal: Seal, id: str, look: Look, missing: set[str] | None, *, strict: bool, erased: Collection[KeyId]
    ) -> None:
        self._strict = strict
        self._erased = erased
        self._seal = seal
        self._id = id
        self._look = look
        self._bound = seal.bound(id)
        self._missing = missing

    def person(self, place: Place, value: Any) -> Any:
        if self._erased and _key_in(place, value) in self._erased:
            return emptied(place)
        plain = self._plain(place, value.name, value.person_id)
        return self._kept(place, value, value.name) if plain is None else _DECODE_PERSON(plain)

    def text(self, place: Place, value: Any) -> Any:
        if self._erased and _key_in(place, value) in self._erased:
            return emptied(place)
        plain = self._plain(place, value.text, value.person_id)
        if plain is None:
            return self._kept(place, value, value.text)
        return PersonalText(person_id=value.person_id, text=plain.decode())

    def field(self, place: Place, value: Any) -> Any:
        if self._erased and _key_in(place, value) in self._erased:
            return emptied(place)
        plain = self._plain(place, value, "")
        return self._kept(place, value, value) if plain is None else plain.decode()

    def anything(self, place: Place, value: Any) -> Any:
        text = value if isinstance(value, str) else ""
        if self._erased and _key_in(place, value) in self._erased:
            return emptied(place)
        plain = self._plain(place, text, "")
        return self._kept(place, value, text) if plain is None else _DECODE_ANYTHING(plain)

    def hashes(self, place: Place, value: Any) -> Any:
        text = text_in(place, value)
        if self._erased and _key_in(place, value) in self._erased:
            return emptied(place)
        plain = self._plain(place, text, OF_HASHES)
        return self._kept(place, value, text) if plain is None else _DECODE_HASHES(plain)

    def _kept(self, place: Place, value: Any, text: str) -> Any:
        """A value that was not decrypted."""
        if self._strict and not is_token(text) and not _is_empty(place, value):
            raise PlaintextRefused(self._seal.kind.name, self._id, place.path)
        return value

    def _plain(self, place: Place, text: str, holder: str) -> bytes | None:
        """What a token stands for; None if the text is no token, or its key is not there yet."""
        if not is_token(text):
            return None
        if (sheet := self._look(text[SHEET])) is None:
            if self._missing is None:
                raise SheetNeeded(text[SHEET])
            self._missing.add(text[SHEET])
            return None
        number = int(text[NUMBER])
        bound = f"{self._bound}{place.path}\0{holder}".encode()
        try:
            return sheet.decrypt(number, a2b_base64(text[SEALED]), bound)
        except (InvalidTag, ValueError) as err:
            if not sheet.has(number):
                raise KeyLost(self._seal.kind.name, self._id, f"{sheet.id}.{number}") from err
            raise ForgedObject(f"personal data in {self._id} was not encrypted there", id=self._id) from err


def _masked(place: Place) -> InvalidInput:
    what = f"has {MASK}, which stands for a value that was not shown; leave the field out to keep the value"
    return InvalidInput([Violation(place.path, what, "MASKED_VALUE")])


class _Emptying:
    """Empties the places that `erased` names, a visitor."""

    def __init__(self, erased: Callable[[str, KeyId | None], bool]) -> None:
        self._erased = erased

    def person(self, place: Place, value: Any) -> Any:
        return emptied(place) if self._erased(holder_of(place, value), _key_in(place, value)) else value

    text = field = anything = hashes = person


class _Collecting:
    def __init__(self) -> None:
        self.found: list[tuple[Place, Any]] = []

    def person(self, place: Place, value: Any) -> Any:
        self.found.append((place, value))
        return value

    text = field = anything = hashes = person


def _is_empty(place: Place, value: Any) -> bool:
    if place.what is What.PERSON:
        return bool(value == Person(person_id=value.person_id))
    if place.what is What.TEXT:
        return not value.text
    if place.what is What.HASHES:
        return not value
    return bool(value == "")  # an ANYTHING is empty only after an erasure
