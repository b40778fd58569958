"""The kinds of registrations, with their indexes."""

from libs.person import Person
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.deals.claims.domain.persons import persons
from services.deals.claims.domain.registration import Registration, awaits_partner


async def _country(store: Store, reg: Registration) -> str:
    return reg.customer.country


def _contact(reg: Registration) -> Person | None:
    return reg.customer_contact or reg.sales_contact


REGISTRATIONS = Kind(
    "registration",
    Registration,
    (
        Index(("customer.bare_registration_id",)),
        Index(("customer.web_domain",)),
        Index(("customer.name_start",)),
        Index(("partner_id", "review", "protected_until")),
        *serving("partner_id", "review", orders=("", "update_time")),
        *serving("partner_id", orders=("protected_until",)),
        Index(("review", "keys_version")),
        Index(("stage",)),
        Index(("review", "protected_until")),
        Index(("review", "expiry_warned", "protected_until")),
        Index(("review", "decision_breached", "decision_due_time")),
        Index(("external_source", "external_id"), unique=True),
    ),
    owner="partner_id",
    awaited=awaits_partner,
    persons=Persons(of=persons, country=_country, about=_contact),
)

KINDS = (REGISTRATIONS,)
