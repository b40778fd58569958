"""The kinds of the facts: documents of other services, their entries, and the sums of these, with their indexes."""

from msgspec.structs import replace

from libs.store.port import Index, Kind
from services.partners.facts.domain.sources import Evidence, Source
from services.partners.facts.domain.sums import Fact, Placing

SOURCES = Kind(
    "fact_source",
    Source,
    (Index(("pending_since",)), Index(("partner_id", "pending_since")), Index(("rules",))),
    owner="partner_id",
)
EVIDENCE = Kind("fact_evidence", Evidence, (Index(("partner_id", "metric", "day")),), owner="partner_id")
FACTS = Kind(
    "fact",
    Fact,
    (
        Index(("partner_id", "metric", "month")),
        Index(("partner_id", "month")),
        Index(("metric", "month")),
        Index(("month",)),
        Index(("passed_to", "metric", "month")),
        Index(("partner_id",)),
        Index(("stale_since",)),
    ),
    owner="partner_id",
)
PASSED = replace(FACTS, owner="passed_to")  # the same rows, as they are seen by the partner to which they are passed
PLACINGS = Kind("fact_placing", Placing, (Index(("moved_since",)),), owner="id")

KINDS = (SOURCES, EVIDENCE, FACTS, PLACINGS)
