"""The kinds of findings, their tallies, scores and the book of the walk, with their indexes."""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from libs.store.paging import serving
from libs.store.port import Index, Kind, Put, Store, create, get_all
from services.partners.quality.domain.counts import Place, QualityTally, changes, tallied
from services.partners.quality.domain.findings import QualityFinding, QualityRecord
from services.partners.quality.domain.tallies import QualityBook
from services.partners.record.documents import PARTNERS

_ORDERS = ("", "update_time", "urgency")

QUALITY_TALLIES = Kind("quality_tally", QualityTally, (Index(("rule",)), Index(("month",))))


async def tally_writes(store: Store, found: Counter[Place]) -> list[Put[QualityTally]]:
    """The writes of the tallies in which these counts change."""
    held = await get_all(store, QUALITY_TALLIES, sorted({place.tally_id for place in found}))
    after = tallied({key: one.value for key, one in held.items()}, found)
    return [held[one.id].put(one) if one.id in held else create(QUALITY_TALLIES, one) for one in after]


async def _uncounted(store: Store, gone: Sequence[QualityFinding], time_zone: str) -> Sequence[Put[QualityTally]]:
    """The writes of the tallies when findings are deleted."""
    zone = ZoneInfo(time_zone)
    return await tally_writes(store, changes(((one, None) for one in gone), lambda at: at.astimezone(zone).date()))


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
    along=_uncounted,
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

KINDS = (QUALITY_FINDINGS, QUALITY_RECORDS, QUALITY_BOOKS, QUALITY_TALLIES)
