"""Carries out the erasure ledger in the stores of a service, when somebody is erased and at every start.

The order is: the entries are durable in the ledger, the keys go, the alias rows go, the fields become empty. Each step
can be repeated, and each store has a mark of how far it has come, so whoever comes next continues after a kill, and a
store or a key store that was restored from a copy is carried along before it is used.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.errors import Contended
from libs.privacy.aliases import ALIASES, Alias, alias_rows
from libs.privacy.ledger.documents import Erased, LedgerEntry, written
from libs.privacy.ledger.gate import close_beside
from libs.privacy.ledger.ledger import ATTEMPTS, Ledger
from libs.privacy.ledger.returned import returned
from libs.privacy.sealing.seal import Seal
from libs.privacy.sealing.store import ENDED_KEYS_KEPT, SealedStore
from libs.privacy.vault.documents import ENDS, KeyEnd
from libs.privacy.vault.tokens import KeyId
from libs.store.port import (
    ROWS_PER_EXPORT_BATCH,
    ROWS_PER_PAGE,
    WRITES_PER_COMMIT,
    Document,
    Kind,
    Loaded,
    Put,
    Query,
    Store,
    VersionConflict,
    Write,
    create,
    get,
    get_all,
    purge,
)
from libs.store.requests import RECORDS, RequestRecord

WRITES_AT_ONCE = 100
ROWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 10_000  # they are carried out together, because every recorded answer is looked at for them

Places = Mapping[tuple[str, str], Sequence[Erased]]
"""What was erased from each row, by kind and id."""

Hints = Mapping[tuple[str, str], Collection[str]]
"""The ids of the alias rows to delete, by kind and id of the row; without them every alias row is looked at."""


async def replay(store: SealedStore, hints: Hints | None = None) -> int:
    """Carry out what the stores have not carried out yet; how many entries. hints: of every row in those entries.
    LedgerShort if a store has carried out more than there is; StoreUnavailable, Contended: the next call continues."""
    keys_done = await store.ledger.require(store.vault.key_store)
    data_done = await store.ledger.require(store.inner)
    begun = min(keys_done, data_done)
    planned = (await store.ledger.head()).number
    while True:
        keys_done = await _delete_keys(store, keys_done)
        if not (entries := await _entries(store.ledger, data_done)):
            break
        await _carry_out(store, entries, hints if entries[-1].number <= planned else None)
        data_done = entries[-1].number
    if data_done > begun:
        for one in (store.vault.key_store, store.inner):
            await purge(one)
    return data_done - begun


async def _entries(ledger: Ledger, after: int) -> list[LedgerEntry]:
    """The next entries after a number, about ENTRIES_AT_ONCE at most."""
    found = list[LedgerEntry]()
    while len(found) < ENTRIES_AT_ONCE and (page := await ledger.entries(after + len(found))):
        found += page
    return found


async def _delete_keys(store: SealedStore, done: int) -> int:
    """Delete the keys of every entry after `done`; the number of the last entry."""
    while entries := await store.ledger.entries(done):
        await store.vault.shred({key for one in entries for key in one.erased.key_ids})
        await store.ledger.mark(store.vault.key_store, entries[-1])
        done = entries[-1].number
    return done


async def _carry_out(store: SealedStore, entries: Sequence[LedgerEntry], hints: Hints | None) -> None:
    places = defaultdict[tuple[str, str], list[Erased]](list)
    for one in entries:
        if not one.erased.ends:
            places[one.erased.place].append(one.erased)
    if places:
        await _forget_aliases(store, places, hints)
    for name, seal in store.seals.items():
        rows = {row: erased for (kind, row), erased in places.items() if kind == name}
        await _scrub_all(store, seal, rows)
        for row, erased in rows.items():
            if any(one.whole for one in erased):
                await _delete_derived(store, name, row)
    if places:
        await _scrub_answers(store, places)
    for case in sorted({one.erased.case_id for one in entries if one.erased.ends}):
        await store.ledger.append(await returned(store, case))
    await store.ledger.mark(store.inner, entries[-1])


async def _forget_aliases(store: SealedStore, places: Places, hints: Hints | None) -> None:
    """Delete the alias rows of the persons who were erased from these rows."""
    if hints is not None and places.keys() <= hints.keys():
        found = await get_all(store.inner, ALIASES, {one for place in places for one in hints[place]})
        await _delete(store.inner, list(found.values()))
        return
    cursor = ""
    while True:
        page = await store.inner.find(Query(kind=ALIASES, limit=ROWS_PER_EXPORT_BATCH, cursor=cursor))
        there = [one for one in page.rows if (one.value.kind, one.value.row) in places]
        await _delete(store.inner, [one for one in there if not await _is_wanted(store, one.value, places)])
        if not (cursor := page.next_cursor):
            return


async def _is_wanted(store: SealedStore, alias: Alias, places: Places) -> bool:
    """Whether a person who was not erased is found in the row by this alias."""
    seal = store.seals.get(alias.kind)
    loaded = await store.inner.get_many(seal.kind, (alias.row,)) if seal else {}
    if seal is None or alias.row not in loaded or seal.kind.persons is None:
        return False
    left = clean(seal, loaded[alias.row].value, places[alias.kind, alias.row])
    opened = await store.opened(seal, left)
    return alias.id in alias_rows(store.ledger.keys, seal.kind, alias.row, seal.kind.persons.of(opened))


async def _scrub_all(store: SealedStore, seal: Seal, rows: Mapping[str, Sequence[Erased]]) -> None:
    """Empty the fields of rows, named by id, many in one commit; one by one where others change them."""
    ids = tuple(rows)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        found = (await store.inner.get_many(seal.kind, some)).values()
        writes = [write for one in found for write in await _scrubbed(store, seal, one, rows[one.value.id])]
        if len(writes) <= WRITES_PER_COMMIT and await _committed(store.inner, writes):
            continue
        for row in some:
            await _scrub(store, seal, row, rows[row])


async def _scrub(store: SealedStore, seal: Seal, row: str, erased: Sequence[Erased]) -> None:
    """Empty the fields of one row."""
    for _ in range(ATTEMPTS):
        loaded = await get(store.inner, seal.kind, row)
        if loaded is None or await _committed(store.inner, await _scrubbed(store, seal, loaded, erased)):
            return
    raise Contended(f"others keep changing {seal.kind.name} {row}")


async def _scrubbed(store: SealedStore, seal: Seal, loaded: Loaded[Any], erased: Sequence[Erased]) -> list[Write]:
    """The writes that empty the fields of a row; none if they are empty. A key that a commit gave to the person
    meanwhile gets an entry of its own first."""
    known = {key for one in erased for key in one.key_ids}
    if fresh := _fresh_keys(seal, loaded.value, erased, known):
        await store.ledger.append([replace(erased[-1], keys=written(fresh))])
    left = clean(seal, loaded.value, erased)
    if left == loaded.value:
        return []
    return [loaded.put(left), *ended(seal, loaded.value, left, store.clock.now())]


async def _committed(store: Store, writes: Sequence[Write]) -> bool:
    """Commit the writes, if there are any; False, with nothing changed, if another process changed a row."""
    try:
        if writes:
            await store.commit(writes)
    except VersionConflict:
        return False
    return True


async def _delete_derived(store: SealedStore, name: str, row: str) -> None:
    """Delete the documents of other kinds that were derived from a row, also if the first of them is being written."""
    if name in store.derived:
        await close_beside(store, name, row)
    for kind, field in store.derived.get(name, ()):
        while rows := await _derived(store.inner, kind, field, row):
            with suppress(VersionConflict):  # another process deletes or changes them, or what counts them
                counts = (
                    await kind.along(store.inner, [one.value for one in rows], store.time_zone) if kind.along else ()
                )
                await store.inner.commit([*(one.delete() for one in rows), *counts])


async def _derived(store: Store, kind: Kind[Any], field: str, row: str) -> Sequence[Loaded[Any]]:
    if field == "id":
        return tuple((await store.get_many(kind, (row,))).values())
    return (await store.find(Query(kind=kind, equals={field: row}, limit=WRITES_AT_ONCE))).rows


def ended(seal: Seal, before: Any, left: Any, now: datetime) -> Iterator[Write]:
    """The writes that end the claims of which the document uses no key any more. left: None if it is deleted."""
    used = {key.claim for _, key in seal.keys_in(left)} if left is not None else set()
    for claim in sorted({key.claim for _, key in seal.keys_in(before)} - used):
        end = KeyEnd(id=f"{claim}.{before.version}e", claim=claim, numbers=(), whole=True, due=now + ENDED_KEYS_KEPT)
        yield create(ENDS, end)


def clean(seal: Seal, stored: Any, erased: Sequence[Erased]) -> Any:
    """The stored document without what was erased, and without the ids of the person."""
    left = seal.without(stored, lambda holder, key: any(one.covers(holder, key) for one in erased))
    ids = {who for one in erased for who in one.persons}
    persons = seal.kind.persons
    if any(one.whole for one in erased) and persons is not None:
        left = persons.emptied(replace(left, **_own(seal, left, persons.own)))
    left = without_ids(left, ids) if ids else left
    return persons.freed(left) if persons is not None else left


def without_ids(document: Any, ids: Collection[str]) -> Any:
    """The document in which these person ids stand nowhere."""
    tree = msgspec.to_builtins(document, str_keys=True)
    left = _without(tree, ids)
    return document if left == tree else msgspec.convert(left, type(document), str_keys=True)


def _own(seal: Seal, document: Any, names: Sequence[str]) -> dict[str, Any]:
    """The plain fields about the person that can become empty: texts that no unique index has."""
    unique = {field for index in seal.kind.indexes if index.unique for field in index.fields}
    return {name: "" for name in names if isinstance(getattr(document, name), str) and name not in unique}


def _without(value: Any, ids: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(one, ids) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without(one, ids) for one in value if not (isinstance(one, str) and one in ids)]
    return "" if isinstance(value, str) and value in ids else value


def _fresh_keys(seal: Seal, stored: Any, erased: Sequence[Erased], known: Collection[KeyId]) -> set[KeyId]:
    held = seal.held(stored)
    return {
        key for _, holder, key in held if key and key not in known and any(one.covers(holder, None) for one in erased)
    }


async def _scrub_answers(store: SealedStore, places: Places) -> None:
    """Empty the same fields in the answers that are recorded for repeated requests. Answers that an earlier release
    recorded have no kind, and expire."""
    cursor = ""
    while True:
        page = await store.inner.find(Query(kind=RECORDS, limit=ROWS_PER_PAGE, cursor=cursor))
        puts = [put for one in page.rows if (put := _answer_put(store.seals, one, places)) is not None]
        if not await _committed(store.inner, puts):
            for put in puts:  # a record never changes; only who does the same, or its expiry, can be first
                await _committed(store.inner, [put])
        await asyncio.sleep(0)  # other calls are answered meanwhile
        if not (cursor := page.next_cursor):
            return


def _answer_put(seals: Mapping[str, Seal], loaded: Loaded[RequestRecord], places: Places) -> Put[RequestRecord] | None:
    record = loaded.value
    erased = places.get((record.kind, record.answer.get("id", ""))) if record.kind else None
    if erased is None:
        return None
    seal = seals[record.kind]
    stored: Document = msgspec.convert(record.answer, seal.kind.type, str_keys=True)
    left = clean(seal, stored, erased)
    return None if left == stored else loaded.put(replace(record, answer=left))


async def _delete(store: Store, rows: Iterable[Loaded[Alias]]) -> None:
    wanted = [one.delete() for one in rows]
    for start in range(0, len(wanted), WRITES_AT_ONCE):
        try:
            await store.commit(wanted[start : start + WRITES_AT_ONCE])
        except VersionConflict as err:  # another process deletes some of them
            left = await get_all(store, ALIASES, [one.id for one in wanted[start:]])
            if len(left) == len(wanted) - start:
                raise Contended("others keep changing the alias rows") from err
            await _delete(store, left.values())
            return
