"""The inverted index of customers: what of a claim is filed, under which terms, and how the index is changed.

A submission writes the entry of its claim, which no other claim writes; so submissions never wait for each other. A
search reads the entries that are not filed yet, and the postings of its terms. Entries are filed a few at a time, by
one process at a time.
"""

import hashlib
import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace

from libs.document import Document
from libs.matching import Prepared, terms
from services.deals.matching.domain.comparing import ComparedCustomer

CLAIMS_PER_TERM = 1_024  # a term of more open claims is a stop word,
SEARCHED_AGAIN = 512  # until fewer than these have it
CANDIDATES = 50
REFS_AT_MOST = 6 * CLAIMS_PER_TERM  # a search counts so many, of its rarest terms
REF_LETTERS = 12  # of an id's last letters, which are random
_HASH_BYTES = 10
_PLACE_KINDS = "pad"  # phone, address, domain: each tells more than letters of a name
_PLACE_WEIGHT = 3.0
_COUNTRY = "c"
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
    """The entries that have a term; the id is the hash of the term. refs: of REF_LETTERS each, joined. unlisted: how
    many more entries have the term. stopped: written by an earlier release, which did not count those; it finds none
    any more."""

    refs: str = ""
    unlisted: int = 0
    stopped: bool = False

    def claims(self) -> list[str]:
        """The refs of the entries."""
        refs = self.refs
        return [refs[start : start + REF_LETTERS] for start in range(0, len(refs), REF_LETTERS)]

    def listed(self) -> int:
        """How many entries have refs."""
        return len(self.refs) // REF_LETTERS

    def is_whole(self) -> bool:
        """Whether every entry that has the term is found by it."""
        return not (self.unlisted or self.stopped)

    def with_claim(self, ref: str) -> "Posting":
        """With one more entry. Of a stop word none has a ref; one that has become rare lists those that come."""
        if self.stopped:
            return self
        if self.unlisted >= SEARCHED_AGAIN:
            return replace(self, unlisted=self.unlisted + 1)
        if self.unlisted + self.listed() >= CLAIMS_PER_TERM:
            return replace(self, refs="", unlisted=self.unlisted + self.listed() + 1)
        return replace(self, refs=self.refs + ref)

    def without_claim(self, ref: str) -> "Posting":
        """Without an entry that had the term."""
        left = "".join(one for one in self.claims() if one != ref)
        if left != self.refs:
            return replace(self, refs=left)
        return replace(self, unlisted=max(0, self.unlisted - 1))


class Ranked(NamedTuple):
    """refs: of the entries that share the most telling terms, best first. stopped: terms by which some or none of their
    entries are found."""

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


def ranked(
    asked: Mapping[str, str], postings: Mapping[str, Posting], pending: Iterable[NearEntry], *, at_most: int
) -> Ranked:
    """The entries that share the most telling terms. asked: each term by its hash. pending: entries that are not
    filed."""
    weights = {one: _weight(term, postings.get(one)) for one, term in asked.items()}
    scores: dict[str, float] = {}
    counted = 0
    for one in sorted(postings, key=lambda one: (-weights[one], one)):
        weight, refs = weights[one], postings[one].claims()
        counted += len(refs)
        if not weight or counted > REFS_AT_MOST:
            break
        for ref in refs:
            scores[ref] = scores.get(ref, 0.0) + weight
    for entry in pending:
        shared = sum(weights[one] for one in entry.terms if one in weights)
        scores.pop(entry.id, None)
        if shared:
            scores[entry.id] = shared
    best = heapq.nsmallest(at_most, scores.items(), key=lambda one: (-one[1], one[0]))
    stopped = tuple(term for one, term in asked.items() if one in postings and _is_told(term, postings[one]))
    return Ranked([ref for ref, _ in best], stopped)


def _is_told(term: str, posting: Posting) -> bool:
    """Whether a caller has to know that nothing was searched by a term. A country alone is no reason to look."""
    return not posting.is_whole() and not term.startswith(_COUNTRY)


def _weight(term: str, posting: Posting | None) -> float:
    if posting is not None and not posting.is_whole() and not posting.refs:
        return 0.0
    if term.startswith(_JUDGED):
        return _JUDGED_WEIGHT
    count = posting.listed() + posting.unlisted if posting else 1
    return math.log(2 * CLAIMS_PER_TERM / max(1, count)) * (_PLACE_WEIGHT if term[0] in _PLACE_KINDS else 1.0)


def filed(entries: Sequence[NearEntry], postings: Mapping[str, Posting]) -> tuple[list[NearEntry], list[Posting]]:
    """The entries as they are after they were filed (a GONE one: as it is, to be deleted), and the postings that
    change. postings: those of `touched`, by id; a term without one gets a new one."""
    changed: dict[str, Posting] = {}
    after = []
    for entry in entries:
        for term in set(entry.filed) - set(entry.terms):
            if posting := changed.get(term) or postings.get(term):
                changed[term] = posting.without_claim(entry.id)
        for term in set(entry.terms) - set(entry.filed):
            changed[term] = (changed.get(term) or postings.get(term) or Posting(id=term)).with_claim(entry.id)
        after.append(
            replace(entry, filed=entry.terms, state=entry.state if entry.state is Filing.GONE else Filing.FILED)
        )
    return after, [one for one in changed.values() if one != postings.get(one.id)]


def touched(entry: NearEntry) -> set[str]:
    """The terms whose postings change when the entry is filed."""
    return set(entry.terms) ^ set(entry.filed)
