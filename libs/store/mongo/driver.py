"""The one module that knows both drivers: motor, which the project was asked to use, and PyMongo's asyncio client.

Motor runs PyMongo's blocking client in threads, and is past its end of life. This module hides the methods in which the
two differ: how a session begins and how a client is closed. The types are those of PyMongo's client.
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
THREADS = 8 * CONNECTIONS  # enough that connections are the bound, also for several stores in one process

Tree = dict[str, Any]


class Target(msgspec.Struct, frozen=True):
    """The server and database of a store. connect_within: the most time to connect. answer_within: the most time to
    wait for an answer of the server."""

    url: Secret[str]
    database: str
    driver: Driver = "motor"
    password: PasswordFile | None = None
    connect_within: timedelta = timedelta(seconds=2)
    answer_within: timedelta = timedelta(seconds=10)


class Client(NamedTuple):
    """A client; belongs to the event loop that opened it. password: the one it was opened with."""

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
        """Close the connections."""
        if self.driver == "pymongo":
            await self.inner.close()
        else:
            motors: Any = self.inner
            await asyncio.to_thread(motors.close)  # it waits for the server to end its sessions

    def complaints(self) -> list[BaseException]:
        """The error of the last attempt to connect to each member of the replica set, if it failed."""
        inner: Any = self.inner
        members = (inner if self.driver == "pymongo" else inner.delegate).topology_description.server_descriptions()
        return [one.error for one in members.values() if one.error is not None]


def open_client(target: Target, driver: Driver | None = None) -> Client:
    """A client, which connects when it is used. driver: instead of the target's. StoreRefused if the URL cannot be
    parsed, ConfigError if the password file cannot be read.

    The options on which the guarantees of the port depend are set here, where they override those of the URL.
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
        # From it the driver makes the `maxTimeMS` of every command, so that the server works on none for longer.
        "timeoutMS": _milliseconds(target.connect_within + target.answer_within),
    }
    password = target.password.current() if target.password is not None else None
    if password is not None:
        options["password"] = password.reveal()
    try:
        inner = _make(chosen, target.url.reveal(), options)
    except (PyMongoError, ValueError, TypeError, OSError) as err:  # its text may quote the URL
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
