"""NEW_CUSTOMERS counts what deals says of claims that brought a customer, whatever comes first."""

from itertools import permutations
from typing import Any

import pytest
from google.type.date_pb2 import Date

from libs.pb.prm.deals import v1 as deals_pb
from services.partners.facts.documents import SOURCES
from services.partners.facts.domain.metrics import FactMetric
from tests.builders import an_id
from tests.component.partners.facts.telling import tell
from tests.component.partners.harness import Harness

CLAIM = {"customer_id": an_id("cus"), "registration_id": an_id("reg"), "partner_id": an_id("ptn")}


def _won(day: int) -> deals_pb.CustomerWon:
    on = Date(year=2026, month=3, day=day)
    return deals_pb.CustomerWon(**CLAIM, won_date=on, country="DE", claimed_product_lines=["ROUTERS"])


EVENTS: tuple[tuple[Any, int], ...] = (
    (_won(9), 2),
    (deals_pb.CustomerWinWithdrawn(**CLAIM), 3),
    (_won(5), 4),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(("known", "days"), [(1, [9]), (2, []), (3, [5])])
async def test_the_newest_event_about_a_claim_counts(
    harness: Harness, order: tuple[int, ...], known: int, days: list[int]
) -> None:
    for place in order:
        if place < known:
            message, version = EVENTS[place]
            await tell(harness, message, version=version)
    entries = (await harness.value(SOURCES, an_id("reg"))).entries
    found = [one for one in entries if one.metric is FactMetric.NEW_CUSTOMERS]
    assert [(one.day.day, one.value, one.product_line, one.country) for one in found] == [
        (day, 1, "ROUTERS", "DE") for day in days
    ]
