"""The kind of partners, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.partners.record.domain.partner import TRADERS_OWN, Partner, persons, trader


async def _country(store: Store, partner: Partner) -> str:
    return partner.country


PARTNERS = Kind(
    "partner",
    Partner,
    (
        Index(("registration_id",)),
        Index(("name_start",)),
        *serving("status", orders=("", "update_time")),
        Index(("kind",)),
        Index(("country",)),
        Index(("tier",)),
        Index(("parent_partner_id", "kind")),
        Index(("parent_partner_id",)),
        Index(("external_source", "external_id"), unique=True),
        Index(("registration_key",), unique=True),
        Index(("name_key",)),
        Index(("name_rules",)),
        Index(("domain",)),
    ),
    owner="id",
    persons=Persons(of=persons, country=_country, about=trader, own=TRADERS_OWN),
)

KINDS = (PARTNERS,)
