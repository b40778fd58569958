"""Calls every RPC as every kind of caller over a real port: only callers named by the policy file are admitted.

The expected result is computed from `services/policy.toml` and the descriptors, without any code of the server.
"""

import asyncio
import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import grpc
import jwt
import msgspec
import pytest
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status
from grpc import aio

from libs.clock import SystemClock, monotonic
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.client import Client, bearer
from libs.rpc.identity.development import development_issuer
from services.demo.scenario import SERVICES
from tests.contracts.proto.image import ROOT, Method, built
from tests.effort import share
from tests.system.processes import READY_SECONDS, free_ports
from tests.system.reflected import Reflected
from tests.tokens import BAD, CELL, token

pytestmark = pytest.mark.xdist_group("access")

CALL_SECONDS = 20.0
AT_ONCE = 24
PARTNER = "ptn_local_01jz8c00000000000000000000"
LET_IN = "let in"

POLICY: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "services" / "policy.toml").read_text())["roles"]
METHODS = built().methods
# How each faulty token is refused.
FAULTS = {make.__name__: f"UNAUTHENTICATED {why}" for make, why in BAD.items()} | {
    "revoked": "UNAUTHENTICATED TOKEN_REVOKED"
}


class Caller(msgspec.Struct, frozen=True):
    """A caller with a valid token."""

    roles: tuple[str, ...]
    partner: str = ""

    def __str__(self) -> str:
        return f"{' '.join(self.roles) or 'no role'}{' of a partner' if self.partner else ''}"


CALLERS = [
    Caller(roles, partner)
    for roles in (*((name,) for name in POLICY), (), ("wizard",), ("finance", "partner_support"), tuple(POLICY))
    for partner in ("", PARTNER)
]


def _said(signed: str) -> dict[str, Any]:
    said: dict[str, Any] = jwt.decode(signed, options={"verify_signature": False})
    return said


# How an operator names a person or token on the deny list.
DENIALS: tuple[Callable[[str], str], ...] = (
    lambda signed: f"sub:dev:{_said(signed)['sub']}",
    lambda signed: f"jti:{_said(signed)['jti']}",
    lambda signed: f"sha256:{sha256(signed.encode()).hexdigest()}",
)


class World(msgspec.Struct, frozen=True):
    """A running cell. bad: tokens that must be refused, by their fault and the role that they claim."""

    folder: Path
    address: str
    bad: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("cell")
    (port,) = free_ports(1)
    bad = {(make.__name__, role): make(folder, role) for make in BAD for role in POLICY}
    revoked = {("revoked", role): token(folder, role, subject=f"revoked-{role}") for role in POLICY}
    denied = [deny(one) for one, deny in zip(revoked.values(), cycle(DENIALS), strict=False)]
    (folder / "denied").write_text("\n".join(denied))
    address = f"127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PRM_DATA_DIR": str(folder),
        "PRM_LISTEN": address,
        "PRM_DENY_FILE": str(folder / "denied"),
    }
    with (folder / "cell.log").open("wb") as log:
        arguments = [sys.executable, "-m", "services", "run", "all"]
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        try:
            asyncio.run(_wait(address))
            yield World(folder, address, bad | revoked)
        finally:
            process.terminate()
            process.wait(60)


async def _wait(address: str) -> None:
    async with Client(address) as client:
        for service in SERVICES.values():
            await client.ready(service, within_seconds=READY_SECONDS)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_a_method_lets_in_whom_the_policy_names_and_nobody_else(method: Method, world: World) -> None:
    """Every method gets every caller, or the share of them that the run asks for, and every fault of a token. The role
    that a faulty token claims differs from method to method, so that every fault is tried in every role."""
    issuer, now = development_issuer(world.folder, CELL), SystemClock().now()
    claims = dict(zip(FAULTS, _roles_from(METHODS.index(method)), strict=False))
    tokens = {"nobody": ""} | {fault: world.bad[fault, role] for fault, role in claims.items()}
    callers = _callers(METHODS.index(method))
    for number, caller in enumerate(callers):  # a subject for each method, so that no limit is reached
        subject = f"{number}-{method.name}"
        tokens[str(caller)] = issuer.sign(caller.roles, now=now, partner_id=caller.partner, subject=subject)
    async with aio.insecure_channel(world.address) as channel:
        gate = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*[_outcome(channel, method, token, gate) for token in tokens.values()])
    expected = {"nobody": "UNAUTHENTICATED TOKEN_MISSING"} | FAULTS
    expected |= {str(caller): _expected(method, caller) for caller in callers}
    assert dict(zip(tokens, found, strict=True)) == expected


def test_every_fault_is_tried_in_every_role() -> None:
    tried = {pair for number in range(len(METHODS)) for pair in zip(FAULTS, _roles_from(number), strict=False)}
    assert tried == set(product(FAULTS, POLICY))


def test_every_caller_is_tried_as_often_as_every_other() -> None:
    tried = Counter(str(caller) for number in range(len(METHODS)) for caller in _callers(number))
    assert set(tried) == set(map(str, CALLERS))
    assert max(tried.values()) - min(tried.values()) <= 1


