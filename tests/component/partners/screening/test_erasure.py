"""What is left of the screening of a sole trader after an erasure: nothing, also if a screening runs meanwhile."""

from datetime import timedelta

import msgspec
import pytest

from libs.clock import SteppedClock
from libs.person import Person
from libs.privacy.sealing.store import SealedStore
from libs.store.port import VersionConflict, get
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.screening.documents import SCREENINGS
from services.partners.screening.usecases import ScreenPartner, screen_partner
from tests.builders import NOW, a_call
from tests.component.partners.certification.acts import erase
from tests.component.partners.harness import Harness
from tests.component.partners.screening.test_screening import entry, put, work_off
from tests.store_faults import Meanwhile

LAW = timedelta(days=12 * 366)  # no law keeps a sole trader longer after the end of the partnership

NAME, PHONE = "Quintessa Jablonska", "+49 30 492180"


async def a_trader(harness: Harness, *, screened: bool = True) -> Partner:
    """A sole trader with the name of an entry, who was a partner long ago."""
    await put(harness, entry("1", NAME))
    partner = await harness.apply(legal_name=NAME, phone=PHONE, sole_trader=True)
    if screened:
        await work_off(harness)
        assert [one.name for one in (await harness.value(SCREENINGS, partner.id)).candidates] == [NAME]
    ended = await harness.end(partner)
    harness.told = []
    assert isinstance(harness.env.store, SealedStore)
    harness.env.store.clock = SteppedClock(NOW + LAW)
    return ended


async def left(harness: Harness, partner: Partner) -> str:
    """What is stored about the screening, as text."""
    loaded = await get(harness.env.store, SCREENINGS, partner.id)
    return msgspec.json.encode(loaded.value).decode() if loaded else ""


async def test_the_erasure_of_a_sole_trader_removes_the_candidates_at_once(harness: Harness) -> None:
    partner, company = await a_trader(harness), await harness.apply(legal_name=NAME)
    await work_off(harness)
    await erase(harness, Person(phone=PHONE))
    assert (await harness.value(PARTNERS, partner.id)).legal_name == ""
    assert "Jablonska" not in await left(harness, partner)
    assert "Jablonska" in await left(harness, company)


@pytest.mark.parametrize("screened", [True, False])
async def test_a_screening_that_runs_during_the_erasure_leaves_nothing(harness: Harness, *, screened: bool) -> None:
    partner = await a_trader(harness, screened=screened)
    await put(harness, entry("2", NAME), final=False)
    assert bool(await left(harness, partner)) is screened
    store = harness.env.store
    assert isinstance(store, SealedStore)
    store.inner = meanwhile = Meanwhile(store.inner)
    meanwhile.after_read(PARTNERS, lambda: erase(harness, Person(phone=PHONE)))
    screening = ScreenPartner(call=a_call(), partner_id=partner.id)
    with pytest.raises(VersionConflict):  # the event is delivered again
        await screen_partner(harness.env, screening)
    await screen_partner(harness.env, screening)
    assert meanwhile.acted
    assert "Jablonska" not in await left(harness, partner)
