"""A client that somebody generates in another language plays the life of a deal, and reads why it is refused."""

import asyncio
from pathlib import Path

import pytest

from libs.config import Settings
from libs.pb.prm.tickets.v1 import GetTicketRequest
from libs.runtime.cell import running
from services.__main__ import builders
from services.demo.scenario import rpc_path
from tests.clients import toolchains
from tests.effort import sampled
from tests.tokens import token

# One worker builds them: two compilers at a time would be too much for a small machine.
FREE = "127.0.0.1:0"

pytestmark = pytest.mark.xdist_group("clients")


@pytest.mark.parametrize("language", sampled(toolchains.TOOLCHAINS))
async def test_a_generated_client_plays_the_life_of_a_deal(language: str, tmp_path: Path) -> None:
    try:
        await asyncio.to_thread(toolchains.build, language)
    except toolchains.Missing as missing:
        pytest.skip(str(missing))
    async with running(builders(), Settings(data_dir=tmp_path, listen=FREE, http_listen=FREE)) as cell:
        address = cell.http_address if toolchains.TOOLCHAINS[language].in_json else cell.address
        said = await asyncio.to_thread(toolchains.play, language, address, token(tmp_path))
        partner, claim, order, ticket, refusal = said
        async with cell.client() as client:
            found = await client.call(rpc_path("tickets", "GetTicket"), GetTicketRequest(id=ticket))
    assert (found.ticket.partner_id, found.ticket.order_id) == (partner, order)
    assert claim.startswith("reg_")
    assert refusal == "INVALID_INPUT"