def _callers(number: int) -> list[Caller]:
    """Those who try the method of this number: the next ones in a circle of all callers."""
    count = share(len(CALLERS))
    first = number * count % len(CALLERS)
    return (CALLERS + CALLERS)[first : first + count]


def _roles_from(number: int) -> Iterator[str]:
    """The roles in a circle, beginning with this one."""
    return islice(cycle(POLICY), number % len(POLICY), None)


def test_the_policy_gives_every_role_something_and_withholds_something_from_all_but_the_administrator() -> None:
    needed = {method.access.permission for method in METHODS if method.access is not None}
    withheld = {
        name: len(needed) - len(_held((name,), partner=bool(role.get("partner")))) for name, role in POLICY.items()
    }
    assert withheld.pop("administrator") == 0
    assert all(0 < count < len(needed) for count in withheld.values()), withheld


async def test_health_and_reflection_ask_for_no_token(world: World) -> None:
    async with Client(world.address) as client:
        assert await client.health("prm.deals.v1.DealRegistrationService") == "SERVING"
    reflected = Reflected(world.address)
    try:
        assert {method.name.removeprefix(".").rpartition(".")[0] for method in METHODS} <= set(reflected.services())
    finally:
        await reflected.close()


async def test_one_identity_that_calls_too_much_is_held_back_and_no_other(world: World) -> None:
    issuer, now, gate = development_issuer(world.folder, CELL), SystemClock().now(), asyncio.Semaphore(AT_ONCE)
    method = next(one for one in METHODS if one.name.endswith(".GetRegistration"))
    limit: int = POLICY["partner_sales"]["calls_per_second"]
    eager, other = (
        issuer.sign(["partner_sales"], now=now, partner_id=PARTNER, subject=subject) for subject in ("eager", "other")
    )
    async with aio.insecure_channel(world.address) as channel:
        begun = monotonic()
        found = await asyncio.gather(*[_outcome(channel, method, eager, gate) for _ in range(10 * limit)])
        seconds = monotonic() - begun
        assert await _outcome(channel, method, other, gate) == LET_IN
    assert set(found) == {LET_IN, "RESOURCE_EXHAUSTED TOO_MANY_CALLS"}
    assert limit <= found.count(LET_IN) <= limit * (1 + seconds)


@cache
def _held(roles: tuple[str, ...], *, partner: bool) -> set[str]:
    """The permissions that the policy file gives these roles, for a person of a partner or of the vendor."""
    patterns = [
        pattern
        for role in roles
        if bool(POLICY.get(role, {}).get("partner")) is partner
        for pattern in POLICY.get(role, {}).get("permissions", ())
    ]
    needed = {method.access.permission for method in METHODS if method.access is not None}
    return {one for one in needed if any(fnmatchcase(one, pattern) for pattern in patterns)}


def _expected(method: Method, caller: Caller) -> str:
    access, partner = method.access, bool(caller.partner)
    assert access is not None
    if access.permission in _held(caller.roles, partner=partner):
        assert not partner or access.scope == options_pb2.SCOPE_PARTNER
        return LET_IN
    holders = [role for role in POLICY if access.permission in _held((role,), partner=partner)]
    return f"PERMISSION_DENIED PERMISSION_DENIED {access.permission} {', '.join(holders)}"


async def _outcome(channel: Any, method: Method, token: str, gate: asyncio.Semaphore) -> str:
    """The reason why an empty request is refused because of its caller; or that it is not refused for that."""
    service, _, name = method.name.rpartition(".")
    kinds = {(0, 0): channel.unary_unary, (0, 1): channel.unary_stream, (1, 1): channel.stream_stream}
    bound = kinds[method.desc.client_streaming, method.desc.server_streaming](f"/{service}/{name}")
    metadata = tuple(bearer(token).items())
    async with gate:
        try:
            if method.unary:
                await bound(b"", metadata=metadata, timeout=CALL_SECONDS)
            else:
                sent: Any = iter([b""]) if method.desc.client_streaming else b""
                [_ async for _ in bound(sent, metadata=metadata, timeout=CALL_SECONDS)]
        except aio.AioRpcError as err:
            return _refusal(err)
    return LET_IN


def _refusal(err: aio.AioRpcError) -> str:
    trailer: Any = err.trailing_metadata() or ()
    info = details.ErrorInfo()
    for packed in Status.FromString(dict(trailer)["grpc-status-details-bin"]).details:
        packed.Unpack(info)
    code: grpc.StatusCode = err.code()
    match code.name:
        case "UNAUTHENTICATED":
            return f"{code.name} {info.reason}"
        case "PERMISSION_DENIED":
            return f"{code.name} {info.reason} {info.metadata['permission']} {info.metadata['roles']}"
        case "RESOURCE_EXHAUSTED" | "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "INTERNAL" | "UNKNOWN" | "UNIMPLEMENTED":
            return f"{code.name} {info.reason}"
        case _:
            return LET_IN
