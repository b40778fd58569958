"""A server that does not let a process in: the start fails with what it said, and a new password counts at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.authority import AUTHORITY_FILE, BOTH_FILE, Authority
from libs.clock import SystemClock
from libs.config import Settings
from libs.country import Directory
from libs.errors import StoreRefused, StoreUnavailable
from libs.passwords import PasswordFile
from libs.runtime.platform import LOCAL, Platform
from libs.store.mongo import MongoStore
from libs.store.mongo.driver import CONNECTIONS
from libs.store.opening import Driver
from libs.store.port import get
from tests.contracts.store.documents import COUNTERS, counter, read
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.proxy import Fault, Proxy
from tests.listening import listening
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("mongo")

SOON = timedelta(milliseconds=500)
WITHIN_SECONDS = 20
NOT_LET_IN = {"ok": 0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "SCRAM failure for s3cret"}


@asynccontextmanager
async def between(server: Server, login: str = "", **options: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(server.url, login=login, options=options)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()


async def test_a_wrong_password_is_refused_with_what_the_server_said(mongo_server: Server, driver: Driver) -> None:
    async with between(mongo_server, "deals:s3cret") as proxy:
        proxy.on_each("saslStart", lambda _: Fault(NOT_LET_IN))
        store = await MongoStore.open(proxy.url, mongo_server.fresh(), driver=driver)
        with pytest.raises(StoreRefused, match="18 AuthenticationFailed; look at the user") as failed:
            await store.ensure([COUNTERS])
        assert "s3cret" not in str(failed.value)
        await store.close()


async def test_a_start_with_a_wrong_password_ends_and_does_not_wait_for_the_store(
    mongo_server: Server, driver: Driver, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    async with between(mongo_server, "deals") as proxy:
        proxy.on_each("saslStart", lambda _: Fault(NOT_LET_IN))
        told = Settings(store_url=proxy.url, store_driver=driver, store_password_file=tmp_path / "password")
        platform = Platform(told, directory=Directory(LOCAL), clock=SystemClock())
        with pytest.raises(StoreRefused, match="18 AuthenticationFailed"):
            await asyncio.wait_for(platform.open("deals"), WITHIN_SECONDS)
        assert "s3cret" not in repr(told)


async def test_what_a_user_may_not_do_is_refused_with_code_and_name(mongo_server: Server, driver: Driver) -> None:
    async with between(mongo_server) as proxy:
        proxy.on_each("create", lambda _: Fault({"ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "no"}))
        store = await MongoStore.open(proxy.url, mongo_server.fresh(), driver=driver)
        with pytest.raises(StoreRefused, match="13 Unauthorized"):
            await store.ensure([COUNTERS])
        await store.close()


async def test_a_password_that_was_replaced_is_read_again(mongo_server: Server, driver: Driver, tmp_path: Path) -> None:
    """PLAIN, because it says the password itself."""
    file = tmp_path / "password"
    file.write_text("old")

    def log_in(told: dict[str, Any]) -> Fault:
        done = {"ok": 1, "conversationId": 1, "done": True, "payload": b""}
        return Fault(done if bytes(told["payload"]) == b"\0prm\0new" else NOT_LET_IN)

    async with between(mongo_server, "prm", authMechanism="PLAIN") as proxy:
        proxy.on_each("saslStart", log_in)
        password = PasswordFile("PRM_STORE_PASSWORD_FILE", file)
        store = await MongoStore.open(
            proxy.url, mongo_server.fresh(), driver=driver, password=password, connect_within=SOON
        )
        for _ in range(2):
            with pytest.raises(StoreRefused):
                await store.ensure([COUNTERS])
        file.write_text("new")

        async def ensured() -> bool:
            try:
                await store.ensure([COUNTERS])
            except StoreUnavailable:
                return False
            return True

        await until(ensured)
        await store.commit([counter("a")])
        assert await read(store, COUNTERS, "a") == counter("a").document
        await store.close()


async def test_a_certificate_of_another_name_is_refused_with_the_reason(driver: Driver, tmp_path: Path) -> None:
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    authority.keep(authority.issue(["*.mongo"], now), tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / BOTH_FILE)

    async def hang_up(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        pass

    async with listening(hang_up, encryption=context) as port:
        url = f"mongodb://127.0.0.1:{port}/?tls=true&tlsCAFile={tmp_path / AUTHORITY_FILE}&directConnection=true"
        told = Settings(store_url=url, store_driver=driver)
        platform = Platform(told, directory=Directory(LOCAL), clock=SystemClock())
        with pytest.raises(StoreRefused, match=r"certificate verify failed: .*not valid for '127\.0\.0\.1'"):
            await asyncio.wait_for(platform.open("deals"), WITHIN_SECONDS)


async def test_a_server_that_does_not_encrypt_is_refused_with_the_reason(
    mongo_server: Server, driver: Driver, tmp_path: Path
) -> None:
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    authority.keep(authority.issue(["mongo"], now), tmp_path)

    async def in_clear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(in_clear) as port:
        url = f"mongodb://127.0.0.1:{port}/?tls=true&tlsCAFile={tmp_path / AUTHORITY_FILE}&directConnection=true"
        store = await MongoStore.open(url, "prm_local_deals", driver=driver, connect_within=SOON)
        with pytest.raises(StoreRefused, match=r"no encrypted connection: (wrong version number|record layer failure)"):
            await store.ensure([COUNTERS])
        await store.close()


@pytest.mark.parametrize(
    "url",
    ["mongodb://u:s3cret@127.0.0.1:x/", "mongodb://u%:s3cret@127.0.0.1/", "mongodb://127.0.0.1/?authSource="],
)
async def test_a_url_that_cannot_be_read_is_refused_and_not_repeated(url: str, driver: Driver) -> None:
    with pytest.raises(StoreRefused, match="PRM_STORE_URL cannot be used") as failed:
        await MongoStore.open(url, "prm_local_deals", driver=driver)
    assert "s3cret" not in str(failed.value)


async def test_an_authority_that_is_not_there_is_named(driver: Driver) -> None:
    url = "mongodb://127.0.0.1/?tls=true&tlsCAFile=/nowhere/ca.crt"
    with pytest.raises(StoreRefused, match=r"PRM_STORE_URL cannot be used \(.*\)"):
        await MongoStore.open(url, "prm_local_deals", driver=driver)


async def test_reads_go_to_the_primary_whatever_the_url_says(mongo_server: Server, driver: Driver) -> None:
    from pymongo import ReadPreference

    async with between(mongo_server, readPreference="secondary", w="1") as proxy:
        store = await MongoStore.open(proxy.url, mongo_server.fresh(), driver=driver)
        database = store._client.database
        assert database.read_preference == ReadPreference.PRIMARY
        assert database.write_concern.document == {"w": "majority", "j": True}
        await store.close()


async def test_as_many_reads_are_under_way_as_there_are_connections(mongo_server: Server, driver: Driver) -> None:
    async with between(mongo_server) as proxy:
        store = await MongoStore.open(proxy.url, mongo_server.fresh(), driver=driver)
        await store.ensure([COUNTERS])
        enough = asyncio.Event()
        proxy.on_each("find", lambda _: Fault(edit=dict, held=enough))
        proxy.seen.clear()
        reads = [asyncio.create_task(get(store, COUNTERS, "a")) for _ in range(2 * CONNECTIONS)]
        await until(lambda: proxy.seen.count("find") == CONNECTIONS)
        enough.set()
        assert await asyncio.gather(*reads) == [None] * 2 * CONNECTIONS
        await store.close()
