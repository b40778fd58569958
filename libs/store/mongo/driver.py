"""The one module that knows both drivers: motor, which the project was asked to use, and PyMongo's asyncio client.

Motor is PyMongo's blocking client in threads, and past its end of life. Both have the same methods except where this
module hides it: how a session begins and how a client ends. The types are those of PyMongo's.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from libs.config import ask_of_motor
from libs.errors import StoreRefused
from libs.logs import Secret
from libs.passwords import PasswordFile
from libs.store.opening import Driver

CONNECTIONS = 32
THREADS = 8 * CONNECTIONS  # so that the connections are the bound, also of several stores in one process

Tree = dict[str, Any]


class Target(msgspec.Struct, frozen=True):
    """The server and database of a store. answer_within: the longest silence of a server that is waited for."""

    url: Secret[str]
    database: str
    driver: Driver = "motor"
    password: PasswordFile | None = None
    connect_within: timedelta = timedelta(seconds=2)
    answer_within: timedelta = timedelta(seconds=10)


class Client(NamedTuple):
    """A connected client; belongs to the event loop that opened it. password: what it logs in with."""

    inner: AsyncMongoClient[Tree]
    driver: Driver
    database: AsyncDatabase[Tree]
    password: Secret[str] | None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncClientSession]:
        """A session in a transaction, which is aborted unless it was committed."""
        if self.driver == "pymongo":
            async with self.inner.start_session() as session, await session.start_transaction():
                yield session
            return
        motors: Any = self.inner
        async with await motors.start_session() as session, session.start_transaction():
            yield session

    async def close(self) -> None:
        """Let go of the connections."""
        if self.driver == "pymongo":
            await self.inner.close()
        else:
            motors: Any = self.inner
            await asyncio.to_thread(motors.close)  # it says goodbye to the server, and waits for that

    def complaints(self) -> list[BaseException]:
        """What the last attempt to connect to each member failed with."""
        inner: Any = self.inner
        members = (inner if self.driver == "pymongo" else inner.delegate).topology_description.server_descriptions()
        return [one.error for one in members.values() if one.error is not None]


def open_client(target: Target, driver: Driver | None = None) -> Client:
    """A client, which connects when it is used. `driver`: instead of the target's. StoreRefused for a URL that cannot
    be read, ConfigError for a password file that cannot.

    What the guarantees of the port rest on is said here again, where it overrides the URL.
    """
    chosen = driver or target.driver
    options: dict[str, Any] = {
        "appname": "prm",
        "readPreference": "primary",
        "w": "majority",
        "journal": True,
        "maxPoolSize": CONNECTIONS,
        "connectTimeoutMS": _milliseconds(target.connect_within),
        "serverSelectionTimeoutMS": _milliseconds(target.connect_within),
        "socketTimeoutMS": _milliseconds(target.answer_within),
    }
    password = target.password.current() if target.password is not None else None
    if password is not None:
        options["password"] = password.reveal()
    try:
        inner = _make(chosen, target.url.reveal(), options)
    except (PyMongoError, ValueError, TypeError, OSError) as err:  # its text may hold what it choked on
        why = f"{err.filename}: {err.strerror}" if isinstance(err, OSError) and err.filename else type(err).__name__
        raise StoreRefused(f"PRM_STORE_URL cannot be used ({why}); compare it with the manual of MongoDB") from err
    return Client(inner, chosen, inner[target.database], password)


def _make(driver: Driver, url: str, options: Mapping[str, Any]) -> AsyncMongoClient[Tree]:
    if driver == "pymongo":
        return AsyncMongoClient(url, **options)
    ask_of_motor(THREADS)
    from motor.motor_asyncio import AsyncIOMotorClient

    made: Any = AsyncIOMotorClient(url, **options)
    return made  # type: ignore[no-any-return]  # has the methods of the type that are used


def _milliseconds(time: timedelta) -> int:
    return round(time.total_seconds() * 1_000)
