"""LEADS_IN_TIME counts the offers that were answered or lapsed, each for the partner that had it, and no pick."""

from typing import Any

import pytest

from libs.pb.prm.deals import v1 as deals_pb
from services.partners.facts.documents import SOURCES
from tests.builders import an_id
from tests.component.partners.facts.telling import tell
from tests.component.partners.harness import Harness

OFFER: dict[str, Any] = {
    "lead_id": an_id("led"),
    "offer_id": an_id("lof"),
    "partner_id": an_id("ptn"),
    "country": "DE",
    "claimed_product_lines": ["ROUTERS"],
}


@pytest.mark.parametrize(
    ("message", "figures"),
    [
        (deals_pb.LeadAccepted(**OFFER), [(1, 1)]),
        (deals_pb.LeadDeclined(**OFFER, reason=deals_pb.LEAD_DECLINE_REASON_OTHER), [(0, 1)]),
        (deals_pb.LeadLapsed(**OFFER), [(0, 1)]),
        (deals_pb.LeadAccepted(**OFFER, picked=True), []),
    ],
)
async def test_an_offer_counts_as_its_partner_answered_it(
    harness: Harness, message: Any, figures: list[tuple[int, int]]
) -> None:
    await tell(harness, message, version=4)
    source = await harness.value(SOURCES, an_id("lof"))
    assert source.partner_id == an_id("ptn")
    assert [(one.value, one.of) for one in source.entries] == figures
    assert all((one.metric.name, one.product_line) == ("LEADS_IN_TIME", "ROUTERS") for one in source.entries)
