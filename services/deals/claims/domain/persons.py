"""The persons in a claim: its contacts, and the persons that its texts are about."""

from libs.person import Person
from services.deals.claims.domain.customers import person
from services.deals.claims.domain.registration import Registration


def persons(reg: Registration) -> tuple[Person, ...]:
    """The contacts of a registration, the customer if it is a natural person, then one Person per person id of its
    texts, which has only that id."""
    named = [one for one in (reg.customer_contact, reg.sales_contact, person(reg.customer)) if one is not None]
    texts = [reg.description, reg.decision_note, *(activity.note for activity in reg.activities)]
    known = {text.person_id for text in texts if text is not None and text.person_id}
    return (*named, *(Person(person_id=one) for one in sorted(known)))
