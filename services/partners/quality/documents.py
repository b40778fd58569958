"""The kinds of findings, their tallies, scores and the book of the walk, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.quality.domain.counts import QualityTally
from services.partners.quality.domain.findings import QualityFinding, QualityRecord
from services.partners.quality.domain.tallies import QualityBook
from services.partners.record.documents import PARTNERS

_ORDERS = ("", "update_time", "urgency")

QUALITY_FINDINGS = Kind(
    "quality_finding",
    QualityFinding,
    (
        *serving("partner_id", "state", orders=_ORDERS),
        Index(("rule", "state", "urgency")),
        Index(("rule", "open_time")),
        Index(("close_time",)),
        Index(("dimension", "state", "urgency")),
    ),
    owner="partner_id",
    derived_from=(PARTNERS, "partner_id"),
)
QUALITY_RECORDS = Kind(
    "quality_record",
    QualityRecord,
    (
        *serving("of_partner", orders=("", "score_basis_points")),
        Index(("partner_id",)),
        Index(("partner_id", "score_basis_points")),
        Index(("partner_id", "of_partner", "score_basis_points")),
    ),
    owner="partner_id",
    derived_from=(PARTNERS, "partner_id"),
)
QUALITY_BOOKS = Kind("quality_book", QualityBook)
QUALITY_TALLIES = Kind("quality_tally", QualityTally, (Index(("rule",)), Index(("month",))))

KINDS = (QUALITY_FINDINGS, QUALITY_RECORDS, QUALITY_BOOKS, QUALITY_TALLIES)
