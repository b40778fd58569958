"""Whose rows are frozen: persons under a legal hold, and those with an open request.

Compliance states each with an encrypted object that has the keyed hashes of the person's aliases. Once a service has
committed the statement, it purges no row that holds the person (`documents.PurgeGate`).
"""

from datetime import datetime
from typing import Any

import msgspec

from libs.call import Call, Command
from libs.env import Env
from libs.errors import NotFound
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.person import Person
from libs.privacy.aliases import as_written, recognised, sought
from libs.privacy.keys import Keys
from libs.purging.documents import FREEZES, GATE, GATES, Freeze, PurgeGate
from libs.sought_hashes import unseal_sought
from libs.store.listing import everything
from libs.store.port import Loaded, Put, Store, create, get


class _All(frozenset[str]):
    """Every hash."""

    def isdisjoint(self, other: object) -> bool:
        return False


FREEZE_ALL: frozenset[str] = _All()
"""While it is not known who is frozen, everybody is."""


class PersonFreezeStated(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.PersonFreezeStated."""

    freeze_id: str
    active: bool
    object_name: str = ""


class KeepFreeze(Command, frozen=True, kw_only=True):
    """Keep what compliance stated. statement: its number, which grows with each statement about the freeze."""

    stated: PersonFreezeStated
    statement: int


async def keep_freeze(env: Env[Any], cmd: KeepFreeze) -> Freeze:
    """The freeze, unless a newer statement is kept. If its object has gone, every row is frozen until the next
    statement. StoreUnavailable."""
    stated = cmd.stated
    held = await get(env.store, FREEZES, stated.freeze_id)
    if held is not None and held.value.statement >= cmd.statement:
        return held.value
    sealed = b""
    if stated.active:
        try:
            sealed = await env.objects.get(stated.object_name)
        except NotFound:  # compliance has stated something newer since, or it expired before this service ran again
            sealed = b""
    kept = Freeze(
        id=stated.freeze_id,
        statement=cmd.statement,
        active=stated.active,
        object_name=stated.object_name,
        sealed=sealed,
    )
    put = held.put(kept) if held is not None else create(FREEZES, kept)
    return await env.commit(put, await gate_put(env.store, env.clock.now()), call=cmd.call)


async def gate_put(store: Store, now: datetime) -> Put[PurgeGate]:
    """The write of the gate: of two commits that have read the gate at once, the store refuses the later one."""
    held: Loaded[PurgeGate] | None = await get(store, GATES, GATE)
    return held.put(held.value) if held is not None else create(GATES, PurgeGate(id=GATE, begin_time=now))


async def frozen_hashes(store: Store, keys: Keys) -> frozenset[str]:
    """The hashes of all frozen persons; FREEZE_ALL if those of one are not known. ForgedObject, StoreUnavailable."""
    found: set[str] = set()
    for one in await everything(store, FREEZES, {"active": True}):
        if not one.sealed:
            return FREEZE_ALL
        found.update(unseal_sought(keys, one.object_name, one.sealed).alias_hashes)
    return frozenset(found)


def is_frozen(keys: Keys, person: Person, country: str, frozen: frozenset[str]) -> bool:
    """Whether the person may be one of those who are frozen, by any spelling."""
    known = sought(keys, person, country) | recognised(keys, person, country) | as_written(keys, person)
    return not frozen.isdisjoint(known)


async def _on_statement(env: Env[Any], envelope: Envelope, call: Call) -> None:
    stated = EventCodec.decode(envelope, PersonFreezeStated)
    await env.run(keep_freeze, KeepFreeze(call=call, stated=stated, statement=envelope.version))


FREEZE_CONSUMER: Consumer[Any] = Consumer("compliance.person_freeze.stated", _on_statement)
