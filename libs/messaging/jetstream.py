"""The connection to the broker: opened again whenever it is lost, and not used before the cell's streams are checked.

A connection is a `Session`. When it is lost, all work on it ends, and relays and consumers start again on the next one.
Nothing is buffered in between, because unacknowledged events are in a store.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, MaxPayloadError
from nats.js import JetStreamContext

from libs.lifetime import abandoned_after, alongside, stop_if_cancelled
from libs.messaging.address import is_encrypted, servers_of
from libs.messaging.client import FastClient
from libs.messaging.logins import Credentials, inbox_of
from libs.messaging.streams import DEFAULT_LIMITS, EVENTS, StreamLimits, ensure_streams, require_own
from libs.tls import Identity

log = structlog.get_logger()

CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 5.0
ACK_SECONDS = 5.0
BACKOFF_FIRST_SECONDS = 0.05
BACKOFF_MOST_SECONDS = 2.0

# The loss of a silent broker is detected after three of these. Together with the two minutes until JetStream's fsync
# that stays below sent.REPLAY_WINDOW_SECONDS.
PING_SECONDS = 5

NO_ANSWER = "no answer"
TOO_LARGE = "larger than the broker takes"

_VIOLATION = "permissions violation"
_CHECK_SECONDS = 0.25
_CLOSE_SECONDS = 2.0
_YIELD_EVERY = 64
_PENDING_BYTES = 8 * 1024**2

# What a connection attempt, a request or a publish may raise if the broker is unavailable or refuses.
BROKER_ERRORS = (Error, OSError, TimeoutError)


class ConnectionLost(Exception):
    """The session has ended; get the next one from `JetStream.session`."""


class Outgoing(NamedTuple):
    """A message to publish; with the header Nats-Msg-Id it is safe to publish again."""

    subject: str
    headers: dict[str, str]
    body: bytes


class Session:
    """One connection, until it is lost. cell: its code. stream: from which its consumers take. streams: the library's
    JetStream API."""

    def __init__(self, client: Client, cell: str, stream: str = EVENTS) -> None:
        self.client = client
        self.cell = cell
        self.stream = stream
        self.streams: JetStreamContext = client.jetstream(timeout=REQUEST_SECONDS)
        self._acks = client.new_inbox()
        self._bursts: dict[int, _Burst] = {}
        self._burst_number = 0
        self._ended = asyncio.Event()
        self._on_end: list[Callable[[], None]] = []

    @property
    def alive(self) -> bool:
        """Whether the connection is open, as far as the client knows."""
        return not self._ended.is_set() and self.client.is_connected

    def on_end(self, call: Callable[[], None]) -> None:
        """Register a function to call when the connection is lost."""
        self._on_end.append(call)

    def end(self) -> None:
        """Mark the session as ended, and wake everything that waits for it."""
        self._ended.set()
        for burst in self._bursts.values():
            burst.done.set()
        for call in self._on_end:
            call()
        self._on_end.clear()

    async def until_lost(self) -> None:
        """Wait until the connection is lost. Polls the state too, because the client does not always call back."""
        while self.alive:
            stop_if_cancelled()
            with suppress(TimeoutError):
                async with asyncio.timeout(_CHECK_SECONDS):
                    await self._ended.wait()

    async def prepare(self, limits: StreamLimits | None) -> None:
        """Subscribe to acknowledgements; create or update the streams, or with None check only that they belong to this
        cell. Those of the border are left to its administrators. ForeignBroker if they belong to another cell;
        BROKER_ERRORS."""
        await self.client.subscribe(f"{self._acks}.*.*", cb=self._on_ack)
        if self.stream != EVENTS:
            return
        if limits is None:
            await require_own(self.streams, self.cell)
        else:
            await ensure_streams(self.streams, self.cell, limits)

    async def publish(self, messages: Sequence[Outgoing]) -> list[str]:
        """Send all messages in order, then wait up to ACK_SECONDS for the acknowledgements. Returns "" for each message
        that is stored, else the reason. An awaited publish per message would cost eight times as much."""
        self._burst_number += 1
        number, burst = self._burst_number, _Burst(len(messages))
        self._bursts[number] = burst
        try:
            for position, (subject, headers, body) in enumerate(messages):
                if position % _YIELD_EVERY == _YIELD_EVERY - 1:
                    await asyncio.sleep(0)
                try:
                    await self.client.publish(subject, body, f"{self._acks}.{number}.{position}", headers)
                except MaxPayloadError:
                    burst.settle(position, TOO_LARGE)
            async with asyncio.timeout(ACK_SECONDS):
                await burst.done.wait()
        except BROKER_ERRORS as err:
            log.debug("burst_not_acknowledged", cause=err)
        finally:
            del self._bursts[number]
        return burst.outcomes

    async def _on_ack(self, msg: Msg) -> None:
        _, number, position = msg.subject.rsplit(".", 2)
        if (burst := self._bursts.get(int(number))) is not None:
            burst.settle(int(position), _outcome(msg))


class _Burst:
    __slots__ = ("done", "left", "outcomes")

    def __init__(self, count: int) -> None:
        self.outcomes = [NO_ANSWER] * count
        self.left = count
        self.done = asyncio.Event()
        if not count:
            self.done.set()

    def settle(self, position: int, outcome: str) -> None:
        self.outcomes[position] = outcome
        self.left -= 1
        if self.left == 0:
            self.done.set()


class JetStream:
    """The connection of one process to its cell's broker; `open_jetstream` makes and runs one."""

    def __init__(
        self,
        url: str,
        cell: str,
        *,
        name: str,
        limits: StreamLimits | None,
        identity: Identity | None,
        login: Credentials | None,
        stream: str,
    ) -> None:
        self._login = login
        self._stream = stream
        self._servers = servers_of(url, identity=identity is not None)
        self._identity = identity if is_encrypted(self._servers) else None
        self.cell = cell
        self._name = name
        self._limits = limits
        self._session: Session | None = None
        self._connected = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether there is a session now. Readiness does not depend on it, because events can wait."""
        return self._session is not None and self._session.alive

    async def session(self) -> Session:
        """The current session; waits without a limit until there is one."""
        while True:
            await self._connected.wait()
            if (session := self._session) is not None and session.alive:
                return session
            if session is not None:
                session.end()

    async def run(self) -> None:
        """Connect, and connect again after every loss, until cancelled."""
        backoff = BACKOFF_FIRST_SECONDS
        while True:
            try:
                async with self._connection() as session:
                    backoff = BACKOFF_FIRST_SECONDS
                    await session.until_lost()
                log.warning("nats_lost", servers=len(self._servers))
            except BROKER_ERRORS as err:
                tell = log.warning if backoff == BACKOFF_FIRST_SECONDS else log.debug
                tell("nats_away", cause=err, again_in_seconds=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, BACKOFF_MOST_SECONDS)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Session]:
        client = FastClient()
        session: Session | None = None

        async def lost() -> None:
            if session is not None:
                session.end()

        try:
            connecting = client.connect(
                list(self._servers),
                name=self._name,
                error_cb=_on_error,
                disconnected_cb=lost,
                closed_cb=lost,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                ping_interval=PING_SECONDS,
                pending_size=_PENDING_BYTES,
                flush_timeout=ACK_SECONDS,
                **self._security(),
                **self._user(),
            )
            # a handshake that fails while the process is busy ends in a close that waits for ever
            await abandoned_after(CONNECT_SECONDS, connecting)
            session = Session(client, self.cell, self._stream)
            session.on_end(self._connected.clear)
            await session.prepare(self._limits)
            self._session = session
            self._connected.set()
            log.info("nats_connected", name=self._name)
            yield session
        finally:
            self._session = None
            self._connected.clear()
            if session is not None:
                session.end()
            await _close(client)

    def _security(self) -> dict[str, Any]:
        """The TLS options of the next connection. The handshake comes first: if the client relied on the broker's
        greeting, a man in the middle could change it, and the client would send its password in clear."""
        if self._identity is None:
            return {}
        return {"tls": self._identity.client, "tls_handshake_first": True}

    def _user(self) -> dict[str, Any]:
        """The user, password and inbox prefix of the next connection; the password file is read for each."""
        if self._login is None:
            return {}
        user, password = self._login
        named = {} if password is None else {"user": user, "password": password.current().reveal()}
        return {"inbox_prefix": inbox_of(user), **named}


@asynccontextmanager
async def open_jetstream(
    url: str,
    cell: str,
    *,
    name: str = "prm",
    limits: StreamLimits | None = DEFAULT_LIMITS,
    identity: Identity | None = None,
    login: Credentials | None = None,
    stream: str = EVENTS,
) -> AsyncIterator[JetStream]:
    """A connection that is kept open while the block runs; the broker need not be available yet. url: see
    address.servers_of, which raises ConfigError. limits: each connection creates or updates the streams with these;
    None leaves that to the administrator. identity: the certificate for `tls://` servers. login: the user to connect
    as; None if the broker has no users. stream: another than EVENTS for the logins of EDGE and of the hub."""
    jetstream = JetStream(url, cell, name=name, limits=limits, identity=identity, login=login, stream=stream)
    async with alongside(jetstream.run()):
        yield jetstream


def _outcome(msg: Msg) -> str:
    """Empty if the broker has stored the message, now or before; else the reason."""
    if b'"error"' in msg.data:
        error = msgspec.json.decode(msg.data, type=_Refusal).error
        return error.description or f"error {error.code}"
    return "" if msg.data else "no stream takes it"


class _Error(msgspec.Struct):
    code: int = 0
    description: str = ""


class _Refusal(msgspec.Struct):
    error: _Error


async def _on_error(err: Exception) -> None:
    if _VIOLATION in str(err).lower():
        log.error("nats_permission_violated", cause=err)
    else:
        log.debug("nats_client_error", cause=err)


async def _close(client: Client) -> None:
    """Close a connection, within _CLOSE_SECONDS; errors are ignored. While it closes, the library may wait for ever for
    a broker that became available at that moment."""
    with suppress(Exception):
        await abandoned_after(_CLOSE_SECONDS, client.close())
