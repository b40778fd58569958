"""The peer's HTTP interface: create an order, read one, list them.

A create is one transaction: the record of the request, the order, its lines and its outbox row, durable when it is
answered. Of two that run at once with one request id the primary key of the record lets one through.
"""

import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from tests.load.peer.bodies import OrderIn, OrderOut, OrderPage
from tests.load.peer.pricing import priced
from tests.load.peer.tables import Base, Order, OutboxEvent, Partner, PriceListItem, RequestRecord

AUDIENCE = "peer"
POOL_SIZE = 20


@dataclass(frozen=True)
class Config:
    """What the peer is told. public_key: PEM of the Ed25519 key that signs tokens."""

    database_url: str
    public_key: str
    partners: Sequence[str]
    articles: int


def make_app(config: Config) -> FastAPI:
    """The application; its start makes the tables and fills in partners and prices."""
    engine = create_async_engine(config.database_url, pool_size=POOL_SIZE, max_overflow=0)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await _prepare(engine, config)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.public_key = load_pem_public_key(config.public_key.encode())
    app.post("/orders", status_code=201)(create_order)
    app.get("/orders/{order_id}")(get_order)
    app.get("/orders")(list_orders)
    app.get("/health")(health)
    return app


async def session(request: Request) -> AsyncIterator[AsyncSession]:
    """A session of this call's own."""
    async with request.app.state.sessions() as one:
        yield one


async def caller(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    """Whose valid token came with the call."""
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "), request.app.state.public_key, ["EdDSA"], audience=AUDIENCE
        )
    except jwt.InvalidTokenError as err:
        raise HTTPException(401, "token is not valid") from err
    if "orders" not in claims.get("roles", ()):
        raise HTTPException(403, "role orders is needed")
    return str(claims["sub"])


Session = Annotated[AsyncSession, Depends(session)]
CallerId = Annotated[str, Depends(caller)]


async def create_order(
    asked: OrderIn,
    db: Session,
    by: CallerId,
    request_id: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=64)],
) -> OrderOut:
    """A new draft order with its prices; a repeated request gets its first answer."""
    fingerprint = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    try:
        async with db.begin():
            if known := await db.get(RequestRecord, request_id):
                return _again(known, fingerprint)
            order = await _place(db, asked, by)
            answer = OrderOut.model_validate(order)
            stored = answer.model_dump(mode="json")
            db.add(RequestRecord(request_id=request_id, fingerprint=fingerprint, answer=stored))
    except IntegrityError:
        known = await db.get(RequestRecord, request_id)
        if known is None:
            raise
        return _again(known, fingerprint)
    return answer


async def get_order(order_id: uuid.UUID, db: Session, by: CallerId) -> OrderOut:
    """One order with its lines."""
    order = await db.get(Order, order_id, options=[selectinload(Order.lines)])
    if order is None:
        raise HTTPException(404, f"order {order_id} is not known")
    return OrderOut.model_validate(order)


async def list_orders(
    db: Session,
    by: CallerId,
    partner_id: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: uuid.UUID | None = None,
) -> OrderPage:
    """A partner's orders with their lines, by id."""
    query = select(Order).where(Order.partner_id == partner_id).order_by(Order.id).limit(limit + 1)
    if after is not None:
        query = query.where(Order.id > after)
    found = (await db.scalars(query.options(selectinload(Order.lines)))).all()
    shown = [OrderOut.model_validate(one) for one in found[:limit]]
    return OrderPage(orders=shown, next_after=str(shown[-1].id) if len(found) > limit else "")


async def health() -> dict[str, str]:
    """That the application has started."""
    return {"status": "ok"}


async def _place(db: AsyncSession, asked: OrderIn, by: str) -> Order:
    partner = await db.get(Partner, asked.partner_id)
    if partner is None or partner.status != "ACTIVE":
        raise HTTPException(422, f"partner {asked.partner_id} is not known or not active")
    wanted = {one.sku for one in asked.lines}
    query = select(PriceListItem).where(PriceListItem.currency == asked.currency, PriceListItem.sku.in_(wanted))
    items = {one.sku: one for one in await db.scalars(query)}
    if missing := sorted(wanted - set(items)):
        raise HTTPException(422, f"no price for {', '.join(missing)}")
    order = priced(asked, items)
    told: dict[str, Any] = {"order_id": str(order.id), "partner_id": order.partner_id, "total": str(order.total)}
    db.add_all([order, OutboxEvent(subject="orders.order.created", payload={**told, "actor": by})])
    return order


def _again(known: RequestRecord, fingerprint: str) -> OrderOut:
    if known.fingerprint != fingerprint:
        raise HTTPException(409, "the request id belongs to another request")
    return OrderOut.model_validate(known.answer)


async def _prepare(engine: AsyncEngine, config: Config) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as db, db.begin():
        db.add_all([Partner(id=one, status="ACTIVE", tier="GOLD") for one in config.partners])
        db.add_all(
            [
                PriceListItem(
                    currency="EUR", sku=f"ART-{n}", revision=1, description=f"Article {n}", unit_price=100 + n
                )
                for n in range(config.articles)
            ]
        )
