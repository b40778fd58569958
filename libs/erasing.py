"""Erases a person from a service when compliance asks, and states what was erased and what was withheld.

The question names an encrypted object with the keyed hashes of the person's aliases; nothing about the person stands in
an event. What of a row is erased is what an answer to the person would show (libs/privacy/ledger/subject.py).
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from libs.audit.statements import canonical
from libs.call import Call, Command
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.privacy.aliases import ALIASES
from libs.privacy.keys import Keys
from libs.privacy.ledger.former import erase_former
from libs.privacy.ledger.gate import suppress
from libs.privacy.ledger.hashes import shred_hashes
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.ledger.replay import ENTRIES_AT_ONCE, replay
from libs.privacy.ledger.subject import Found, find_in
from libs.privacy.sealing.store import SealedStore
from libs.retention import Kept
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Query, create, get

PASSES = 20  # a person whose rows are written faster than they are erased is left to the next round

_PURPOSE = b"prm-erasure-statement/1\n"
_NAME_DIGITS = 16


class ErasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.ErasureAsked, which every service consumes. round: from 1. object_name: of the
    encrypted object with the keyed hashes, see `seal_hashes`."""

    case_id: str
    round: int
    object_name: str


class EraseSubject(Command, frozen=True, kw_only=True):
    """Erase the person from these kinds."""

    asked: ErasureAsked
    kinds: tuple[Kind[Any], ...]


class ErasedCount(msgspec.Struct, frozen=True):
    """In how many rows of a kind the person was erased."""

    kind: str
    rows: int


class WithheldRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a kind that were left. ground: of W3C DPV. until_time: when the last of them is no longer kept; None if
    that is not known."""

    kind: str
    rows: int
    ground: str
    basis: str
    until_time: datetime | None = None


class SubjectDataErased(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of a service about one round. counts: of all rounds. ledger_number, ledger_hash: the end of its
    ledger. object_name: with further hashes of the person, see `seal_hashes`; empty if there are none. signature:
    Ed25519 over all other fields, hex; see `statement_text`."""

    case_id: str
    service: str
    round: int
    counts: tuple[ErasedCount, ...]
    withheld: tuple[WithheldRows, ...] = ()
    ledger_number: int
    ledger_hash: str
    object_name: str = ""
    erase_time: datetime
    signature: str = ""


class SubjectErasure(Document, frozen=True, kw_only=True):
    """The statement that was given for a round; the id is `<case>:<round>`."""

    statement: SubjectDataErased


ERASED = Kind("subject_erasure", SubjectErasure)


