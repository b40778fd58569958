"""Posts a body to a URL that somebody else chose, within bounds of time, size and place.

The name is resolved for each new connection, all its addresses are checked, and the connection is made to an address
that was checked; the name goes into SNI, certificate check and `Host`. So a name that changes its address between check
and call leads nowhere else. Redirects are not followed, cookies are not kept, and proxies of the environment are not
used.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from libs.outbound.addresses import is_allowed, literal
from libs.outbound.resolving import NameUnknown, Resolver

TOTAL_SECONDS = 20.0
CONNECT_SECONDS = 5.0
READ_BYTES = 64 * 1024
CONNECTIONS_AT_MOST = 2_000
_KEEP_ALIVE_SECONDS = 15.0
_RETRY_AFTER_CHARACTERS = 64


class Failure(Enum):
    """Why there is no answer."""

    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    TLS_FAILED = "TLS_FAILED"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    PROTOCOL_FAILED = "PROTOCOL_FAILED"


class Answer(NamedTuple):
    """The answer to a post, or why there is none. status: of HTTP; 0 without an answer. retry_after: the header, as it
    was sent, 64 characters at most; empty without one. read_bytes: how much of its body was
    read, READ_BYTES at most."""

    status: int = 0
    failure: Failure | None = None
    retry_after: str = ""
    read_bytes: int = 0


class _AddressRefused(OSError):
    """The name has an address to which no call may go."""


class _Guard(AbstractResolver):
    """What aiohttp asks for each connection: it connects to what this returns, and to nothing else."""

    def __init__(self, resolver: Resolver, *, loopback: bool) -> None:
        self._resolver = resolver
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            found = await self._resolver.resolve(host)
        except NameUnknown as err:
            raise OSError(f"{host} has no address") from err
        if not all(is_allowed(one, loopback=self._loopback) for one in found):
            raise _AddressRefused(f"{host} has an address that is not public")
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for one in found
        ]

    async def close(self) -> None:
        await self._resolver.close()


class Poster:
    """Posts; keeps connections for a while. An asynchronous context manager. loopback: calls to loopback are allowed.
    tls: whom to trust; None: the authorities of the system."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        loopback: bool = False,
        tls: ssl.SSLContext | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._loopback = loopback
        self._resolver = resolver
        self._tls = tls
        self._total_seconds = total_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_Guard(self._resolver, loopback=self._loopback),
            use_dns_cache=False,
            ssl=self._tls or ssl.create_default_context(),
            limit=CONNECTIONS_AT_MOST,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            happy_eyeballs_delay=None,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._total_seconds, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("Accept-Encoding",),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post; never raises for what the other side does. The caller has checked the URL with `url_violations`."""
        assert self._session is not None, "entered"
        address = literal(urlsplit(url).hostname or "")
        if address is not None and not is_allowed(address, loopback=self._loopback):
            return Answer(failure=Failure.ADDRESS_REFUSED)
        try:
            async with asyncio.timeout(self._total_seconds):
                return await _exchange(self._session, url, body, headers)
        except TimeoutError:
            return Answer(failure=Failure.TIMED_OUT)
        except (aiohttp.ClientError, OSError, ValueError) as err:
            return Answer(failure=_failure(err))


async def _exchange(session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    response = await session.post(url, data=body, headers=headers, allow_redirects=False)
    whole = False
    try:
        read = 0
        while read < READ_BYTES and (part := await response.content.read(READ_BYTES - read)):
            read += len(part)
        whole = response.content.at_eof()
        retry_after = response.headers.get("Retry-After", "")[:_RETRY_AFTER_CHARACTERS]
        return Answer(status=response.status, retry_after=retry_after, read_bytes=read)
    finally:
        if whole:
            response.release()
        else:
            response.close()


def _failure(err: Exception) -> Failure:
    cause: BaseException | None = err
    while cause is not None:
        if isinstance(cause, _AddressRefused):
            return Failure.ADDRESS_REFUSED
        if isinstance(cause, ssl.SSLError | ssl.CertificateError | aiohttp.ClientSSLError):
            return Failure.TLS_FAILED
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    if isinstance(err, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | ValueError):
        return Failure.PROTOCOL_FAILED
    return Failure.UNREACHABLE
