"""Searches the index for customers that are written differently, and compares what it finds."""

from collections.abc import Sequence
from typing import NamedTuple

from libs.matching import Prepared, Score, Verdict, terms, trained
from libs.store.port import ROWS_PER_PAGE, Query, get, get_all
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.matching.documents import ENTRIES, JUDGED, POSTINGS
from services.deals.matching.domain.comparing import ComparedCustomer, comparable, compared, prepared
from services.deals.matching.domain.index import (
    CANDIDATES,
    Filing,
    NearEntry,
    judged_term,
    ranked,
    ref_of,
)
from services.deals.matching.domain.judging import JUDGED_AT_MOST, JudgedPair, PairVerdict, holds_for
from services.deals.matching.reads.filing import as_written, hashed
from services.deals.settings import Env

PENDING_PAGES = 5
COMPARED_AT_MOST = 200  # by a person's search; a submission compares CANDIDATES
_STALE_AT_MOST = 25  # of the candidates: claims that have ended and are still in the index


class Asked(NamedTuple):
    """The customer for which others are searched. registration_id: of its claim; empty if it is of none."""

    customer: ComparedCustomer
    key: str
    registration_id: str = ""


class Found(NamedTuple):
    """A claim on a customer that may be the same. probability: that it is, by the model. judged: what a person said of
    the two."""

    asked: ComparedCustomer
    entry: NearEntry
    probability: float
    judged: JudgedPair | None

    @property
    def verdict(self) -> Verdict:
        """That of the person, else that of the model."""
        if self.judged is None:
            return trained().verdict(self.probability)
        return Verdict.CONFLICT if self.judged.verdict is PairVerdict.SAME else Verdict.APART

    def explained(self) -> Score:
        """The comparison part by part."""
        return trained().score(prepared(self.asked), prepared(self.entry.customer))


class Search(NamedTuple):
    """The candidates, the most probable first. stopped: terms of the customer by which some claims or none were
    found, because too many have them or had them. unfiled: whether there were more new entries than are read."""

    found: tuple[Found, ...] = ()
    stopped: tuple[str, ...] = ()
    unfiled: bool = False


def asked_of(env: Env, one: ComparedCustomer, registration_id: str = "") -> Asked:
    """The customer, to be searched for."""
    return Asked(one, as_written(env, one), registration_id)


async def submitted(env: Env, reg: Registration) -> Asked | None:
    """The customer of a claim as it was submitted, or as it is if it has not been; None for one that is never
    compared."""
    held = await get(env.store, ENTRIES, ref_of(reg.id))
    if held is not None and held.value.state is not Filing.GONE:
        return Asked(held.value.customer, held.value.key, reg.id)
    return of_claim(env, reg)


def of_claim(env: Env, reg: Registration) -> Asked | None:
    """The customer of a claim as it is now; None for one that is never compared."""
    return asked_of(env, compared(reg.customer), reg.id) if comparable(reg.customer) else None


async def search(env: Env, asked: Asked, *, compared_at_most: int = CANDIDATES) -> Search:
    """The open claims on customers that may be the same, the most probable first, CANDIDATES at most. What was
    committed before the call is found. compared_at_most: how many that share terms are compared.

    Entries that are not filed are read before the postings, so that one that is filed meanwhile is in either.
    """
    one, hash_of = prepared(asked.customer), hashed(env)
    judged = await judgements(env, asked.key)
    others = {key for pair in judged if pair.verdict is PairVerdict.SAME for key in (pair.one_key, pair.other_key)}
    wanted = [*terms(one), *(judged_term(key) for key in sorted(others - {asked.key}))]
    by_hash = {hash_of(term): term for term in wanted}
    pending, unfiled = await _pending(env)
    postings = await get_all(env.store, POSTINGS, by_hash)
    held_terms = {term: held.value for term, held in postings.items()}
    best = ranked(by_hash, held_terms, pending.values(), at_most=compared_at_most + _STALE_AT_MOST)
    refs = [ref for ref in best.refs if ref != ref_of(asked.registration_id)]
    stored = await get_all(env.store, ENTRIES, (ref for ref in refs if ref not in pending))
    entries = {**pending, **{ref: held.value for ref, held in stored.items()}}
    candidates = [entries[ref] for ref in refs if ref in entries and entries[ref].state is not Filing.GONE]
    found = [_compared(asked, one, entry, judged) for entry in candidates[:compared_at_most]]
    found.sort(key=lambda some: (some.judged is None, -some.probability, some.entry.registration_id))
    return Search(tuple(found[:CANDIDATES]), best.stopped, unfiled)


async def judgements(env: Env, key: str) -> tuple[JudgedPair, ...]:
    """What persons said of pairs with the customer of this key."""
    rows: dict[str, JudgedPair] = {}
    for field in ("one_key", "other_key"):
        query = Query(kind=JUDGED, equals={field: key}, limit=JUDGED_AT_MOST)
        rows |= {held.value.id: held.value for held in (await env.store.find(query)).rows}
    return tuple(rows.values())


async def judged_same(env: Env, customers: Sequence[Customer]) -> list[bool]:
    """Of each customer, whether a person said that it is the same as another one."""
    found = []
    for one in customers:
        pairs = await judgements(env, as_written(env, compared(one))) if comparable(one) else ()
        found.append(any(pair.verdict is PairVerdict.SAME for pair in pairs))
    return found


async def _pending(env: Env) -> tuple[dict[str, NearEntry], bool]:
    """The entries that are not filed yet, by their refs; whether there are more than are read."""
    found: dict[str, NearEntry] = {}
    cursor = ""
    for _ in range(PENDING_PAGES):
        query = Query(kind=ENTRIES, equals={"state": Filing.PENDING}, limit=ROWS_PER_PAGE, cursor=cursor)
        page = await env.store.find(query)
        found |= {held.value.id: held.value for held in page.rows}
        cursor = page.next_cursor
        if not cursor:
            return found, False
    return found, True


def _compared(asked: Asked, one: Prepared, entry: NearEntry, judged: Sequence[JudgedPair]) -> Found:
    ids = frozenset({asked.registration_id, entry.registration_id})
    said = next((pair for pair in judged if holds_for(pair, asked.key, entry.key, ids)), None)
    return Found(asked.customer, entry, trained().probability(one, prepared(entry.customer)), said)
