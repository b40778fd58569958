"""What a service keeps of the register of transfers, from the events of compliance."""

from datetime import date
from typing import Any

import msgspec

from libs.call import Call
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.store.port import Index, Kind, create, get
from libs.transfers.rules import TransferFacts

TRANSFERS = Kind("known_transfer", TransferFacts, (Index(("flow",)),))


class TransferPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of TransferStated."""

    transfer_id: str
    flow: str = ""
    purpose: str = ""
    categories: tuple[str, ...] = ()
    recipient_country: str = ""
    valid_from: date
    valid_until: date | None = None
    ended: bool = False
    blocked_year: int = 0


def facts_in(envelope: Envelope) -> TransferFacts:
    """The transfer in an event."""
    told = EventCodec.decode(envelope, TransferPayload)
    return TransferFacts(
        id=told.transfer_id,
        facts_version=envelope.version,
        flow=told.flow,
        purpose=told.purpose,
        categories=told.categories,
        recipient_country=told.recipient_country,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        ended=told.ended,
        blocked_year=told.blocked_year,
    )


async def keep(env: Env[Any], facts: TransferFacts, call: Call) -> None:
    """Keep the facts of a transfer, unless newer ones are kept."""
    held = await get(env.store, TRANSFERS, facts.id)
    if held is None:
        await env.commit(create(TRANSFERS, facts), call=call)
    elif held.value.facts_version < facts.facts_version:
        await env.commit(held.put(facts), call=call)


async def _on_statement(env: Env[Any], envelope: Envelope, call: Call) -> None:
    await keep(env, facts_in(envelope), call)


CONSUMER: Consumer[Any] = Consumer("compliance.transfer.stated", _on_statement)
