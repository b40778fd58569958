"""Partners as they are stored, and by what they are found."""

from libs.store.port import Index, Kind
from services.partners.record.domain.partner import Partner

PARTNERS = Kind(
    "partner",
    Partner,
    (
        Index(("status",)),
        Index(("kind",)),
        Index(("country",)),
        Index(("tier",)),
        Index(("parent_partner_id", "kind")),
        Index(("parent_partner_id",)),
        Index(("external_source", "external_id"), unique=True),
        Index(("registration_key",), unique=True),
    ),
    owner="id",
)

KINDS = (PARTNERS,)
