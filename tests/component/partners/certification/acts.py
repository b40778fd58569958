"""Acts of certification: a track, its gates, and contacts who complete its courses."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from libs.erasing import EraseSubject, ErasureAsked, erase_subject, seal_hashes
from libs.person import Person
from libs.privacy.aliases import sought
from libs.rights import Right
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.tracks import Course, Gate, Track
from services.partners.certification.usecases import catalogue, completions
from services.partners.contacts.domain import Contact, ContactRole
from services.partners.contacts.usecases import AddContact, add_contact
from services.partners.service import COMPOSITION
from tests.builders import NOW, a_call, an_id
from tests.component.partners.harness import Harness

TODAY = NOW.date()


async def track(harness: Harness, code: str = "FW", courses: Sequence[Course] = (Course(code="BASE"),)) -> Track:
    """A track, of one course without end unless told otherwise."""
    return await harness.run(catalogue.create_track, catalogue.CreateTrack, code=code, courses=tuple(courses))


async def gate(harness: Harness, right: Right = Right.REGISTERING, **fields: Any) -> Gate:
    """A gate that asks for one person of FW to do anything with ROUTERS."""
    content = {"right": right, "product_line": "ROUTERS", "track": "FW", "persons": 1, **fields}
    return await harness.run(catalogue.set_gate, catalogue.SetGate, **content)


async def contact(harness: Harness, partner_id: str, name: str = "Ada Weiß") -> Contact:
    """Somebody who works for the partner."""
    person = Person(name=name, email=f"{name.split(maxsplit=1)[0].lower()}@nordlicht.example")
    fields = {"partner_id": partner_id, "person": person, "roles": (ContactRole.TECHNICAL,)}
    return await harness.run(add_contact, AddContact, **fields)


async def complete(harness: Harness, who: Contact, on: date = TODAY, **fields: Any) -> Completion:
    """The contact has completed BASE of FW."""
    content = {"contact_id": who.id, "track": "FW", "course": "BASE", "completed_on": on, **fields}
    return await harness.run(completions.record_completion, completions.RecordCompletion, **content)


async def erase(harness: Harness, person: Person) -> None:
    """The person is erased, round after round, as compliance asks."""
    kinds = tuple(one for one in COMPOSITION.kinds if one.persons is not None)
    for round, who in enumerate((person, Person(person_id=person.person_id)), start=1):
        name = await seal_hashes(harness.env, an_id("dsr"), round, sought(harness.env.keys, who, "DE"))
        asked = ErasureAsked(case_id=an_id("dsr"), round=round, object_name=name)
        await erase_subject(harness.env, EraseSubject(call=a_call(), asked=asked, kinds=kinds))
