"""Asks the register before something leaves the cell. What may not leave is in the trail, and, if it is a message for
other cells, kept until it may."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from libs.call import SYSTEM, Caller, CallOutcome, recorded
from libs.env import Env
from libs.errors import AppError, Code
from libs.messaging.events import categories_of, edge_types, transfer_of
from libs.messaging.outbox import EDGE_OUTBOX, HELD, HeldEntry, OutboxEntry
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Delete, Query, VersionConflict, Write, create
from libs.transfers.projection import TRANSFERS
from libs.transfers.rules import Leaving, permits

NO_TRANSFER = "NO_TRANSFER"
_FIRST_VERSION = 1  # of an outbox row, which never changes


class TransferRefused(AppError):
    """The register of transfers does not permit that this leaves the cell."""

    code, reason = Code.FAILED_PRECONDITION, "TRANSFER_REFUSED"

    def __init__(self, transfer_id: str, refusal: str) -> None:
        super().__init__(f"{transfer_id or 'no transfer'}: {refusal}", transfer_id=transfer_id, refusal=refusal)


class BusGate:
    """The gate of a service's messages for other cells; see libs.messaging.border.gate.Gate."""

    def __init__(self, env: Env[Any]) -> None:
        self._env = env

    async def held(self, entries: Sequence[OutboxEntry]) -> Mapping[str, str]:
        """See Gate. A message that another process holds already is held, and not recorded twice."""
        verdicts: dict[str, str] = {}
        found = {}
        for entry in entries:
            kind = entry.envelope.type
            if kind not in verdicts:
                verdicts[kind] = await refusal_of(self._env, kind)
            if verdicts[kind]:
                found[entry.id] = verdicts[kind]
                await _hold(self._env, entry, verdicts[kind])
        return found


async def refusal_of(env: Env[Any], message: str) -> str:
    """Why messages of a type (its full name) may not leave the cell now; empty if they may."""
    flow = transfer_of(message)
    if not flow:
        return NO_TRANSFER
    known = await everything(env.store, TRANSFERS, {"flow": flow})
    return permits(known, Leaving(categories=categories_of(message)), today=env.today())


async def release(env: Env[Any]) -> int:
    """Put up to 200 held messages of each type that may leave now back into the outbox; how many."""
    count = 0
    for name in edge_types(env.service):
        if await refusal_of(env, name):
            continue
        page = await env.store.find(Query(kind=HELD, equals={"type": name}, order="at", limit=ROWS_PER_PAGE))
        for row in page.rows:
            with suppress(VersionConflict):  # another process releases it, or it is purged
                await env.send_again(row.value.envelope, row.delete())
                count += 1
    return count


async def _hold(env: Env[Any], entry: OutboxEntry, refusal: str) -> None:
    """Move the row, and record it, in one commit."""
    row = HeldEntry(id=entry.id, type=entry.envelope.type, at=entry.at, envelope=entry.envelope)
    caller, about = SYSTEM, entry.envelope.about
    with suppress(VersionConflict):
        await _record(
            env,
            caller,
            f"{env.service}__edge",
            refusal,
            about,
            Delete(EDGE_OUTBOX, entry.id, _FIRST_VERSION),
            create(HELD, row),
        )


async def _record(env: Env[Any], caller: Caller, method: str, refusal: str, about: str, *writes: Write) -> None:
    refused = recorded(caller, method, CallOutcome.REFUSED, time=env.clock.now(), reason=refusal, resource_id=about)
    await env.record([refused], *writes)
