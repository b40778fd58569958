"""No claim is submitted in another partner's exclusive territory."""

from datetime import timedelta

import pytest

from libs.partner import TerritoryFacts
from services.deals.review.domain.territory import TerritoryExclusive, refuse_exclusive
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration


@pytest.mark.parametrize(
    ("grant", "refused"),
    [
        ({}, True),
        ({"partner_id": an_id("ptn", 1)}, False),
        ({"exclusive": False}, False),
        ({"product_line": "SWITCHES"}, False),
        ({"product_line": "ROUTERS"}, True),
        ({"subdivision": "BY"}, False),
        ({"valid_until": NOW.date()}, True),
        ({"valid_until": NOW.date() - timedelta(days=1)}, False),
        ({"valid_from": NOW.date() + timedelta(days=1)}, False),
    ],
    ids=str,
)
def test_anothers_exclusive_territory_is_closed(grant: dict[str, object], refused: bool) -> None:
    fields = {"partner_id": an_id("ptn", 2), "exclusive": True, **grant}
    facts = TerritoryFacts(id=an_id("trr"), facts_version=1, country="DE", **fields)  # type: ignore[arg-type]  # a table
    if refused:
        with pytest.raises(TerritoryExclusive):
            refuse_exclusive(a_registration(), (facts,), on=NOW.date())
    else:
        refuse_exclusive(a_registration(), (facts,), on=NOW.date())
