"""Hides fields of a lead from a partner's people; the vendor's people see all of them.

Before its partner has accepted a lead its people see neither person nor name: the data of the person goes to one
partner only, and nobody takes up with a customer whose lead was declined. They never see what the lead equals, how it
was scored and who had it before.
"""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from services.deals.claims.domain.registration import Customer
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shown(lead: Lead, viewer: str) -> Lead:
    """The lead as the viewer may see it. viewer: the id of the caller's partner; empty for the vendor's people."""
    if not viewer:
        return lead
    seen = replace(
        lead,
        score_lines=(),
        scoring_id="",
        matches=(),
        refusals=0,
        withheld_until=None,
        external_source="",
        external_id=None,
    )
    if lead.state is not LeadState.OFFERED:
        return seen
    place = Customer(country=lead.customer.country, subdivision=lead.customer.subdivision)
    return replace(seen, customer=place, contact=None, text=None, consent_reference="")


def etag_of(lead: Lead, viewer: str) -> str:
    """The etag of a lead for a viewer. For a partner's people it is the instant of the last change: the version counts
    what happened before, so it would tell how many partners did not want the lead."""
    return str((lead.update_time - _EPOCH) // timedelta(microseconds=1) if viewer else lead.version)
