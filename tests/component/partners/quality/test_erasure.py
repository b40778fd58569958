"""What is left of the quality of a sole trader's records after an erasure or a purge: nothing."""

from datetime import timedelta

from libs.clock import SteppedClock
from libs.person import Person
from libs.privacy.sealing.store import SealedStore
from libs.store.listing import everything
from services.partners.quality.documents import QUALITY_FINDINGS, QUALITY_RECORDS
from tests.builders import NOW
from tests.component.partners.certification.acts import erase
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import arrive, contact

LAW = timedelta(days=12 * 366)  # no law keeps a sole trader longer after the end of the partnership

PHONE = "+49 30 492180"


async def test_the_erasure_of_a_sole_trader_deletes_what_was_found_about_its_records(harness: Harness) -> None:
    trader = await harness.apply(legal_name="Quintessa Jablonska", phone=PHONE, sole_trader=True)
    company = await harness.apply()
    for one in (trader, company):
        await contact(harness, one.id, name="Ada Weiß")
    await arrive(harness)
    await harness.end(trader)
    await arrive(harness)
    assert await about(harness, trader.id) > 2
    before = await about(harness, company.id)
    assert isinstance(harness.env.store, SealedStore)
    harness.env.store.clock = SteppedClock(NOW + LAW)
    await erase(harness, Person(phone=PHONE))
    assert (await about(harness, trader.id), await about(harness, company.id)) == (0, before)


async def about(harness: Harness, partner_id: str) -> int:
    """How many scores and findings there are of a partner and its contacts."""
    mine = {"partner_id": partner_id}
    scores = await everything(harness.env.store, QUALITY_RECORDS, mine)
    return len(scores) + len(await everything(harness.env.store, QUALITY_FINDINGS, mine))
