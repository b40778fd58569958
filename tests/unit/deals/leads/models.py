"""Leads for the tests of their domain."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from libs.person import Person
from services.deals.leads.domain.lead import Lead, LeadContent, open_lead
from services.deals.leads.domain.states import LeadBasis, LeadSource
from tests.builders import NOW, an_id
from tests.component.deals.harness import a_customer

SHELF = timedelta(days=180)


def a_lead(name: str = "Neuwerk", **fields: Any) -> Lead:
    """A lead in NEW that may be passed on; `fields` replaces fields of it."""
    content = LeadContent(
        source=LeadSource.TRADE_FAIR,
        customer=a_customer(name),
        contact=Person(person_id=an_id("psn"), name="Ada"),
        product_lines=("ROUTERS",),
        basis=LeadBasis.LEGITIMATE_INTERESTS,
    )
    lead = open_lead(content, id=an_id("led"), shelf=SHELF, create_time=None, now=NOW)
    return replace(lead, follow_up_days=60, **fields)
