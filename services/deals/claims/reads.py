"""The writes of a claim that higher slices may use: under what its persons are found."""

from libs.person import Person
from libs.privacy.aliases import alias_writes
from libs.store.port import Write
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.settings import Env


def person_writes(env: Env, before: Registration | None, after: Registration) -> tuple[Write, ...]:
    """The alias rows of the persons a registration names."""
    return alias_writes(
        env.keys, REGISTRATIONS, after.id, before=persons(before) if before else (), after=persons(after)
    )


def persons(reg: Registration) -> tuple[Person, ...]:
    """Everybody a registration names, by contact details or by id alone."""
    named = [person for person in (reg.customer_contact, reg.sales_contact) if person is not None]
    texts = [reg.description, reg.decision_note, *(activity.note for activity in reg.activities)]
    known = {text.person_id for text in texts if text is not None and text.person_id}
    return (*named, *(Person(person_id=one) for one in sorted(known)))
