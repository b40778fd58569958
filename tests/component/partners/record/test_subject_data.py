"""Everything held about a person is found by any alias and handed over; nobody else's data with it."""

import json
from typing import Any

from libs.call import SYSTEM, Call
from libs.messaging.envelope import Envelope
from libs.pb.prm.compliance import v1 as compliance_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.aliases import sought
from services.partners.application.usecases import transitions
from services.partners.contacts import usecases as contacts
from services.partners.contacts.domain import ContactRole
from services.partners.record.domain.states import StatusReason
from services.partners.service import COMPOSITION
from tests.builders import NOW, an_id
from tests.component.partners.harness import Harness

SEARCH = next(one for one in COMPOSITION.consumers if one.subject == "compliance.subject_request.opened")
CASE = an_id("dsr")


async def located(harness: Harness, person: Person) -> tuple[dict[str, int], dict[str, list[dict[str, object]]]]:
    """Counts as told, of kinds with rows; rows as handed over. Every kind that holds persons is told, also without
    rows: what is not told was not searched."""
    asked = compliance_pb.SubjectRequestOpened(
        case_id=CASE, round=1, alias_hashes=sorted(sought(harness.env.keys, person, "DE"))
    )
    envelope = Envelope(
        id="e1",
        type=asked.DESCRIPTOR.full_name,
        source="prm/local/compliance",
        about=CASE,
        version=1,
        subject="prm.local.compliance.subject_request.opened",
        time=NOW,
        body=asked.SerializeToString(),
    )
    harness.events()
    await SEARCH.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))
    [(_, _, told)] = harness.events()
    assert isinstance(told, partners_pb.SubjectDataLocated)
    holding = [one.name for one in COMPOSITION.kinds if one.persons is not None]
    assert sorted(one.kind for one in told.counts) == sorted(holding)
    plain = json.loads(harness.env.keys.unseal(await harness.shelf.get(told.object_name), told.object_name))
    return (
        {one.kind: one.rows for one in told.counts if one.rows},
        {section["kind"]: section["rows"] for section in plain["sections"]},
    )


async def test_a_contact_is_found_by_email_with_everything_held_about_it(harness: Harness) -> None:
    partner = await harness.apply()
    person = Person(name="Olga Ilyina", email="olga@example.org", phone="+79161234567")
    people = (person, Person(name="Somebody Else", email="other@example.org"))
    fields = {"partner_id": partner.id, "roles": (ContactRole.SALES,)}
    made = [await harness.run(contacts.add_contact, contacts.AddContact, person=one, **fields) for one in people]
    counts, rows = await located(harness, Person(email="OLGA@example.org "))
    assert counts == {"contact": 1}
    [row] = rows["contact"]
    assert row["id"] == made[0].id
    assert row["person"]["name"] == "Olga Ilyina"  # type: ignore[index]  # a person as JSON


async def test_a_number_of_a_contact_without_its_country_is_one_of_the_partner_s_country(harness: Harness) -> None:
    partner = await harness.apply()
    person = Person(name="Olga Ilyina", phone="030 901821")
    add = contacts.AddContact
    await harness.run(contacts.add_contact, add, partner_id=partner.id, roles=(ContactRole.SALES,), person=person)
    for phone, found in (("+49 30 901821", 1), ("030 901821", 1), ("+43 30 901821", 0)):
        counts, _ = await located(harness, Person(phone=phone))
        assert counts.get("contact", 0) == found


async def test_a_sole_trader_is_a_person(harness: Harness) -> None:
    trader = await harness.apply(legal_name="Olga Ilyina", sole_trader=True, phone="+491711234567")
    await harness.apply(legal_name="Ilyina GmbH", phone="+491711234567")
    counts, rows = await located(harness, Person(phone="+49 171 1234567"))
    assert counts == {"partner": 1}
    assert [row["id"] for row in rows["partner"]] == [trader.id]
    await harness.update(trader.id, phone="")
    counts, _ = await located(harness, Person(phone="+49 171 1234567"))
    assert counts == {}
    counts, rows = await located(harness, Person(person_id=trader.person_id))
    assert counts == {"partner": 1}
    assert [row["id"] for row in rows["partner"]] == [trader.id]


async def test_who_becomes_a_sole_trader_is_found_as_long_as_they_are_one(harness: Harness) -> None:
    partner = await harness.apply(phone="+491711234567")
    assert partner.person_id == ""
    trader = await harness.update(partner.id, sole_trader=True)
    for person in (Person(person_id=trader.person_id), Person(phone="+491711234567")):
        assert (await located(harness, person))[0]["partner"] == 1
    assert (await harness.update(partner.id, trade_name="Ilyina")).person_id == trader.person_id
    grown = await harness.update(partner.id, sole_trader=False)
    assert grown.person_id == ""
    assert (await located(harness, Person(person_id=trader.person_id)))[0] == {}


async def test_who_wrote_a_note_is_found_by_id(harness: Harness) -> None:
    partner = await harness.apply()
    note = PersonalText(person_id=an_id("psn"), text="Papers are missing.")
    await harness.run(
        transitions.reject_partner,
        transitions.RejectPartner,
        id=partner.id,
        status_reason=StatusReason.INCOMPLETE_APPLICATION,
        status_note=note,
    )
    counts, rows = await located(harness, Person(person_id=note.person_id))
    assert counts == {"partner": 1}
    assert rows["partner"][0]["status_note"] == {"person_id": note.person_id, "text": note.text}


async def test_a_sole_trader_stays_unseen_by_whom_a_note_about_it_names(harness: Harness) -> None:
    known: dict[str, Any] = {
        "trade_name": "Olga's",
        "phone": "+491711234567",
        "address": PostalAddress(country="DE", city="Ulm"),
    }
    for sole_trader, shown in ((True, "***"), (False, "Olga Ilyina")):
        partner = await harness.apply(legal_name="Olga Ilyina", sole_trader=sole_trader, **known)
        note = PersonalText(person_id=an_id("psn", int(sole_trader)), text="He vouches for her.")
        reject = transitions.RejectPartner
        why = StatusReason.INCOMPLETE_APPLICATION
        await harness.run(transitions.reject_partner, reject, id=partner.id, status_reason=why, status_note=note)
        _, rows = await located(harness, Person(person_id=note.person_id))
        [row] = rows["partner"]
        assert (row["legal_name"], row["status_note"]["text"]) == (shown, note.text)  # type: ignore[index]  # a text as JSON
        assert (row["trade_name"], row["phone"], row["address"]) == ("***", "***", None) or not sole_trader
    _, rows = await located(harness, Person(phone="+491711234567"))
    assert [row["legal_name"] for row in rows["partner"]] == ["Olga Ilyina"]
