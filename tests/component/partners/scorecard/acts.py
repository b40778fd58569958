"""What is done with scorecards in tests, as an RPC, an event or the clock would do it."""

from datetime import date, datetime, timedelta
from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney

from libs.call import SYSTEM, Call
from libs.exchange import Quote, RateTable, table_id
from libs.ids import parse
from libs.partner import PartnerStatus
from libs.pb.prm.orders import v1 as orders_pb
from libs.rates_projection import ProjectRates, project_rates
from libs.store.port import create
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.scorecard.domain.card import Scorecard
from services.partners.scorecard.domain.model import ScorecardDimension, ScorecardModel
from services.partners.scorecard.jobs import JOBS
from services.partners.scorecard.usecases import cards, models
from tests.builders import UNIQUE
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness
from tests.unit.partners.scorecard.built import QUARTER, a_model

SETTLED = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
"""The quarter is over in every time zone."""


async def in_business(harness: Harness, count: int = 1, **fields: Any) -> list[Partner]:
    """Resellers in Germany that are in business since now, as many as wanted, in one commit."""
    now = harness.clock.now()
    given: dict[str, Any] = {"kind": PartnerKind.RESELLER, "country": "DE", **fields}
    made = [
        Partner(
            id=harness.env.ids.new("ptn"),
            legal_name=f"Company {place}",
            status=PartnerStatus.ACTIVE,
            activate_time=now,
            create_time=now,
            update_time=now,
            **given,
        )
        for place in range(count)
    ]
    await harness.env.store.commit([create(PARTNERS, one) for one in made])
    return made


async def published(
    harness: Harness, *dimensions: ScorecardDimension, effective: date = QUARTER, **fields: Any
) -> ScorecardModel:
    """A model that applies from the second quarter on and shows its cards when they are closed."""
    model = a_model(*dimensions, **{"published_at_close": True, "revised_for_days": 90, **fields})
    content = {
        field: getattr(model, field) for field in models.DraftScorecardModel.__struct_fields__ if field != "call"
    }
    draft = await harness.run(models.draft_scorecard_model, models.DraftScorecardModel, **content)
    return await harness.run(
        models.publish_scorecard_model, models.PublishScorecardModel, id=draft.id, effective_day=effective
    )


async def ordered(
    harness: Harness, partner: Partner | str, number: int, *, cents: int = 10_000, off: int = 0, **fields: Any
) -> None:
    """An order of the partner is confirmed; on 2026-05-04, in euros, in no product line, unless told otherwise. off:
    its discount, in cents."""
    day: date = fields.get("day", date(2026, 5, 4))
    currency = fields.get("currency", "EUR")
    amount, discount = (_money(one, currency) for one in (cents, off))
    line = orders_pb.ProductLineAmount(product_line=fields.get("line", ""), amount=amount, discount=discount)
    id = partner if isinstance(partner, str) else partner.id
    assert parse(id) is not None
    await tell(
        harness,
        orders_pb.OrderConfirmed(
            order_id=f"ord_local_{UNIQUE[:-3]}{number:04}",
            partner_id=id,
            total=amount,
            product_lines=[line],
            order_date=Date(year=day.year, month=day.month, day=day.day),
        ),
    )


async def rate(harness: Harness, day: date, value: str, *, currency: str = "USD") -> None:
    """One euro is worth `value` of the currency on a day."""
    table = RateTable(
        id=table_id("ecb", "EUR", day),
        source="ecb",
        base_currency="EUR",
        date=day,
        quotes=(Quote(currency=currency, rate=value),),
    )
    await harness.env.run(project_rates, ProjectRates(call=Call(caller=SYSTEM, method="test"), table=table))


async def turn(harness: Harness) -> None:
    """The facts are summed up, and the jobs of scorecards have nothing left to do."""
    await settled(harness)
    while any([await job.run(harness.env) for job in JOBS]):
        pass


async def close(harness: Harness, at: datetime = SETTLED) -> None:
    """It is `at`, and the cards of all quarters that are over by then are closed."""
    wait(harness, at)
    await turn(harness)


def wait(harness: Harness, at: datetime) -> None:
    """The clock goes forward to `at`."""
    harness.clock.advance(at - harness.clock.now())


async def look_again(harness: Harness) -> None:
    """A day later the cards are compared with the facts again."""
    harness.clock.advance(timedelta(days=1, minutes=1))
    await turn(harness)


async def cards_of(harness: Harness, partner: Partner | str = "", **fields: Any) -> list[Scorecard]:
    """All cards, of a partner if one is given."""
    id = partner if isinstance(partner, str) else partner.id
    return await harness.pages(cards.list_scorecards, cards.ListScorecards, partner_id=id, **fields)


async def card_of(harness: Harness, partner: Partner) -> Scorecard:
    """The last revision of the partner's only card."""
    [found] = await cards_of(harness, partner, latest_only=True)
    return found


def _money(cents: int, currency: str) -> WireMoney:
    sign = -1 if cents < 0 else 1
    return WireMoney(currency_code=currency, units=sign * (abs(cents) // 100), nanos=sign * (abs(cents) % 100) * 10**7)
