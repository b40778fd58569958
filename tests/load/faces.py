"""Rows about the JSON face: the same calls of the same process, in JSON over HTTP/1.1 and by gRPC."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path

import msgspec
from google.protobuf import json_format
from google.protobuf.message import Message

from libs.pb.prm.orders import v1 as pb
from tests.load.driver import HttpRequest, HttpTarget
from tests.load.orders import (
    CALLERS,
    FEW_ARTICLES,
    FEW_IN,
    LISTED,
    SERVICE,
    creations,
    grpc_target,
    price_list,
    reads,
)
from tests.load.pairs import Pace, Side, in_turns
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.served import Ready


async def face_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Create, read and list orders in JSON over gRPC."""
    async with under_load(folder, "orders") as (ready, process), AsyncExitStack() as stack:
        pids, call, post = (process.pid,), partial(grpc_target, stack, ready), partial(_json_target, stack, ready)
        await call("PutPriceList", lambda: price_list(FEW_IN, FEW_ARTICLES)).once()
        create = call("CreateOrder", creations(ready, FEW_IN))
        get, listing = await reads(call, ready)
        got = pb.GetOrderResponse.FromString(await get.once())
        asked = pb.ListOrdersRequest(partner_id=ready.partners[-1], page_size=LISTED)
        compared = (
            ("create an order", create, _creations(ready), 0.8),
            ("GetOrder", get, _always(pb.GetOrderRequest(id=got.order.id)), 1.0),
            (f"list of {LISTED} orders", listing, _always(asked), 1.0),
        )
        methods = ("CreateOrder", "GetOrder", "ListOrders")
        for method, (what, by_grpc, body, must) in zip(methods, compared, strict=True):
            pairs = await in_turns(Side("JSON", post(method, body), pids), Side("gRPC", by_grpc, pids), CALLERS, pace)
            measure = f"{what} in JSON over gRPC, {CALLERS} callers"
            yield row(measure, pairs.rates, must=must, aim=must, unit="x", notes=pairs.notes)


def _creations(ready: Ready) -> Callable[[], bytes]:
    """The orders of `creations`, with request_ids of their own."""
    by_grpc, numbers = creations(ready, FEW_IN), count()

    def one() -> bytes:
        request = pb.CreateOrderRequest.FromString(by_grpc())
        told = {**base, "requestId": f"json-{next(numbers)}-{ready.echo}", "partnerId": request.partner_id}
        return msgspec.json.encode(told)

    base = json_format.MessageToDict(pb.CreateOrderRequest.FromString(by_grpc()))
    return one


def _always(message: Message) -> Callable[[], bytes]:
    body = json_format.MessageToJson(message, indent=None).encode()
    return lambda: body


def _json_target(stack: AsyncExitStack, ready: Ready, method: str, body: Callable[[], bytes]) -> HttpTarget:
    target = HttpTarget(ready.http_port, lambda: HttpRequest("POST", f"{SERVICE}/{method}", body()), ready.token)
    stack.push_async_callback(target.close)
    return target
