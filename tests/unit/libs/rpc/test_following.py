"""WRONG_CELL is followed once, to a cell that the client's owner knows, with a token that is meant for it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

from libs.call import Caller
from libs.clock import SystemClock
from libs.country import Cell, Directory
from libs.rpc.client import CallFailed, Client
from libs.rpc.following import FollowingClient, KnownCell
from libs.rpc.identity.development import DevelopmentIssuer, development_issuer, key_file
from libs.rpc.identity.issuer import Issuer, Trusted
from libs.rpc.identity.tokens import Tokens
from tests.builders import an_id
from tests.unit.libs.rpc.probe import POLICY, SAVE, WATCH, LocalAdministrator, Probe, Running, message, serving

ISS = "https://issuer.example.org"
ABROAD = an_id("ptn", cell="cn")


class Recording:
    """An authenticator that keeps every header that arrives."""

    def __init__(self, inner: Tokens) -> None:
        self._inner = inner
        self.arrived: list[str] = []

    def remembered(self, authorization: str) -> Caller | None:
        self.arrived.append(authorization)
        return self._inner.remembered(authorization)

    async def verify(self, authorization: str) -> Caller:
        return await self._inner.verify(authorization)


class World(msgspec.Struct, frozen=True):
    """Two cells with an issuer that both trust, each with an audience of its own."""

    de: Running
    cn: Running
    arrived: list[str]
    probe: Probe
    key: bytes
    key_id: str

    def token(self, *audiences: str) -> str:
        """A token for these audiences."""
        now = SystemClock().now()
        until = int((now + timedelta(hours=1)).timestamp())
        said = {"iss": ISS, "sub": "erp", "aud": list(audiences), "roles": ["administrator"], "exp": until}
        return jwt.encode(said, self.key, algorithm="EdDSA", headers={"kid": self.key_id})

    def known(self, token: str, **changes: Any) -> Mapping[str, KnownCell]:
        """The configuration of a caller that has this token for cn."""

        async def give() -> str:
            return token

        fields = {"endpoint": self.cn.address, "issuer": ISS, "audience": "prm-cn", "token": give, **changes}
        return {"cn": KnownCell(**fields)}


def _cell(code: str, endpoint: str = "") -> Cell:
    return Cell(code=code, countries=(code.upper(),), time_zone="UTC", currency="EUR", endpoint=endpoint)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    issuer = development_issuer(tmp_path, "keys")
    probe = Probe()
    async with (
        _serving(issuer, Probe(), Directory(_cell("cn"))) as (_, unused),
        _serving(issuer, probe, Directory(_cell("cn"), (_cell("de", unused.address),))) as (arrived, cn),
        _serving(issuer, Probe(), Directory(_cell("de"), (_cell("cn", cn.address),))) as (_, de),
    ):
        signed = issuer.sign(("administrator",), now=SystemClock().now())
        key_id = jwt.get_unverified_header(signed)["kid"]
        yield World(de, cn, arrived, probe, key_file(tmp_path, "keys").read_bytes(), key_id)


@asynccontextmanager
async def _serving(
    issuer: DevelopmentIssuer, probe: Probe, directory: Directory
) -> AsyncIterator[tuple[list[str], Running]]:
    ours = Issuer(name="test", issuer=ISS, audience=f"prm-{directory.here.code}", algorithms=("EdDSA",))
    tokens = Tokens([Trusted(ours, issuer)], directory=directory, clock=SystemClock(), roles=POLICY)
    recording = Recording(tokens)
    async with serving(probe, authenticator=recording, directory=directory) as running:
        yield recording.arrived, running


async def save(world: World, token: str, known: Mapping[str, KnownCell], **fields: Any) -> Any:
    async with Client(world.de.address, token=token) as home, FollowingClient(home, known) as client:
        return await client.call(SAVE, message("SaveRequest", title="t", **fields))


async def test_a_token_of_both_cells_follows_and_the_call_is_made_once(world: World) -> None:
    both = world.token("prm-de", "prm-cn")
    assert (await save(world, both, world.known(both), id=ABROAD)).id == ABROAD
    assert len(world.probe.calls) == 1


async def test_a_country_is_followed_as_an_id_is(world: World) -> None:
    both = world.token("prm-de", "prm-cn")
    await save(world, both, world.known(both), country="CN")
    assert len(world.probe.calls) == 1


@pytest.mark.parametrize("audiences", [("prm-de",), ()])
async def test_a_token_that_is_not_meant_for_the_other_cell_is_not_sent_there(
    world: World, audiences: tuple[str, ...]
) -> None:
    own = world.token("prm-de")
    for given in (world.token(*audiences), "", "opaque"):
        with pytest.raises(CallFailed) as refused:
            await save(world, own, world.known(given), id=ABROAD)
        assert (refused.value.reason, refused.value.metadata["endpoint"]) == ("WRONG_CELL", world.cn.address)
    assert world.arrived == []


async def test_a_token_of_another_issuer_is_not_sent(world: World) -> None:
    both = world.token("prm-de", "prm-cn")
    with pytest.raises(CallFailed, match="belongs to cell cn"):
        await save(world, both, world.known(both, issuer="https://other.example.org"), id=ABROAD)
    assert world.arrived == []


async def test_only_a_configured_cell_at_its_configured_place_is_called(world: World) -> None:
    both = world.token("prm-de", "prm-cn")
    for known in ({}, world.known(both, endpoint="127.0.0.1:1")):
        with pytest.raises(CallFailed) as refused:
            await save(world, both, known, id=ABROAD)
        assert refused.value.reason == "WRONG_CELL"
    assert world.arrived == []


async def test_the_second_refusal_is_not_followed(world: World) -> None:
    """de sends the id to cn, and cn sends the country back to de."""
    both = world.token("prm-de", "prm-cn")
    with pytest.raises(CallFailed) as refused:
        await save(world, both, world.known(both), id=ABROAD, country="DE")
    assert (refused.value.reason, refused.value.metadata["cell"]) == ("WRONG_CELL", "de")
    assert (world.probe.calls, len(world.arrived)) == ([], 1)


async def test_a_stream_is_followed_before_its_first_answer(world: World) -> None:
    both, own = world.token("prm-de", "prm-cn"), world.token("prm-de")
    assert await watched(world, own, world.known(both)) == ["0", "1", "2"]
    with pytest.raises(CallFailed) as refused:
        await watched(world, own, world.known(own))
    assert refused.value.reason == "WRONG_CELL"


async def watched(world: World, token: str, known: Mapping[str, KnownCell]) -> list[str]:
    request = message("WatchRequest", count=3, id=ABROAD)
    async with Client(world.de.address, token=token) as home, FollowingClient(home, known) as client:
        return [one.id async for one in client.stream(WATCH, request)]


async def test_the_answer_is_the_same_for_whoever_may_call_the_method() -> None:
    """It follows from the text alone: whether the row exists, and whose it is, is not looked at."""
    told = []
    for partner in ("", an_id("ptn", cell="de")):
        everybody = LocalAdministrator()
        everybody.caller = msgspec.structs.replace(everybody.caller, partner_id=partner)
        async with serving(Probe(), authenticator=everybody) as running:
            with pytest.raises(CallFailed) as refused:
                await running.client.call(SAVE, message("SaveRequest", title="t", id=ABROAD))
        told.append((refused.value.code, refused.value.message, refused.value.metadata))
    assert told[0] == told[1]
