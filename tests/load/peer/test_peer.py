"""The peer does the job that the orders service is measured beside, and does it properly.

Slow: its environment is installed once. Skipped where PostgreSQL is not, because the product does not need it.
"""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.load.driver import HttpFailed, HttpRequest, HttpTarget
from tests.load.orders import FEW_ARTICLES, LINES, peer_body
from tests.load.peer.postgres import PeerMissing
from tests.load.peer.running import Peer, peer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("peer")]

BUYER, OTHER = "partner-1", "partner-2"
AT_ONCE = 8


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Peer]:
    try:
        async with peer(tmp_path, partners=(BUYER, OTHER), articles=FEW_ARTICLES) as one:
            yield one
    except PeerMissing as err:
        pytest.skip(str(err))


async def _post(peer: Peer, request_id: str, body: bytes) -> bytes:
    return await HttpTarget(
        peer.port, lambda: HttpRequest("POST", "/orders", body, {"idempotency-key": request_id}), peer.token
    ).once()


async def _get(peer: Peer, path: str, token: str | None = None) -> bytes:
    target = HttpTarget(peer.port, lambda: HttpRequest("GET", path), peer.token if token is None else token)
    return await target.once()


async def _listed(peer: Peer, partner: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = msgspec.json.decode(await _get(peer, f"/orders?partner_id={partner}"))["orders"]
    return found


async def test_a_request_that_is_repeated_makes_one_order_and_gets_the_first_answer(running: Peer) -> None:
    first = await _post(running, "one", peer_body(BUYER))
    again = await _post(running, "one", peer_body(BUYER))
    at_once = await asyncio.gather(*(_post(running, "two", peer_body(BUYER)) for _ in range(AT_ONCE)))
    assert msgspec.json.decode(again) == msgspec.json.decode(first)
    assert len({msgspec.json.decode(one)["id"] for one in at_once}) == 1
    assert len(await _listed(running, BUYER)) == 2


async def test_a_request_id_belongs_to_one_request(running: Peer) -> None:
    await _post(running, "one", peer_body(BUYER))
    with pytest.raises(HttpFailed, match="409"):
        await _post(running, "one", peer_body(OTHER))
    assert await _listed(running, OTHER) == []


async def test_an_order_has_its_prices_and_is_read_and_listed_as_it_was_answered(running: Peer) -> None:
    made = msgspec.json.decode(await _post(running, "one", peer_body(BUYER)))
    assert msgspec.json.decode(await _get(running, f"/orders/{made['id']}")) == made
    assert await _listed(running, BUYER) == [made]
    net = sum(Decimal(100 + line) * (3 + line) for line in range(LINES))
    assert Decimal(made["subtotal"]) == net
    assert Decimal(made["tax"]) == net * 19 / 100
    assert Decimal(made["total"]) == net * 119 / 100 + 25
    assert sum(Decimal(line["freight"]) for line in made["lines"]) == 25


async def test_nobody_reads_without_a_token_that_is_valid(running: Peer) -> None:
    for token in ("", running.token[:-4] + "AAAA"):
        with pytest.raises(HttpFailed, match="401"):
            await _get(running, f"/orders?partner_id={BUYER}", token)
