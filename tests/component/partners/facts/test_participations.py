"""CAMPAIGNS_ATTENDED counts each participation once, as the newest record of it says."""

from typing import Any

from libs.pb.prm.deals import v1 as deals_pb
from services.partners.facts.documents import SOURCES
from tests.builders import an_id
from tests.component.partners.facts.telling import tell
from tests.component.partners.harness import Harness

VISIT: dict[str, Any] = {
    "participation_id": an_id("cpa"),
    "campaign_id": an_id("cmp"),
    "partner_id": an_id("ptn"),
    "country": "DE",
    "claimed_product_lines": ["ROUTERS"],
}


async def test_a_participation_counts_as_its_newest_record_says(harness: Harness) -> None:
    for message, version, figure in (
        (deals_pb.ParticipationAttended(**VISIT), 3, (1, 1)),
        (deals_pb.ParticipationMissed(**VISIT), 5, (0, 1)),
        (deals_pb.ParticipationAttended(**VISIT), 4, (0, 1)),
    ):
        await tell(harness, message, version=version)
        source = await harness.value(SOURCES, an_id("cpa"))
        (entry,) = source.entries
        assert (entry.metric.name, entry.product_line, entry.country) == ("CAMPAIGNS_ATTENDED", "ROUTERS", "DE")
        assert (source.partner_id, (entry.value, entry.of)) == (an_id("ptn"), figure)