def erasing(*kinds: Kind[Any]) -> Consumer[Any]:
    """The consumer that erases persons from these kinds, all of which hold persons."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        asked = EventCodec.decode(envelope, ErasureAsked)
        await env.run(erase_subject, EraseSubject(call=call, asked=asked, kinds=kinds))

    return Consumer("compliance.erasure.asked", handle)


async def erase_subject(env: Env[Any], cmd: EraseSubject) -> SubjectErasure:
    """Erase the person from every row that no ground withholds, and state it. It may be repeated after any interruption
    and continues then. StoreUnavailable, also if the object store is unavailable; NotFound if the object has gone."""
    store, asked = env.store, cmd.asked
    assert isinstance(store, SealedStore), "a service with persons has its store encrypted"
    hashes = unseal_hashes(env.keys, asked.object_name, await env.objects.get(asked.object_name))
    await suppress(store, hashes, asked.case_id)
    await replay(store)
    fresh, withheld = await _erase_everywhere(env, store, cmd, hashes)
    await erase_former(store, hashes, asked.case_id)
    for one in await env.restrictions.forget(hashes | fresh):
        await shred_hashes(store, one, asked.case_id)
    await store.ledger.end(asked.case_id, hashes)
    await replay(store, {})
    statement = await _statement(env, store.ledger, asked, fresh=frozenset(fresh - hashes), withheld=withheld)
    done = SubjectErasure(id=f"{asked.case_id}:{asked.round}", statement=statement)
    loaded = await get(store, ERASED, done.id)
    put = loaded.put(done) if loaded else create(ERASED, done)
    return await env.commit(put, events=[statement], call=cmd.call)


def statement_text(statement: SubjectDataErased) -> bytes:
    """The bytes that `signature` signs: all other fields."""
    return _PURPOSE + canonical(to_builtins(replace(statement, signature="")))


def is_genuine(keys: Keys, statement: SubjectDataErased) -> bool:
    """Whether the statement was signed with the keys of this cell and has not been changed."""
    return keys.verify(bytes.fromhex(statement.signature), statement_text(statement), by=statement.service)


async def seal_hashes(env: Env[Any], case_id: str, round: int, hashes: frozenset[str], *, for_all: bool = False) -> str:
    """Store keyed hashes as an encrypted object; its name. for_all: every service is to open it, and not compliance
    alone. StoreUnavailable."""
    plain = msgspec.json.encode(sorted(hashes))
    digest = hashlib.sha256(env.keys.sign(plain)).hexdigest()[:_NAME_DIGITS]  # the name says nothing about the hashes
    name = f"erasure/{case_id}/{round}/{env.service}/{digest}"
    seal = env.keys.seal_for_all if for_all else env.keys.seal
    await env.objects.put(name, seal(plain, name))
    return name


def unseal_hashes(keys: Keys, name: str, sealed: bytes) -> frozenset[str]:
    """The hashes in such an object; ForgedObject."""
    service = name.rpartition("/")[0].rpartition("/")[2]
    return frozenset(msgspec.json.decode(keys.unseal(sealed, name, by=service), type=list[str]))


async def _erase_everywhere(
    env: Env[Any], store: SealedStore, cmd: EraseSubject, hashes: frozenset[str]
) -> tuple[frozenset[str], dict[tuple[str, str], Kept]]:
    """Erase pass after pass until nothing new is found; the hashes seen, and the rows withheld."""
    fresh: set[str] = set()
    withheld: dict[tuple[str, str], Kept] = {}
    for _ in range(PASSES):
        before, kept = len(fresh), len(withheld)
        gone = 0
        async for found in _rows(env, store, cmd, hashes):
            present = [one for one in found if one.kept is None]
            fresh.update(*(one.hashes for one in found))
            withheld |= {one.erased.place: one.kept for one in found if one.kept is not None}
            await store.ledger.append([one.erased for one in present])
            await replay(store, {one.erased.place: one.aliases for one in present})
            gone += len(present)
        if not gone and (before, kept) == (len(fresh), len(withheld)):
            break
    return frozenset(fresh), withheld


async def _rows(
    env: Env[Any], store: SealedStore, cmd: EraseSubject, hashes: frozenset[str]
) -> AsyncIterator[list[Found]]:
    """What is the person's in the rows of every kind, each row once, by the alias rows of each hash. The batches are
    large, because what is done after one looks at every recorded answer."""
    seen, batch = set[tuple[str, str]](), list[Found]()
    for one in sorted(hashes):
        cursor = ""
        while True:
            page = await store.find(Query(kind=ALIASES, equals={"hash": one}, limit=ROWS_PER_PAGE, cursor=cursor))
            places = {(loaded.value.kind, loaded.value.row) for loaded in page.rows} - seen
            seen |= places
            batch += await _found(env, store, cmd, hashes, places)
            if len(batch) >= ENTRIES_AT_ONCE:
                yield batch
                batch = []
            await asyncio.sleep(0)  # other calls are answered meanwhile
            if not (cursor := page.next_cursor):
                break
    yield batch


async def _found(
    env: Env[Any], store: SealedStore, cmd: EraseSubject, hashes: frozenset[str], places: Collection[tuple[str, str]]
) -> list[Found]:
    """What is the person's in these rows, named by kind and id."""
    found = list[Found]()
    for kind in cmd.kinds:
        seal = store.seals[kind.name]
        rows = await store.get_many(kind, sorted(row for name, row in places if name == kind.name))
        for loaded in rows.values():
            one = await find_in(store, seal, loaded, hashes, case_id=cmd.asked.case_id, ids=env.ids)
            found += [one] if one is not None else []
    return found


async def _statement(
    env: Env[Any],
    ledger: Ledger,
    asked: ErasureAsked,
    *,
    fresh: frozenset[str],
    withheld: dict[tuple[str, str], Kept],
) -> SubjectDataErased:
    head = await ledger.head()
    rows = {erased.place for erased in await ledger.of_case(asked.case_id) if not erased.ends}
    counts = Counter(kind for kind, _ in rows)
    statement = SubjectDataErased(
        case_id=asked.case_id,
        service=env.service,
        round=asked.round,
        counts=tuple(ErasedCount(kind, count) for kind, count in sorted(counts.items())),
        withheld=_summed(withheld),
        ledger_number=head.number,
        ledger_hash=head.hash,
        object_name=await seal_hashes(env, asked.case_id, asked.round, fresh) if fresh else "",
        erase_time=env.clock.now(),
    )
    return replace(statement, signature=env.keys.sign(statement_text(statement)).hex())


def _summed(withheld: dict[tuple[str, str], Kept]) -> tuple[WithheldRows, ...]:
    """The withheld rows by kind and ground; the date is that of the row that is kept longest."""
    grouped: dict[tuple[str, str, str], list[Kept]] = {}
    for (kind, _), one in withheld.items():
        grouped.setdefault((kind, one.ground.name, one.basis), []).append(one)
    return tuple(
        WithheldRows(kind=kind, rows=len(kept), ground=ground, basis=basis, until_time=_last(kept))
        for (kind, ground, basis), kept in sorted(grouped.items())
    )


def _last(kept: Sequence[Kept]) -> datetime | None:
    ends = [one.until for one in kept if one.until is not None]
    return max(ends) if len(ends) == len(kept) else None
