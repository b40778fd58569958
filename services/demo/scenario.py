"""The context of the steps: any running cell, which they use through its gRPC port only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

import msgspec
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default, DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from libs.clock import monotonic
from libs.rpc.client import CallFailed
from libs.slices import grpc_services, packages

# The package of each service, by its name for `prm run`; health checks take the package name.
SERVICES: dict[str, str] = {name: f"prm.{name}.v1" for name in packages()}
# Every RPC by service and name. Reading them also registers their messages in this process.
METHODS: dict[str, dict[str, MethodDescriptor]] = {
    name: {method.name: method for one in grpc_services(name) for method in one.methods} for name in SERVICES
}
EVENTUALLY_SECONDS = 60.0
_PAUSE_SECONDS = 0.05

Wait = Callable[[timedelta], Awaitable[None]]


class Caller(Protocol):
    """The client of a service: libs.rpc.client.Client, or any other that raises CallFailed."""

    async def call(self, path: str, request: Any, /) -> Any:
        """The answer of the method with this path, such as `prm.partners.v1.PartnerService/GetPartner`."""
        ...

    def stream(self, path: str, request: Any, /) -> AsyncIterator[Any]:
        """The answers of a streaming method."""
        ...


class StoryLine(msgspec.Struct, frozen=True):
    """A line of the story: what happened, and its outcome."""

    chapter: str
    what: str
    outcome: str


class ScenarioClient:
    """Makes the calls of the steps, and keeps ids and story lines. `clients`: one per service, or the same for all;
    `second`: those of a second person. `wait` lets time pass on the cell and runs the jobs that become due; None if the
    clock cannot be advanced. `today` follows `advance`. `pool`: the descriptors of the messages."""

    def __init__(
        self,
        clients: Mapping[str, Caller],
        *,
        second: Mapping[str, Caller] | None = None,
        run: str,
        today: date,
        wait: Wait | None = None,
        pool: DescriptorPool | None = None,
    ) -> None:
        self._clients = clients
        self._second = second or {}
        self._run = run
        self._pool = pool or Default()
        self._calls = 0
        self._chapter = ""
        self.wait = wait
        self.today = today
        self.told: list[StoryLine] = []
        self.held: dict[str, str] = {}

    def chapter(self, title: str) -> None:
        """Start a chapter; later lines belong to it."""
        self._chapter = title

    async def advance(self, time: timedelta) -> None:
        """Let time pass on the cell, and run the jobs that become due; needs `wait`."""
        assert self.wait is not None, "needs somebody to advance the clock"
        self.today += time
        await self.wait(time)

    def tell(self, what: str, outcome: object) -> None:
        """Add a line to the story."""
        self.told.append(StoryLine(self._chapter, what, str(outcome)))

    async def ask(self, service: str, method: str, /, **fields: Any) -> Any:
        """Call a method; a mutation gets a request_id of its own. CallFailed."""
        path = rpc_path(service, method)
        return await self._clients[service].call(path, self._request(path, fields))

    async def every(self, service: str, method: str, /, **fields: Any) -> list[Any]:
        """Every row of a list, page by page. CallFailed."""
        rows: list[Any] = []
        token = ""
        while True:
            page = await self.ask(service, method, page_size=200, page_token=token, **fields)
            rows += next((value for field, value in page.ListFields() if field.is_repeated), ())
            token = page.next_page_token
            if not token:
                return rows

    async def ask_another(self, service: str, method: str, /, **fields: Any) -> Any:
        """Call a method as the second person. CallFailed."""
        path = rpc_path(service, method)
        return await self._second[service].call(path, self._request(path, fields))

    async def refused(self, service: str, method: str, /, **fields: Any) -> CallFailed:
        """The refusal of a call; AssertionError if the call succeeds."""
        try:
            answer = await self.ask(service, method, **fields)
        except CallFailed as err:
            return err
        raise AssertionError(f"{method} should have been refused, it answered {answer}")

    async def eventually(
        self, service: str, method: str, until: Callable[[Any], bool] = lambda _: True, /, **fields: Any
    ) -> Any:
        """The first answer for which `until` is true; waits for effects of events, and repeats refused calls.
        TimeoutError after a minute, with the last answer."""
        give_up = monotonic() + EVENTUALLY_SECONDS
        while True:
            try:
                found = await self.ask(service, method, **fields)
                if until(found):
                    return found
            except CallFailed as err:
                found = err
            if monotonic() > give_up:
                raise TimeoutError(f"{method} never answered as expected; last: {found}")
            await asyncio.sleep(_PAUSE_SECONDS)

    def stream(self, service: str, method: str, /, **fields: Any) -> AsyncIterator[Any]:
        """The answers of a streaming method."""
        path = rpc_path(service, method)
        return self._clients[service].stream(path, self._request(path, fields))

    def _request(self, path: str, fields: dict[str, Any]) -> Any:
        method = self._pool.FindMethodByName(path.replace("/", "."))
        if "request_id" in method.input_type.fields_by_name:
            self._calls += 1
            fields = {"request_id": f"{self._run}-{self._calls}", **fields}
        return GetMessageClass(method.input_type)(**fields)


def rpc_path(service: str, method: str) -> str:
    """The path by which a client calls a method: `prm.partners.v1.PartnerService/GetPartner`."""
    return f"{METHODS[service][method].containing_service.full_name}/{method}"


def name_of(answer: Any, enum: str, number: int) -> str:
    """The name of a value of an enum of the package of this answer, without its prefix: `MatchKey`, 3 is `DOMAIN`."""
    file = answer.DESCRIPTOR.file
    found = file.pool.FindEnumTypeByName(f"{file.package}.{enum}").values_by_number
    return str(found[number].name).removeprefix(found[0].name.removesuffix("UNSPECIFIED"))


def money(units: int, currency: str = "EUR") -> dict[str, object]:
    """A google.type.Money of whole units."""
    return {"currency_code": currency, "units": units}


def day(on: date) -> dict[str, int]:
    """A google.type.Date."""
    return {"year": on.year, "month": on.month, "day": on.day}


def shown(amount: Any) -> str:
    """A google.type.Money as text, such as `1,250.00 EUR`."""
    cents = f"{abs(amount.nanos) // 10_000_000:02d}"
    return f"{amount.units:,}.{cents} {amount.currency_code}"
