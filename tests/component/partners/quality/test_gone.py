"""What is left of the quality of records that are gone: nothing of a sole trader who was erased, lapsed findings of a
contact that was removed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from libs.clock import SteppedClock
from libs.errors import WrongState
from libs.person import Person
from libs.privacy.sealing.store import SealedStore
from libs.store.listing import everything
from libs.store.port import VersionConflict, get
from services.partners.quality.documents import QUALITY_BOOKS, QUALITY_FINDINGS, QUALITY_RECORDS
from services.partners.quality.domain.findings import Actor
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.domain.states import QualityDismissal
from services.partners.quality.domain.tallies import BOOK
from services.partners.quality.usecases import looking, results, walking
from services.partners.record.documents import PARTNERS
from tests.builders import NOW, a_call
from tests.component.partners.certification.acts import erase
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import arrive, contact, found, remove_contact, standing, walk
from tests.component.partners.quality.test_tallies import agree
from tests.store_faults import Meanwhile

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
    late(harness)
    await erase(harness, Person(phone=PHONE))
    assert (await about(harness, trader.id), await about(harness, company.id)) == (0, before)
    assert (await agree(harness)).total() > 0


@pytest.mark.parametrize("by_walk", [True, False])
async def test_a_first_look_that_runs_during_the_erasure_leaves_nothing(harness: Harness, *, by_walk: bool) -> None:
    trader = await harness.apply(legal_name="Quintessa Jablonska", phone=PHONE, sole_trader=True)
    await harness.end(trader)
    look: Callable[[], Awaitable[Any]] = partial(walking.walk_on, harness.env, walking.WalkOn(call=a_call()))
    if not by_walk:
        look = partial(looking.look_again, harness.env, a_look(trader.id))
    store = late(harness)
    store.inner = meanwhile = Meanwhile(store.inner)
    meanwhile.after_read(PARTNERS, lambda: erase(harness, Person(phone=PHONE)))
    with pytest.raises(VersionConflict):  # the event is delivered again, the job runs again
        await look()
    assert (meanwhile.acted, await about(harness, trader.id)) == (True, 0)


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


def late(harness: Harness) -> SealedStore:
    """No law keeps a sole trader any longer."""
    store = harness.env.store
    assert isinstance(store, SealedStore)
    store.clock = SteppedClock(NOW + LAW)
    return store


def a_look(partner_id: str) -> looking.LookAgain:
    """What the event of a change leads to."""
    by = Actor(subject="dev:olu", on_behalf_of="")
    touched = frozenset({QualityRule.RECORD_CURRENT})
    return looking.LookAgain(
        call=a_call(), partner_id=partner_id, about=partner_id, about_version=1, touched=touched, actor=by, at=NOW
    )


async def about(harness: Harness, partner_id: str) -> int:
    """How many scores and findings there are of a partner and its contacts."""
    mine = {"partner_id": partner_id}
    scores = await everything(harness.env.store, QUALITY_RECORDS, mine)
    return len(scores) + len(await everything(harness.env.store, QUALITY_FINDINGS, mine))
