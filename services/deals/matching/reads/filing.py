"""The writes that enter the customer of a claim into the index, and those that file entries under their terms."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from libs.store.port import (
    ROWS_PER_PAGE,
    WRITES_PER_COMMIT,
    Loaded,
    Query,
    VersionConflict,
    Write,
    create,
    get,
    get_all,
)
from services.deals.claims.domain.registration import Registration
from services.deals.matching.documents import ENTRIES, POSTINGS
from services.deals.matching.domain.comparing import ComparedCustomer, comparable, compared, prepared
from services.deals.matching.domain.index import (
    Filing,
    Hashed,
    NearEntry,
    Posting,
    entered,
    filed,
    hashing,
    left,
    ref_of,
    terms_of,
    touched,
)
from services.deals.settings import Env

ENTRIES_AT_ONCE = 32
TERMS_AT_ONCE = WRITES_PER_COMMIT - 2 * ENTRIES_AT_ONCE
UNFILED_AT_MOST = 512  # of one process; whoever comes then files some first
_LOCK = "near entries"


def hashed(env: Env) -> Hashed:
    """The hash of terms of this cell."""
    return hashing(env.keys.keyed("terms of near matches"))


def as_written(env: Env, one: ComparedCustomer) -> str:
    """The keyed hash of a customer as it is written."""
    return env.keys.keyed(f"customer as written {msgspec.json.encode(one).decode()}")


async def entry_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes that make a claim found by the customer that it has now."""
    if not comparable(reg.customer):
        return await leaving_writes(env, reg)
    one = compared(reg.customer)
    key, hash_of = as_written(env, one), hashed(env)
    terms = tuple(hash_of(term) for term in terms_of(prepared(one), key))
    fresh = NearEntry(id=ref_of(reg.id), registration_id=reg.id, customer=one, key=key, terms=terms)
    env.settings.backlog.unfiled += 1
    held = await get(env.store, ENTRIES, fresh.id)
    return (held.put(entered(held.value, fresh)),) if held else (create(ENTRIES, fresh),)


async def leaving_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes after which a claim is not found any more."""
    held = await get(env.store, ENTRIES, ref_of(reg.id))
    if held is None:
        return ()
    after = left(held.value)
    return (held.put(after),) if after else (held.delete(),)


async def touching_writes(env: Env, registration_ids: Sequence[str]) -> tuple[Write, ...]:
    """Writes that change nothing of the entries of these claims but their version, so that of two decisions at once
    that depend on both claims one is made again."""
    held = await get_all(env.store, ENTRIES, map(ref_of, registration_ids))
    return tuple(one.put(one.value) for one in held.values())


async def file_if_many(env: Env) -> None:
    """File some entries if this process has made too many since it last did."""
    if env.settings.backlog.unfiled >= UNFILED_AT_MOST:
        await file_entries(env)


async def file_entries(env: Env) -> int:
    """File a page of entries, and remove a page of those whose claims have ended; how many. 0 if another process does
    it."""
    async with env.settings.locks.of(_LOCK):
        env.settings.backlog.unfiled = 0
        done = 0
        for state in (Filing.PENDING, Filing.GONE):
            query = Query(kind=ENTRIES, equals={"state": state}, limit=ROWS_PER_PAGE)
            for some in _portions((await env.store.find(query)).rows):
                try:
                    await env.store.commit(await _writes(env, some))
                except VersionConflict:
                    return done
                done += len(some)
        return done


def _portions(rows: Sequence[Loaded[NearEntry]]) -> Iterator[list[Loaded[NearEntry]]]:
    """The entries, as many together as fit into a commit with their postings."""
    together: list[Loaded[NearEntry]] = []
    terms = set[str]()
    for row in rows:
        more = touched(row.value)
        if together and (len(together) == ENTRIES_AT_ONCE or len(terms | more) > TERMS_AT_ONCE):
            yield together
            together, terms = [], set()
        together.append(row)
        terms |= more
    if together:
        yield together


async def _writes(env: Env, rows: Sequence[Loaded[NearEntry]]) -> list[Write]:
    held = await get_all(env.store, POSTINGS, {term for row in rows for term in touched(row.value)})
    after, changed = filed([row.value for row in rows], {term: one.value for term, one in held.items()})
    writes: list[Write] = [_of_posting(held, one) for one in changed if one.id in held or _is_needed(one)]
    for row, entry in zip(rows, after, strict=True):
        writes.append(row.delete() if entry.state is Filing.GONE else row.put(entry))
    return writes


def _of_posting(held: Mapping[str, Loaded[Posting]], one: Posting) -> Write:
    known = held.get(one.id)
    if known is None:
        return create(POSTINGS, one)
    return known.put(one) if _is_needed(one) else known.delete()


def _is_needed(one: Posting) -> bool:
    return bool(one.refs) or not one.is_whole()
