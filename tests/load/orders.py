"""Rows about orders: the service beside the peer (tests/load/peer), and beside itself with a longer price list."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path

import msgspec
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.clock import SystemClock
from libs.pb.prm.orders import v1 as pb
from tests.load.driver import GrpcTarget, HttpRequest, HttpTarget
from tests.load.pairs import Pace, Pairs, Side, in_turns
from tests.load.peer.postgres import PeerMissing
from tests.load.peer.running import Peer, peer
from tests.load.process import server_core, under_load
from tests.load.report import Row, Skipped, row
from tests.load.served import Ready

LINES = 5
FEW_ARTICLES, MANY_ARTICLES = 50, 2_000
FEW_IN, MANY_IN = "EUR", "USD"  # a list holds for one currency, so one process can have both
LISTED = 50
MADE_FOR_LISTING = 60
CALLERS = 16

SERVICE = "/prm.orders.v1.OrderService"

_OVER = ((64, 5.0, 6.0), (16, 4.0, 5.0), (1, 3.5, 4.5))
_CREATE_OVER = "create an order over the peer, {} callers"
_GET_OVER = f"GetOrder over the peer, {CALLERS} callers"
_LIST_OVER = f"list of {LISTED} orders over the peer, {CALLERS} callers"


async def order_rows(folder: Path, pace: Pace) -> AsyncIterator[Row | Skipped]:
    """Create with a long price list and a short one; create, read and list beside the peer."""
    async with under_load(folder, "orders") as (ready, process), AsyncExitStack() as stack:
        pids, call = (process.pid,), partial(grpc_target, stack, ready)
        for currency, articles in ((FEW_IN, FEW_ARTICLES), (MANY_IN, MANY_ARTICLES)):
            await call("PutPriceList", lambda: price_list(currency, articles)).once()  # noqa: B023 - called at once
        create = Side("ours", call("CreateOrder", creations(ready, FEW_IN)), pids)
        few = create._replace(name=f"{FEW_ARTICLES} articles")
        many = Side(f"{MANY_ARTICLES} articles", call("CreateOrder", creations(ready, MANY_IN)), pids)
        pairs = await in_turns(few, many, CALLERS, pace)
        measure = f"create, a price list of {MANY_ARTICLES:,} articles over one of {FEW_ARTICLES}, {CALLERS} callers"
        yield row(measure, pairs.rates, must=1.2, aim=1.05, most=True, unit="x", notes=pairs.notes)
        try:
            with server_core():
                other = await stack.enter_async_context(peer(folder, partners=ready.partners, articles=FEW_ARTICLES))
        except PeerMissing as err:
            for name in (*(_CREATE_OVER.format(callers) for callers, _, _ in _OVER), _GET_OVER, _LIST_OVER):
                yield Skipped(name, str(err))
            return
        theirs = Side("peer", _http(stack, other, peer_creations(ready)), other.pids)
        for callers, must, aim in _OVER:
            pairs = await in_turns(create, theirs, callers, pace)
            yield _beside(_CREATE_OVER.format(callers), pairs, other, must=must, aim=aim)
        get, listing = await reads(call, ready)
        peer_get, peer_listing = await _peer_reads(stack, other, ready)
        pairs = await in_turns(Side("ours", get, pids), Side("peer", peer_get, other.pids), CALLERS, pace)
        yield _beside(_GET_OVER, pairs, other, must=3.5, aim=5.0)
        pairs = await in_turns(Side("ours", listing, pids), Side("peer", peer_listing, other.pids), CALLERS, pace)
        yield _beside(_LIST_OVER, pairs, other, must=2.5, aim=4.0)


def creations(ready: Ready, currency: str) -> Callable[[], bytes]:
    """Requests to create an order of five lines, each with a request_id of its own; the last partner is left out."""
    numbers = count()
    request = _order(ready.partners[0], currency)

    def one() -> bytes:
        number = next(numbers)
        request.request_id = f"bench-{currency}-{number}-{ready.echo}"
        request.partner_id = ready.partners[number % (len(ready.partners) - 1)]
        return request.SerializeToString()

    return one


def peer_creations(ready: Ready) -> Callable[[], HttpRequest]:
    """The same for the peer."""
    bodies = cycle([peer_body(one) for one in ready.partners[:-1]])
    numbers = count()
    return lambda: HttpRequest("POST", "/orders", next(bodies), {"idempotency-key": f"bench-{next(numbers)}"})


def peer_body(partner: str) -> bytes:
    """An order of five lines as the peer takes it."""
    lines = [{"sku": f"ART-{line}", "quantity": 3 + line, "tax_basis_points": 1900} for line in range(LINES)]
    asked = {"partner_id": partner, "currency": "EUR", "ship_to_country": "DE", "freight": "25", "lines": lines}
    return msgspec.json.encode(asked)


def _order(partner: str, currency: str) -> pb.CreateOrderRequest:
    return pb.CreateOrderRequest(
        partner_id=partner,
        currency=currency,
        ship_to_country="DE",
        freight=Money(currency_code=currency, units=25),
        lines=[
            pb.OrderLineDraft(kind=pb.LINE_KIND_PRODUCT, sku=f"ART-{line}", quantity=3 + line, tax_basis_points=1900)
            for line in range(LINES)
        ],
    )


def price_list(currency: str, articles: int) -> bytes:
    """A request to put a list of so many articles."""
    begun = SystemClock().now().date() - timedelta(days=30)
    return pb.PutPriceListRequest(
        code=f"list-{currency.lower()}",
        currency=currency,
        valid_from=Date(year=begun.year, month=begun.month, day=begun.day),
        items=[
            pb.PriceListItem(
                sku=f"ART-{n}",
                product_line="ROUTERS",
                description=f"Article {n}",
                unit_price=Money(currency_code=currency, units=100 + n),
            )
            for n in range(articles)
        ],
    ).SerializeToString()


async def reads(call: Callable[..., GrpcTarget], ready: Ready) -> tuple[GrpcTarget, GrpcTarget]:
    """A read of one order and a list of the partner of which there are enough."""
    partner, numbers = ready.partners[-1], count()
    made = pb.Order()

    def one() -> bytes:
        request = _order(partner, FEW_IN)
        request.request_id = f"listed-{next(numbers)}"
        return request.SerializeToString()

    create = call("CreateOrder", one)
    for _ in range(MADE_FOR_LISTING):
        made = pb.CreateOrderResponse.FromString(await create.once()).order
    get = call("GetOrder", pb.GetOrderRequest(id=made.id).SerializeToString)
    asked = pb.ListOrdersRequest(partner_id=partner, page_size=LISTED)
    listing = call("ListOrders", asked.SerializeToString)
    found = pb.ListOrdersResponse.FromString(await listing.once())
    assert len(found.orders) == LISTED
    return get, listing


async def _peer_reads(stack: AsyncExitStack, other: Peer, ready: Ready) -> tuple[HttpTarget, HttpTarget]:
    partner, numbers = ready.partners[-1], count()
    body = peer_body(partner)
    create = _http(
        stack, other, lambda: HttpRequest("POST", "/orders", body, {"idempotency-key": f"listed-{next(numbers)}"})
    )
    made = b""
    for _ in range(MADE_FOR_LISTING):
        made = await create.once()
    id = msgspec.json.decode(made)["id"]
    get = _http(stack, other, lambda: HttpRequest("GET", f"/orders/{id}"))
    listing = _http(stack, other, lambda: HttpRequest("GET", f"/orders?partner_id={partner}&limit={LISTED}"))
    assert len(msgspec.json.decode(await listing.once())["orders"]) == LISTED
    return get, listing


def grpc_target(stack: AsyncExitStack, ready: Ready, method: str, request: Callable[[], bytes]) -> GrpcTarget:
    """A method of orders, closed with the stack."""
    target = GrpcTarget(ready.address, f"{SERVICE}/{method}", request, ready.token)
    stack.push_async_callback(target.close)
    return target


def _http(stack: AsyncExitStack, other: Peer, request: Callable[[], HttpRequest]) -> HttpTarget:
    target = HttpTarget(other.port, request, other.token)
    stack.push_async_callback(target.close)
    return target


def _beside(measure: str, pairs: Pairs, other: Peer, *, must: float, aim: float) -> Row:
    return row(measure, pairs.rates, must=must, aim=aim, notes=pairs.notes, beside=other.release)
