"""What is done with corridors in tests, as an RPC would do it."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.country import Directory, LawfulBound
from libs.money import Money
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.conduct.domain.case import ConductEvidence
from services.partners.conduct.domain.states import ConductEvidenceKind
from services.partners.price_corridor import usecases
from services.partners.price_corridor.domain.check import PriceReport, PriceSource
from services.partners.price_corridor.domain.corridor import PriceBounds, PriceCorridor
from tests.component.partners.conduct.acts import by
from tests.component.partners.harness import Harness
from tests.component.replica import HERE

CEILING_ON = (LawfulBound(bound="CEILING", since=date(2022, 6, 1), law="Regulation (EU) 2022/720, Art. 4(a)"),)


def selling(store: Store, keys: Keys, *switches: LawfulBound) -> Harness:
    """A service of a cell with these switches."""
    return Harness(store, keys, directory=Directory(replace(HERE, price_corridor=switches)))


def eur(units: int) -> Money:
    """Whole euros."""
    return Money(units * 10_000, "EUR")


async def put(harness: Harness, **fields: Any) -> PriceCorridor:
    """A corridor of a product from 80 to 120 euros, 100 recommended, from today on."""
    content = {
        "country": "DE",
        "sku": "R-1",
        "floor": eur(80),
        "ceiling": eur(120),
        "recommended": eur(100),
        "first_day": harness.env.today(),
        "rule_code": "GREY",
        **fields,
    }
    return await harness.run(usecases.put_price_corridor, usecases.PutPriceCorridor, bounds=PriceBounds(**content))


async def sighted(harness: Harness, partner_id: str, units: int, **fields: Any) -> PriceReport:
    """Rita saw a price of so many euros today."""
    proof = ConductEvidence(kind=ConductEvidenceKind.PUBLICATION, sha256=f"{units:064x}")
    content = {
        "call": by("rita"),
        "partner_id": partner_id,
        "source": PriceSource.SIGHTING,
        "country": "DE",
        "sku": "R-1",
        "price": eur(units),
        "priced_on": harness.env.today(),
        "evidence": (proof,),
        **fields,
    }
    return await harness.env.run(usecases.report_price, usecases.ReportPrice(**content))
