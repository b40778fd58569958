"""Acts of data quality: events arrive, a day passes, and people change partners and contacts."""

from datetime import timedelta
from typing import Any

from libs.call import Call, Caller
from libs.person import Person, PostalAddress
from libs.store.listing import everything
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications
from services.partners.contacts import usecases as contacts
from services.partners.contacts.domain import Contact, ContactChanges, ContactRole
from services.partners.quality import jobs
from services.partners.quality.consumers import CONSUMERS
from services.partners.quality.documents import QUALITY_FINDINGS
from services.partners.quality.domain.findings import Actor, QualityFinding
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.usecases import looking
from services.partners.record.domain.partner import Partner
from tests.builders import asked_by
from tests.component.partners.harness import Harness

ADDRESS = PostalAddress(country="DE", city="Kiel", lines=("Hafenstraße 1",))


async def arrive(harness: Harness, *, again: bool = False) -> None:
    """The events of partners arrive; `again`: each of them twice."""
    while harness.told:
        told, harness.told = harness.told, []
        for envelope in told * (2 if again else 1):
            call = Call(caller=Caller(subject=envelope.actor), method="test")
            for consumer in CONSUMERS:
                assert consumer.takes(envelope.subject.split(".", 2)[2])
                await consumer.handle(harness.env, envelope, call)


async def walk(harness: Harness, *, days: int = 1) -> None:
    """Some days later the job looks at all records."""
    harness.clock.advance(timedelta(days=days))
    while await jobs.walk(harness.env):
        pass


async def counted(harness: Harness) -> None:
    """The job counts all findings anew that it has not counted today."""
    while await jobs.count(harness.env):
        pass


async def update(harness: Harness, id: str, *, by: str, **fields: Any) -> Partner:
    """Somebody changes a partner; the event has not arrived."""
    cmd = applications.UpdatePartner(call=asked_by(by), id=id, changes=PartnerChanges(**fields))
    return await harness.env.run(applications.update_partner, cmd)


async def contact(harness: Harness, partner_id: str, *, primary: bool = False, **person: Any) -> Contact:
    """Somebody who works for the partner."""
    fields = {"partner_id": partner_id, "roles": (ContactRole.SALES,), "primary": primary}
    return await harness.run(contacts.add_contact, contacts.AddContact, person=Person(**person), **fields)


async def change_contact(harness: Harness, one: Contact, *, by: str, **person: Any) -> Contact:
    """Somebody changes the person of a contact."""
    changes = ContactChanges(person=Person(**person))
    cmd = contacts.UpdateContact(call=asked_by(by), id=one.id, changes=changes)
    return await harness.env.run(contacts.update_contact, cmd)


async def remove_contact(harness: Harness, one: Contact, *, by: str) -> None:
    """Somebody removes a contact."""
    await harness.env.run(contacts.remove_contact, contacts.RemoveContact(call=asked_by(by), id=one.id))


async def found(harness: Harness, partner_id: str, rule: QualityRule) -> list[QualityFinding]:
    """All findings of a rule about a partner or its contacts, the oldest first."""
    rows = await everything(harness.env.store, QUALITY_FINDINGS, {"partner_id": partner_id})
    return [one for one in rows if one.rule is rule]


async def standing(harness: Harness, partner_id: str, rule: QualityRule) -> list[tuple[str, str]]:
    """State, and who mended it, of these findings."""
    return [(one.state.name, one.mended_by) for one in await found(harness, partner_id, rule)]


async def looked_at(harness: Any, partner_id: str) -> QualityFinding:
    """A finding of a partner of which no event has told."""
    fields = {"partner_id": partner_id, "about": partner_id, "about_version": 1, "touched": frozenset[QualityRule]()}
    await harness.run(looking.look_again, looking.LookAgain, actor=Actor(), at=harness.clock.now(), **fields)
    rows = await everything(harness.env.store, QUALITY_FINDINGS, {"partner_id": partner_id})
    return next(one for one in rows if one.rule is QualityRule.PHONE_GIVEN)
