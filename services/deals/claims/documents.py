"""The kinds of registrations, with their indexes."""

from libs.person import Person
from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.deals.claims.domain.customers import without_erased
from services.deals.claims.domain.persons import persons
from services.deals.claims.domain.registration import Registration, awaits_partner
from services.deals.claims.domain.states import CLAIMING, Review


async def _country(store: Store, reg: Registration) -> str:
    return reg.customer.country


def _contact(reg: Registration) -> Person | None:
    return reg.customer_contact or reg.sales_contact


RULES: dict[str, When[Registration]] = {
    "ended": When(starts=lambda reg: reg.update_time, applies=lambda reg: reg.review not in CLAIMING | {Review.DRAFT})
}

REGISTRATIONS = Kind(
    "registration",
    Registration,
    (
        Index(("customer.company_registration_id",)),
        Index(("customer.company_domain",)),
        Index(("customer.name_start",)),
        Index(("person_name_key",)),
        Index(("person_registration_key",)),
        Index(("person_domain_key",)),
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
    persons=Persons(
        of=persons,
        country=_country,
        about=_contact,
        freed=without_erased,
        retained=retained("deals", "registration", RULES),
    ),
)

KINDS = (REGISTRATIONS,)
