"""The kinds of leads, with their indexes."""

from libs.person import Person
from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.deals.leads.domain.accounts import LeadAccount
from services.deals.leads.domain.lead import Lead, persons
from services.deals.leads.domain.pool import PoolLead
from services.deals.leads.domain.scoring import LeadScoring
from services.deals.leads.domain.slots import LeadSlot
from services.deals.leads.domain.states import OPEN, LeadState


async def _country(store: Store, lead: Lead) -> str:
    return lead.customer.country


def _contact(lead: Lead) -> Person | None:
    return lead.contact


RULES: dict[str, When[Lead]] = {
    "converted": When(starts=lambda lead: lead.update_time, applies=lambda lead: lead.state is LeadState.CONVERTED),
    "not_converted": When(
        starts=lambda lead: lead.update_time, applies=lambda lead: lead.state not in OPEN | {LeadState.CONVERTED}
    ),
}

LEADS = Kind(
    "lead",
    Lead,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("state", "due_time")),
        Index(("external_source", "external_id"), unique=True),
    ),
    owner="partner_id",
    persons=Persons(of=persons, country=_country, about=_contact, retained=retained("deals", "lead", RULES)),
)
LEAD_SLOTS = Kind("lead_slot", LeadSlot)
LEAD_ACCOUNTS = Kind("lead_account", LeadAccount, owner="id")
POOL = Kind("pool_lead", PoolLead, (Index(("country",)),))
SCORINGS = Kind("lead_scoring", LeadScoring, (Index(("effective_date",)),))

KINDS = (LEADS, LEAD_SLOTS, LEAD_ACCOUNTS, POOL, SCORINGS)
