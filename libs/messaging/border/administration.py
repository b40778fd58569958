"""Makes the streams and consumers of the border: the administrator of a cell's edge, and that of the hub.

The library does not know consumers that are acknowledged by flow control, nor streams that take from a consumer which
somebody else made, so the requests are written here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import structlog
from nats.js.errors import APIError, NotFoundError

from libs.lifetime import alongside
from libs.messaging.administration import ACK_PENDING_MESSAGES, ACK_WAIT_SECONDS, CHECK_SECONDS
from libs.messaging.border.names import (
    DIRECTORY,
    HUB,
    HUB_API,
    arriving,
    edge_subject,
    leaving,
    outgoing_stream,
)
from libs.messaging.jetstream import BROKER_ERRORS, REQUEST_SECONDS, JetStream, Session
from libs.messaging.streams import DEAD, StreamLimits, dead_subject

log = structlog.get_logger()

EDGE_BYTES = 256 * 1024**2
HEARTBEAT_SECONDS = 1
IN_FLIGHT_MESSAGES = 1_000

_NANOS = 1_000_000_000
_NOT_FOUND = 404

Json = dict[str, Any]


class BorderAdministrator:
    """Makes what is missing, with each new connection and every CHECK_SECONDS. done: set once everything exists."""

    def __init__(self, jetstream: JetStream, ensure: Callable[[Session], Awaitable[None]]) -> None:
        self._jetstream = jetstream
        self._ensure = ensure
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            session = await self._jetstream.session()
            try:
                await self._ensure(session)
                self.done.set()
            except BROKER_ERRORS as err:
                log.warning("border_not_prepared", cause=err)
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await session.until_lost()


@asynccontextmanager
async def administering_edge(
    jetstream: JetStream, limits: StreamLimits, durables: Mapping[str, Sequence[str]]
) -> AsyncIterator[BorderAdministrator]:
    """Make the outgoing stream of a cell, its consumer for the hub, the copy of the directory, and the durables on it,
    while the block runs. durables: as in `logins.Durables`; their subjects are those of other cells' messages."""

    async def ensure(session: Session) -> None:
        cell = session.cell
        await _stream(session, outgoing_stream(cell), limits, {"subjects": [edge_subject(cell, ">")]})
        await _delivery(session, outgoing_stream(cell), HUB, {"deliver_subject": leaving(cell)})
        await _stream(session, DIRECTORY, limits, {"sources": [_source(DIRECTORY, cell, HUB_API, arriving(cell))]})
        await _stream(session, DEAD, limits, {"subjects": [dead_subject(cell, ">")]})
        for durable, subjects in durables.items():
            await _pulled(session, durable, [edge_subject("*", one) for one in subjects])

    administrator = BorderAdministrator(jetstream, ensure)
    async with alongside(administrator.run()):
        yield administrator


@asynccontextmanager
async def administering_hub(
    jetstream: JetStream, cells: Iterable[str], limits: StreamLimits
) -> AsyncIterator[BorderAdministrator]:
    """Make the stream of all cells' messages on the hub, and for each cell the consumer that delivers those of the
    others, while the block runs."""
    known = sorted(cells)

    async def ensure(session: Session) -> None:
        sources = [_source(outgoing_stream(one), HUB, f"$JS.{one}.API", leaving(one)) for one in known]
        await _stream(session, DIRECTORY, limits, {"sources": sources})
        for cell in known:
            others = [edge_subject(one, ">") for one in known if one != cell]
            if others:
                await _delivery(
                    session, DIRECTORY, cell, {"deliver_subject": arriving(cell), "filter_subjects": others}
                )

    administrator = BorderAdministrator(jetstream, ensure)
    async with alongside(administrator.run()):
        yield administrator


def _source(stream: str, consumer: str, api: str, deliver: str) -> Json:
    return {
        "name": stream,
        "external": {"api": api, "deliver": deliver},
        "consumer": {"name": consumer, "deliver_subject": deliver},
    }


async def _stream(session: Session, name: str, limits: StreamLimits, own: Json) -> None:
    """Create the stream, or update it."""
    wanted = {
        "name": name,
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_bytes": EDGE_BYTES,
        "max_age": int(limits.kept.total_seconds()) * _NANOS,
        "duplicate_window": int(limits.duplicate_window.total_seconds()) * _NANOS,
        "num_replicas": limits.replicas,
        **own,
    }
    try:
        found = (await _ask(session, f"STREAM.INFO.{name}", {}))["config"]
    except NotFoundError:
        await _ask(session, f"STREAM.CREATE.{name}", wanted)
        return
    if _differs(wanted, found):
        await _ask(session, f"STREAM.UPDATE.{name}", wanted)


async def _delivery(session: Session, stream: str, name: str, own: Json) -> None:
    """Create a consumer that delivers to another broker and is acknowledged by its flow control, or update it."""
    await _consumer(
        session,
        stream,
        {
            "durable_name": name,
            "deliver_policy": "all",
            "replay_policy": "instant",
            "ack_policy": "flow_control",
            "flow_control": True,
            "idle_heartbeat": HEARTBEAT_SECONDS * _NANOS,
            "max_deliver": -1,
            "max_ack_pending": IN_FLIGHT_MESSAGES,
            **own,
        },
    )


async def _pulled(session: Session, name: str, subjects: Sequence[str]) -> None:
    """Create a durable on the directory from which a service takes, or update it."""
    await _consumer(
        session,
        DIRECTORY,
        {
            "durable_name": name,
            "deliver_policy": "all",
            "replay_policy": "instant",
            "ack_policy": "explicit",
            "ack_wait": int(ACK_WAIT_SECONDS) * _NANOS,
            "max_ack_pending": ACK_PENDING_MESSAGES,
            "filter_subjects": list(subjects),
        },
    )


async def _consumer(session: Session, stream: str, wanted: Json) -> None:
    name = wanted["durable_name"]
    try:
        found = (await _ask(session, f"CONSUMER.INFO.{stream}.{name}", {}))["config"]
    except NotFoundError:
        found = {}
    if len(wanted.get("filter_subjects", ())) == 1:
        wanted = {**wanted, "filter_subject": wanted["filter_subjects"][0]}
        del wanted["filter_subjects"]
    if _differs(wanted, found):
        await _ask(session, f"CONSUMER.DURABLE.CREATE.{stream}.{name}", {"stream_name": stream, "config": wanted})


def _differs(wanted: Json, found: Json) -> bool:
    return any(found.get(key) != value for key, value in wanted.items())


async def _ask(session: Session, verb: str, body: Json) -> Json:
    """The answer of the JetStream API. NotFoundError; APIError for any other refusal; BROKER_ERRORS."""
    raw = await session.client.request(f"$JS.API.{verb}", msgspec.json.encode(body), timeout=REQUEST_SECONDS)
    answer: Json = msgspec.json.decode(raw.data)
    if (error := answer.get("error")) is not None:
        kind = NotFoundError if error.get("code") == _NOT_FOUND else APIError
        raise kind(code=error.get("code"), description=error.get("description"), err_code=error.get("err_code"))
    return answer
