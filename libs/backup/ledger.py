"""Restores the erasure ledger of a service: adds what the copy has and the ledger lacks, and takes nothing away."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, cast

import msgspec

from libs.backup.artefact import Artefact
from libs.config import Settings
from libs.packages.encryption import decrypt
from libs.privacy.ledger.documents import (
    ENTRIES,
    HEAD,
    HEADS,
    LEDGER_KINDS,
    SUPPRESSED,
    LedgerEntry,
    LedgerHead,
    entry_id,
)
from libs.store.opening import open_ledger_of
from libs.store.port import Kind, get, get_all
from libs.store.snapshot import BackupRefused, Restorable

ROWS_PER_LOAD = 200


async def restore_ledger(copy: Artefact | None, identity: str, service: str, cell: str, settings: Settings) -> None:
    """Make the ledger of a service as long as the copy; a longer one stays as it is. Repeat it after a kill.
    BackupRefused if there is neither a ledger nor a copy, or if they differ in an entry that both have."""
    store = cast("Restorable", await open_ledger_of(service, cell, settings))
    try:
        await store.ensure(LEDGER_KINDS)
        if copy is not None:
            await _lengthen(store, copy, identity, service)
        elif await get(store, HEADS, HEAD) is None:
            raise BackupRefused(f"{service} has no erasure ledger: name its newest copy with --ledger")
    finally:
        await store.close()


async def _lengthen(store: Restorable, copy: Artefact, identity: str, service: str) -> None:
    heads = [one for batch in _batches(copy, identity, service, HEADS) for one in batch]
    if not heads:
        return  # nobody was erased
    given = msgspec.json.decode(heads[0], type=LedgerHead)
    held = await get(store, HEADS, given.id)
    if held is not None and held.value.number >= given.number:
        last = await get(store, ENTRIES, entry_id(given.number))
        if last is None or last.value.hash != given.hash:
            raise _forked(copy, service, given.number)
        return
    for batch in _batches(copy, identity, service, ENTRIES):
        there = await get_all(store, ENTRIES, map(_id, batch))
        for one in batch:
            entry = msgspec.json.decode(one, type=LedgerEntry)
            if entry.id in there and there[entry.id].value.hash != entry.hash:
                raise _forked(copy, service, entry.number)
        await _add(store, ENTRIES, batch, there)
    for batch in _batches(copy, identity, service, SUPPRESSED):
        await _add(store, SUPPRESSED, batch, await get_all(store, SUPPRESSED, map(_id, batch)))
    if held is None:
        await store.load(HEADS, heads)
    else:
        await store.commit([held.put(given)])


async def _add(store: Restorable, kind: Kind[Any], documents: Sequence[bytes], there: Container[str]) -> None:
    if fresh := [one for one in documents if _id(one) not in there]:
        await store.load(kind, fresh)


def _batches(copy: Artefact, identity: str, service: str, kind: Kind[Any]) -> Iterator[list[bytes]]:
    """The documents of a kind as JSON, by id."""
    for one in copy.manifest.files:
        if (one.service, one.kind) == (service, kind.name):
            lines = decrypt(copy.read(one), identity).split(b"\n")[:-1]
            for start in range(0, len(lines), ROWS_PER_LOAD):
                yield lines[start : start + ROWS_PER_LOAD]


def _id(document: bytes) -> str:
    found: str = msgspec.json.decode(document)["id"]
    return found


def _forked(copy: Artefact, service: str, number: int) -> BackupRefused:
    return BackupRefused(
        f"entry {number} of the erasure ledger of {service} is another one than in {copy.folder}: one of them was "
        "continued from an older copy, and both list persons who must stay erased"
    )
