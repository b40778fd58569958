"""The inverted index of customers: what of a claim is filed, under which terms, and how the index is changed.

A submission writes the entry of its claim, which no other claim writes; so submissions never wait for each other. A
search reads the entries that are not filed yet, and the postings of its terms. Entries are filed a few at a time, by
one process at a time.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace

from libs.document import Document
from libs.matching import Prepared, terms
from services.deals.matching.domain.comparing import ComparedCustomer

CLAIMS_PER_TERM = 512  # a term of more open claims is a stop word
CANDIDATES = 50
REF_LETTERS = 12  # of an id's last letters, which are random
_HASH_BYTES = 10
_PLACE_KINDS = "pad"  # phone, address, domain: each tells more than letters of a name
_PLACE_WEIGHT = 3.0
_JUDGED = "j"  # a customer as it is written
_JUDGED_WEIGHT = 1_000.0

Hashed = Callable[[str], str]
"""Hashes a term with a key of the cell: a customer's name or phone number can be guessed."""


class Filing(Enum):
    """Whether the index has an entry under its terms. GONE: the claim has ended, and the index still has it."""

    PENDING = "PENDING"
    FILED = "FILED"
    GONE = "GONE"


class UnsearchedTermKind(Enum):
    """The kinds of terms, as they are told."""

    WORD = "w"
    LETTERS = "t"
    INITIALS = "i"
    CHARACTERS = "h"
    PHONE = "p"
    ADDRESS = "a"
    DOMAIN = "d"
    JUDGED = _JUDGED


class NearEntry(Document, frozen=True, kw_only=True):
    """The customer of an open claim as it was submitted; postings name it by its id, `ref_of` the claim's. terms:
    hashes of its present terms; filed: those under which postings have it. key: keyed hash of the customer as it is
    written."""

    registration_id: str
    customer: ComparedCustomer
    key: str
    terms: tuple[str, ...]
    filed: tuple[str, ...] = ()
    state: Filing = Filing.PENDING


class Posting(Document, frozen=True, kw_only=True):
    """The entries that have a term; the id is the hash of the term. refs: of REF_LETTERS each, joined. stopped: more
    claims than CLAIMS_PER_TERM had the term, and it finds none any more."""

    refs: str = ""
    stopped: bool = False

    def claims(self) -> list[str]:
        """The refs of the entries."""
        refs = self.refs
        return [refs[start : start + REF_LETTERS] for start in range(0, len(refs), REF_LETTERS)]


class Ranked(NamedTuple):
    """refs: of the entries that share the most telling terms, best first. stopped: terms by which none is found."""

    refs: list[str]
    stopped: tuple[str, ...]


def ref_of(registration_id: str) -> str:
    """By which postings name a claim."""
    return registration_id[-REF_LETTERS:]


def hashing(key: str) -> Hashed:
    """Hashes with a key of the cell, in hex digits."""
    secret = bytes.fromhex(key)

    def hashed(term: str) -> str:
        return hashlib.blake2b(term.encode(), key=secret, digest_size=_HASH_BYTES).hexdigest()

    return hashed


def terms_of(one: Prepared, key: str) -> tuple[str, ...]:
    """The terms under which an entry is filed, in clear. key: of the customer as it is written."""
    return (*terms(one), judged_term(key))


def unsearched(term: str) -> tuple[UnsearchedTermKind, str]:
    """A term by which nothing is found, as it is told; a judged customer has no text."""
    kind = UnsearchedTermKind(term[0])
    return kind, "" if kind is UnsearchedTermKind.JUDGED else term[1:]


def judged_term(key: str) -> str:
    """The term of all claims on a customer that is written so."""
    return f"{_JUDGED}{key}"


def entered(before: NearEntry | None, fresh: NearEntry) -> NearEntry:
    """The entry of a claim that is submitted; before: that of its earlier submission."""
    if before is None:
        return fresh
    state = Filing.FILED if set(before.filed) == set(fresh.terms) else Filing.PENDING
    return replace(fresh, version=before.version, filed=before.filed, state=state)


def left(entry: NearEntry) -> NearEntry | None:
    """The entry of a claim that ends, until postings name it no more; None if none does."""
    return replace(entry, terms=(), state=Filing.GONE, customer=ComparedCustomer(names=())) if entry.filed else None


def ranked(asked: Mapping[str, str], postings: Mapping[str, Posting], pending: Iterable[NearEntry]) -> Ranked:
    """The entries that share the most telling terms. asked: each term by its hash. pending: entries that are not
    filed."""
    weights = {one: _weight(term, postings.get(one)) for one, term in asked.items()}
    scores: dict[str, float] = {}
    for one, posting in postings.items():
        weight = weights[one]
        if weight:
            for ref in posting.claims():
                scores[ref] = scores.get(ref, 0.0) + weight
    for entry in pending:
        shared = sum(weights[one] for one in entry.terms if one in weights)
        scores.pop(entry.id, None)
        if shared:
            scores[entry.id] = shared
    best = sorted(scores.items(), key=lambda one: (-one[1], one[0]))
    stopped = tuple(term for one, term in asked.items() if one in postings and postings[one].stopped)
    return Ranked([ref for ref, _ in best], stopped)


def _weight(term: str, posting: Posting | None) -> float:
    if posting is not None and posting.stopped:
        return 0.0
    if term.startswith(_JUDGED):
        return _JUDGED_WEIGHT
    count = len(posting.refs) // REF_LETTERS if posting else 1
    return math.log(2 * CLAIMS_PER_TERM / max(1, count)) * (_PLACE_WEIGHT if term[0] in _PLACE_KINDS else 1.0)


def filed(entries: Sequence[NearEntry], postings: Mapping[str, Posting]) -> tuple[list[NearEntry], list[Posting]]:
    """The entries as they are after they were filed (a GONE one: as it is, to be deleted), and the postings that
    change. postings: those of `touched`, by id; a term without one gets a new one."""
    changed: dict[str, Posting] = {}
    after = []
    for entry in entries:
        for term in set(entry.filed) - set(entry.terms):
            posting = changed.get(term) or postings.get(term)
            if posting is not None and not posting.stopped:
                changed[term] = replace(posting, refs="".join(ref for ref in posting.claims() if ref != entry.id))
        for term in set(entry.terms) - set(entry.filed):
            posting = changed.get(term) or postings.get(term) or Posting(id=term)
            if not posting.stopped:
                changed[term] = _with(posting, entry.id)
        after.append(
            replace(entry, filed=entry.terms, state=entry.state if entry.state is Filing.GONE else Filing.FILED)
        )
    return after, list(changed.values())


def _with(posting: Posting, ref: str) -> Posting:
    if len(posting.refs) >= CLAIMS_PER_TERM * REF_LETTERS:
        return replace(posting, refs="", stopped=True)
    return replace(posting, refs=posting.refs + ref)


def touched(entry: NearEntry) -> set[str]:
    """The terms whose postings change when the entry is filed."""
    return set(entry.terms) ^ set(entry.filed)
