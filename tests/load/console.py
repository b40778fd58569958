"""Rows about the console: the first page of a channel manager among many claims, and many users at once. The cell and
the console share a core, as on a small machine; the browsers have another one."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from libs.clock import monotonic
from libs.config import Settings
from libs.ids import Ids
from libs.money import Money
from libs.runtime.cell import running
from libs.store.port import WRITES_PER_COMMIT, create
from services.__main__ import SERVICES, builders
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Review
from tests.builders import NOW, an_id
from tests.load.pairs import Pace
from tests.load.process import cpu_seconds, server_core, under_load
from tests.load.report import Row, row

CLAIMS = 100_000
USERS, SECONDS_PER_PAGE = 50, 5.0
PAGE = "/cockpits/channel"

_STARTED = re.compile(rb"http://127\.0\.0\.1:(\d+)")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_REVIEWS = (Review.SUBMITTED, Review.UNDER_REVIEW, Review.APPROVED, Review.REJECTED)
_PROTECTED = NOW + timedelta(days=10_000)


async def console_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Milliseconds and kilobytes of the first page, and pages a second that 50 users get."""
    claims = pace.rows or CLAIMS
    await _fill(folder, claims)
    async with under_load(folder, *SERVICES) as (ready, cell), _console(folder, ready.address) as (origin, console):
        pids = (cell.pid, console.pid)
        async with AsyncExitStack() as stack:
            users = [await stack.enter_async_context(_user(origin, f"user{one}")) for one in range(USERS)]
            first = [await _page(users[0]) for _ in range(2 * pace.pairs)][pace.pairs :]
            among = f"among {claims:,} claims"
            took = [seconds * 1000 for seconds, _ in first]
            yield row(f"first page of a channel manager {among}", took, must=300, aim=150, most=True, unit="ms")
            sizes = [size / 1000 for _, size in first]
            yield row(f"size of that page {among}", sizes, must=100, aim=50, most=True, unit="kB")
            used, rates, slowest = cpu_seconds(pids), [], 0.0
            pages = 0
            for _ in range(pace.pairs):
                waits = await _opened(users, pace.slice_seconds)
                rates.append(len(waits) / pace.slice_seconds)
                pages, slowest = pages + len(waits), max(slowest, sorted(waits)[len(waits) * 95 // 100])
            cpu = (cpu_seconds(pids) - used) * 1000 / pages
            must = USERS / SECONDS_PER_PAGE
            notes = f"{cpu:.0f} ms of processor a page, cell included; 95 of 100 pages within {slowest:.1f} s"
            measure = f"pages a second of {USERS} users who wait for nothing, on one core"
            yield row(measure, rates, must=must, aim=2 * must, unit="/s", notes=notes)


async def _opened(users: list[httpx.AsyncClient], seconds: float) -> list[float]:
    """How long each page took that users opened one after the other in so many seconds."""
    until, waits = monotonic() + seconds, list[float]()

    async def one(user: httpx.AsyncClient) -> None:
        while monotonic() < until:
            waits.append((await _page(user))[0])

    await asyncio.gather(*(one(user) for user in users))
    return waits


async def _page(user: httpx.AsyncClient) -> tuple[float, int]:
    """The seconds until the page was there, and its bytes."""
    begun = monotonic()
    answer = await user.get(PAGE)
    assert answer.status_code == 200, answer.text
    return monotonic() - begun, len(answer.content)


@asynccontextmanager
async def _user(origin: str, subject: str) -> AsyncIterator[httpx.AsyncClient]:
    """A channel manager who is signed in."""
    async with httpx.AsyncClient(base_url=origin, follow_redirects=True, timeout=60.0) as user:
        form = await user.get("/sign-in")
        typed = {**dict(_HIDDEN.findall(form.text)), "role": "channel_manager", "subject": subject, "partner": ""}
        answer = await user.post("/sign-in/development", data=typed)
        assert answer.url.path == PAGE, answer.text
        yield user


@asynccontextmanager
async def _console(folder: Path, cell: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """`prm console` on the core of the cell; its address."""
    told = {"PRM_DATA_DIR": str(folder), "PRM_CONSOLE_LISTEN": "127.0.0.1:0", "PRM_CONSOLE_CELL": cell}
    with server_core():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services", "console"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **told},
        )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            if found := _STARTED.search(line):
                break
        else:
            raise RuntimeError("the console ended before it was ready")
        yield found[0].decode(), process
    finally:
        process.terminate()
        await process.wait()


async def _fill(folder: Path, claims: int) -> None:
    """A cell with so many claims of one partner, in four states."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", log_level="error")
    async with running(builders(), settings, sweep=False) as cell:
        env, ids = cell.env("deals"), Ids(cell.directory.here.code, cell.clock)
        for start in range(0, claims, WRITES_PER_COMMIT):
            rows = range(start, min(start + WRITES_PER_COMMIT, claims))
            await env.store.commit([create(REGISTRATIONS, _claim(ids.new("reg"), one)) for one in rows])


def _claim(own: str, number: int) -> Registration:
    return Registration(
        id=own,
        partner_id=an_id("ptn"),
        customer=Customer(legal_name=f"Hafenkontor {number} GmbH", country="DE"),
        expected_amount=Money.of("1250.50", "EUR"),
        review=_REVIEWS[number % len(_REVIEWS)],
        protected_until=_PROTECTED,
        create_time=NOW,
        update_time=NOW,
    )
