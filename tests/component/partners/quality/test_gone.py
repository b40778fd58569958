"""What is left of the quality of records that are gone: nothing of a sole trader who was erased, lapsed findings of a
contact that was removed."""

from datetime import timedelta

import pytest

from libs.clock import SteppedClock
from libs.errors import WrongState
from libs.person import Person
from libs.privacy.sealing.store import SealedStore
from libs.store.listing import everything
from libs.store.port import get
from services.partners.quality.documents import QUALITY_BOOKS, QUALITY_FINDINGS, QUALITY_RECORDS
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.domain.states import QualityDismissal
from services.partners.quality.domain.tallies import BOOK
from services.partners.quality.usecases import results
from tests.builders import NOW
from tests.component.partners.certification.acts import erase
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import arrive, contact, found, remove_contact, standing, walk

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


async def test_the_walk_forgets_a_contact_of_whose_removal_no_event_has_told(harness: Harness) -> None:
    partner = await harness.apply()
    gone, left = [await contact(harness, partner.id, name=name) for name in ("Ada Weiß", "Eva Grün")]
    await arrive(harness)
    await remove_contact(harness, gone, by="dev:olu")
    harness.told.clear()
    await walk(harness)
    assert await standing(harness, partner.id, QualityRule.CONTACT_REACHABLE) == [("LAPSED", ""), ("OPEN", "")]
    assert await get(harness.env.store, QUALITY_RECORDS, gone.id) is None
    assert await get(harness.env.store, QUALITY_RECORDS, left.id) is not None
    assert not (await harness.value(QUALITY_BOOKS, BOOK)).walking


async def test_a_finding_of_a_contact_that_is_gone_has_lapsed_and_cannot_be_dismissed(harness: Harness) -> None:
    partner = await harness.apply()
    one = await contact(harness, partner.id, name="Ada Weiß")
    await arrive(harness)
    await remove_contact(harness, one, by="dev:olu")
    await arrive(harness)
    [finding] = await found(harness, partner.id, QualityRule.CONTACT_REACHABLE)
    which = {"id": finding.id, "dismissal": QualityDismissal.CANNOT_BE_HAD}
    with pytest.raises(WrongState):
        await harness.run(results.dismiss_quality_finding, results.DismissQualityFinding, **which)


async def about(harness: Harness, partner_id: str) -> int:
    """How many scores and findings there are of a partner and its contacts."""
    mine = {"partner_id": partner_id}
    scores = await everything(harness.env.store, QUALITY_RECORDS, mine)
    return len(scores) + len(await everything(harness.env.store, QUALITY_FINDINGS, mine))
