"""What orders publishes of exchange rates is kept, the highest revision of each day, in whatever order it comes."""

from datetime import date
from itertools import permutations

from google.type.date_pb2 import Date

from libs.call import SYSTEM, Call
from libs.exchange import exchange_rate
from libs.messaging.envelope import Envelope
from libs.pb.prm.orders import v1 as orders_pb
from libs.rates_projection import CONSUMERS, tables_between
from tests.builders import NOW
from tests.component.partners.harness import Harness

DAY = date(2026, 2, 27)


async def test_the_highest_revision_holds(harness: Harness) -> None:
    [consumer] = CONSUMERS
    for place, order in enumerate(permutations((1, 2, 3))):
        day = DAY.replace(day=place + 1)
        for revision in (*order, *order):
            rates = orders_pb.RatesPut(
                source="ecb",
                base_currency="EUR",
                date=Date(year=day.year, month=day.month, day=day.day),
                revision=revision,
                quotes=[orders_pb.QuotePut(currency="USD", rate=f"1.{revision}")],
            )
            envelope = Envelope(
                id="e",
                type="prm.orders.v1.RatesPut",
                source="prm/local/orders",
                about=f"ecb:EUR:{day}",
                version=revision,
                subject="prm.local.orders.rates.put",
                time=NOW,
                body=rates.SerializeToString(),
            )
            await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))
        tables = await tables_between(harness.env.store, "ecb", first=day, last=day)
        found = exchange_rate(tables, "EUR", "USD", on=day, source="ecb")
        assert (found.rate, [leg.revision for leg in found.legs]) == ("1.3", [3])
