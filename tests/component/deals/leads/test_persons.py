"""The persons of a lead: located by every alias, erased with the rest of them, restricted, and gone by the schedule."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, sought
from libs.privacy.sealing.store import SealedStore
from libs.retention import due_by
from libs.store.codec import reader
from libs.store.listing import everything
from libs.store.port import get
from services.deals.leads.documents import LEADS
from services.deals.leads.domain.states import LeadClosureCode, LeadState
from services.deals.leads.usecases import judging
from tests.builders import an_id
from tests.component.deals.claims.test_natural_persons import PERSON, WORDS
from tests.component.deals.customers.test_persons import erase
from tests.component.deals.leads.inquiries import ASKER, Desk

CONTACT = replace(ASKER, person_id=an_id("psn"))
SECRETS = (ASKER.name, ASKER.email, "492180", "forty routers")


async def test_nothing_of_a_person_is_stored_in_clear_and_each_alias_finds_the_lead(desk: Desk) -> None:
    lead = await desk.create(contact=CONTACT)
    alone = await desk.create(customer=replace(PERSON, registration_id=""), contact=None)
    assert isinstance(desk.env.store, SealedStore)
    for row, words in ((lead, SECRETS), (alone, WORDS)):
        kept = await get(desk.env.store.inner, LEADS, row.id)
        assert kept is not None
        text = f"{msgspec.json.encode(kept.value).decode()} {reader(LEADS)(kept.value)}".lower()
        assert [word for word in words if word.lower() in text] == []
    for alias in (Person(email=ASKER.email), Person(phone=ASKER.phone), Person(person_id=CONTACT.person_id)):
        found = {
            row.row
            for one in sought(desk.env.keys, alias, "DE")
            for row in await everything(desk.env.store, ALIASES, {"hash": one})
        }
        assert lead.id in found


async def test_an_erased_person_is_in_no_lead_and_the_lead_goes_on(desk: Desk) -> None:
    text = PersonalText(person_id=CONTACT.person_id, text="Quintessa needs forty routers.")
    lead = await desk.offered(contact=CONTACT, text=text)
    await erase(desk)
    after = await desk.lead(lead)
    assert [word for word in SECRETS if word in msgspec.json.encode(after).decode()] == []
    assert (after.state, after.partner_id) == (LeadState.OFFERED, lead.partner_id)
    assert (await desk.accept(lead)).state is LeadState.ACCEPTED


@pytest.mark.parametrize(("days", "due"), [(150, False), (190, True)])
async def test_a_lead_that_led_to_nothing_loses_its_persons_after_six_months(desk: Desk, days: int, due: bool) -> None:
    lead = await desk.create()
    code = LeadClosureCode.NO_NEED
    ended = await desk.run(judging.disqualify_lead, judging.DisqualifyLead, id=lead.id, code=code)
    assert LEADS.persons is not None
    later = desk.clock.now() + timedelta(days=days)
    found = due_by(LEADS.persons.retained, ended, "DE", later)
    assert (found is not None and found.record == "INQUIRY") is due
    assert due_by(LEADS.persons.retained, await desk.create("Offen"), "DE", later) is None
