"""Every RPC answers WRONG_CELL, with the way there, to a value of another cell in each field that must be of this one,
and its servicer is not reached. Which fields these are is read here from names and rules, not from the option that the
server obeys: a field without the option fails, unless `homes` gives the reason."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from protovalidate import Validator

from libs.call import CallRecord
from libs.clock import Clock, SystemClock
from libs.errors import WrongCell
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2
from libs.rpc.client import CallFailed, Client
from libs.rpc.imports import row_check
from libs.rpc.method import Hosted, Shared
from libs.rpc.policy import Policy, Role
from libs.rpc.rules import left_out
from libs.rpc.server import Server
from libs.slices import grpc_services
from libs.telemetry import Telemetry
from services.__main__ import SERVICES
from tests.builders import an_id
from tests.contracts.proto import homes
from tests.contracts.proto.valid import Path, completed, with_value
from tests.unit.libs.rpc.probe import HOME, LocalAdministrator

ENGINE = Validator()
BESIDE: Mapping[str, Mapping[str, Any]] = {
    "AssignTicket": {"assignment_group": "SUPPORT"},  # one of two fields, which no rule of a field says
    "CreateSubscription": {"event_types": ["orders.order.confirmed"]},  # a pattern that no example is made for
}
TOKEN = "cn~eyJ4IjoxfQ"
FEWEST_FIELDS = 250

_COUNTRY = re.compile(r"(.*_)?countr(y|ies)")
_NAMED = re.compile(r"(.*_)?ids?|parent")


class Unreached:
    """A servicer of one gRPC service that keeps the names of the methods that were reached."""

    def __init__(self, service: ServiceDescriptor, reached: list[str]) -> None:
        for method in service.methods:
            setattr(self, method.name, _reaching(method, reached))


class NoTrail:
    """A recorder that keeps nothing."""

    clock: Clock = SystemClock()

    async def disclosed(self, record: CallRecord) -> None:
        """Nothing is disclosed."""

    def refused(self, record: CallRecord) -> None:
        """Forget it."""


def _reaching(method: MethodDescriptor, reached: list[str]) -> Any:
    async def one(request: Any, call: Any) -> Any:
        reached.append(method.full_name)

    async def many(request: Any, call: Any) -> AsyncIterator[Any]:
        reached.append(method.full_name)
        for reply in list[Any]():
            yield reply

    return many if method.server_streaming else one


def _services() -> list[ServiceDescriptor]:
    return [service for name in SERVICES for service in grpc_services(name)]


METHODS = [method for service in _services() for method in service.methods]


def paths(descriptor: Descriptor, above: Path = (), *, countries: bool = True) -> Iterator[tuple[Path, bool]]:
    """The paths of all fields that must be of this cell, and whether each is a country."""
    if descriptor in {one.containing_type for one in above} or len(above) > 8:
        return
    for field in descriptor.fields:
        free, path = field.full_name in homes.ANYWHERE, (*above, field)
        if field.message_type is not None:
            if not field.message_type.GetOptions().map_entry:
                yield from paths(field.message_type, path, countries=countries and not free)
        elif field.type == field.TYPE_STRING and not free:
            rules = field.GetOptions().Extensions[validate_pb2.field]
            text = (rules.repeated.items if field.is_repeated else rules).string
            named = _NAMED.fullmatch(field.name) and field.name not in homes.OTHERS_IDS
            if text.Extensions[rules_pb2.id] or named:
                yield path, False
            elif countries and _COUNTRY.fullmatch(field.name):
                yield path, True


def foreign(path: Path, *, is_country: bool) -> str:
    """A value of cell cn that the rules of the field accept."""
    if is_country:
        return "CN"
    rules = path[-1].GetOptions().Extensions[validate_pb2.field]
    text = (rules.repeated.items if path[-1].is_repeated else rules).string
    return an_id(text.Extensions[rules_pb2.id] or "ptn", cell="cn")


class Asked(msgspec.Struct, frozen=True):
    """A client of a server with all services, none of which does anything."""

    client: Client
    reached: list[str]

    async def refusal(self, method: MethodDescriptor, request: Any) -> CallFailed:
        """What a method answers to a request that it must refuse."""
        path = f"{method.containing_service.full_name}/{method.name}"
        with pytest.raises(CallFailed) as refused:
            await (self._streamed(path, request) if method.server_streaming else self.client.call(path, request))
        return refused.value

    async def _streamed(self, path: str, request: Any) -> list[Any]:
        return [one async for one in self.client.stream(path, request)]


@asynccontextmanager
async def asking() -> AsyncIterator[Asked]:
    reached: list[str] = []
    permissions = {str(one.GetOptions().Extensions[options_pb2.access].permission) for one in METHODS}
    role = Role(permissions=tuple(permissions), calls_per_second=100_000, concurrent_streams=100)
    everybody = LocalAdministrator()
    everybody.caller = msgspec.structs.replace(everybody.caller, permissions=frozenset(permissions))
    shared = Shared.of(HOME, everybody, Telemetry(), policy=Policy({"administrator": role}))
    hosted = [Hosted(one, Unreached(one, reached), lambda: None, NoTrail()) for one in _services()]
    server = Server(hosted, shared)
    async with Client(await server.start("127.0.0.1:0")) as client:
        try:
            yield Asked(client, reached)
        finally:
            await server.drain(0)


async def test_every_field_of_every_rpc_that_names_what_another_cell_has_is_refused_with_the_way_there() -> None:
    asked_about, wrong = 0, list[str]()
    async with asking() as asked:
        for method in METHODS:
            for path, is_country in paths(method.input_type):
                value = foreign(path, is_country=is_country)
                name = f"{method.name} {'.'.join(field.name for field in path)}"
                start = next((place + 1 for place, field in enumerate(path) if left_out(field)), 0)
                request = with_value(path[start:], value)
                request.MergeFrom(type(request)(**BESIDE.get(method.name, {})))
                if left := completed(request, ENGINE):
                    wrong.append(f"{name}: no valid request was found: {left}")
                    continue
                told = await _told(asked, method, request, row=start > 0)
                asked_about += 1
                if told.get("endpoint") != "cn.example:443" or value not in told["subject"]:
                    wrong.append(f"{name}: {told}")
    assert wrong == []
    assert asked.reached == []
    assert asked_about >= FEWEST_FIELDS


async def _told(asked: Asked, method: MethodDescriptor, request: Any, *, row: bool) -> dict[str, str]:
    """The metadata of the WRONG_CELL that answers a request, or a row of an import; else what was answered."""
    if row:
        with pytest.raises(WrongCell) as refused:
            row_check(type(request), HOME)(request)
        return refused.value.metadata
    failed = await asked.refusal(method, request)
    return failed.metadata if failed.reason == WrongCell.reason else {"subject": f"{failed.code} {failed.message}"}


async def test_every_page_token_of_another_cell_is_refused_with_the_way_there() -> None:
    listing = [one for one in METHODS if "page_token" in one.input_type.fields_by_name]
    async with asking() as asked:
        for method in listing:
            request = with_value((method.input_type.fields_by_name["page_token"],), TOKEN)
            assert completed(request, ENGINE) == []
            told = (await asked.refusal(method, request)).metadata
            assert (told["cell"], told["endpoint"], told["field"]) == ("cn", "cn.example:443", "page_token")
    assert len(listing) > 30
    assert asked.reached == []
