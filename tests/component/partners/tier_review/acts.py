"""What is done with programmes and memberships in tests, as an RPC would do it."""

from datetime import date, datetime, timedelta
from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney
from msgspec.structs import asdict

from libs.exchange import Quote, RateTable, table_id
from libs.pb.prm.orders import v1 as orders_pb
from libs.rates_projection import RATE_TABLES
from libs.store.port import create
from services.partners.program.domain.program import Program, ProgramLevel
from services.partners.program.usecases import DraftProgram, PublishProgram, draft_program, publish_program
from services.partners.tier_review.domain.enrolment import Enrolment, TierChange
from services.partners.tier_review.jobs import review_tiers
from services.partners.tier_review.usecases import enrolments, progress
from tests.builders import an_id
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness
from tests.unit.partners.program.built import TODAY, content

QUARTER_ENDS = datetime.fromisoformat("2026-03-31T22:00:00+00:00")  # where the partners are


async def draft(harness: Harness, *levels: ProgramLevel, request_id: str = "", **fields: Any) -> Program:
    """A draft of three levels."""
    return await harness.run(draft_program, DraftProgram, request_id=request_id, **fields_of(*levels, **fields))


def fields_of(*levels: ProgramLevel, **fields: Any) -> dict[str, Any]:
    """The fields of the command that drafts three levels."""
    return asdict(content(*levels, **fields))


async def publish(harness: Harness, *levels: ProgramLevel, **fields: Any) -> Program:
    """A published programme of three levels, in force from today on."""
    drafted = await draft(harness, *levels, **fields)
    return await harness.run(publish_program, PublishProgram, id=drafted.id)


async def enroll(harness: Harness, partner_id: str, level: str = "", **fields: Any) -> Enrolment:
    """The membership of a partner."""
    given = {"partner_id": partner_id, "program": "CHANNEL", "level": level, **fields}
    return await harness.run(enrolments.enroll, enrolments.Enroll, **given)


async def order(
    harness: Harness,
    partner_id: str,
    units: int,
    *,
    number: int = 1,
    on: date = TODAY,
    currency: str = "EUR",
    canceled: bool = False,
) -> None:
    """An order of a partner is confirmed, or that confirmed one is canceled, and is in its facts."""
    amount = WireMoney(currency_code=currency, units=units)
    name: dict[str, Any] = {"order_id": an_id("ord", number), "partner_id": partner_id}
    if canceled:
        await tell(harness, orders_pb.OrderCanceled(**name), version=3)
    else:
        lines = [orders_pb.ProductLineAmount(product_line="ROUTERS", amount=amount)]
        day = Date(year=on.year, month=on.month, day=on.day)
        confirmed = orders_pb.OrderConfirmed(
            **name, total=amount, order_date=day, ship_to_country="DE", product_lines=lines
        )
        await tell(harness, confirmed, version=2)
    await settled(harness)


async def rates(harness: Harness, day: date, **quotes: str) -> None:
    """The rates of a day against the euro."""
    table = RateTable(
        id=table_id("ecb", "EUR", day),
        source="ecb",
        base_currency="EUR",
        date=day,
        quotes=tuple(Quote(currency=currency, rate=rate) for currency, rate in sorted(quotes.items())),
    )
    await harness.env.store.commit([create(RATE_TABLES, table)])


async def at(harness: Harness, instant: datetime) -> list[str]:
    """The clock comes to an instant, and the job does what is due; the names of the events."""
    harness.clock.advance(max(instant - harness.clock.now(), timedelta()))
    harness.events()
    while await review_tiers(harness.env):
        pass
    return harness.names()


async def progress_of(harness: Harness, partner_id: str) -> progress.TierProgress:
    """How far a partner is today."""
    return await harness.look(progress.get_tier_progress, progress.GetTierProgress, partner_id=partner_id)


async def history(harness: Harness, **fields: Any) -> list[TierChange]:
    """The changes of levels, oldest first."""
    return await harness.pages(enrolments.list_tier_history, enrolments.ListTierHistory, **fields)
