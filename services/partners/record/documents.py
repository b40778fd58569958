"""The kind of partners, with its indexes."""

from collections.abc import Mapping
from typing import Protocol

from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store, get
from services.partners.record.domain.partner import TRADERS_OWN, Partner, persons, trader


class OfPartner(Protocol):
    """A row that belongs to a partner."""

    @property
    def partner_id(self) -> str:
        """Whose it is."""
        ...


async def _country(store: Store, partner: Partner) -> str:
    return partner.country


RULES: Mapping[str, When[Partner]] = {
    "trader_active": When(
        starts=lambda partner: None,
        applies=lambda partner: trader(partner) is not None and not partner.ended,
    ),
    "trader_ended": When(
        starts=lambda partner: partner.update_time,
        applies=lambda partner: trader(partner) is not None and partner.ended,
    ),
}

PARTNER_ENDED: Mapping[str, When[Partner]] = {
    "partner_ended": When(starts=lambda partner: partner.update_time, applies=lambda partner: partner.ended)
}
"""The rule of rows about a partner's people."""

PARTNERS: Kind[Partner] = Kind(
    "partner",
    Partner,
    (
        Index(("company_registration_id",)),
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
        Index(("company_domain",)),
        Index(("trader_name_key",)),
        Index(("trader_registration_key",)),
        Index(("trader_domain_key",)),
    ),
    owner="id",
    persons=Persons(
        of=persons, country=_country, about=trader, own=TRADERS_OWN, retained=retained("partners", "partner", RULES)
    ),
)

KINDS = (PARTNERS,)


async def partner_of(store: Store, row: OfPartner) -> Partner | None:
    """The partner of a row; None if it was deleted. StoreUnavailable."""
    loaded = await get(store, PARTNERS, row.partner_id)
    return loaded.value if loaded else None


async def country_of(store: Store, row: OfPartner) -> str:
    """The country of the partner of a row; empty if it was deleted. StoreUnavailable."""
    partner = await partner_of(store, row)
    return partner.country if partner else ""
