"""The kinds of end customers, with their indexes."""

from libs.person import Person
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Document, Index, Kind, Persons, Store, get
from services.deals.claims.documents import REGISTRATIONS, RULES
from services.deals.customers.domain import notes
from services.deals.customers.domain.customers import EndCustomer, emptied, persons
from services.deals.customers.domain.entries import CustomerEntry
from services.deals.customers.domain.notes import CompetitorNote
from services.deals.customers.domain.proposals import MergeProposal
from services.deals.customers.domain.walks import CustomerWalk


async def _country(store: Store, row: EndCustomer) -> str:
    return row.customer.country


def _about(row: EndCustomer) -> Person | None:
    return next(iter(persons(row)), None)


async def _claim(store: Store, row: EndCustomer) -> Document | None:
    """The claim that describes a record."""
    loaded = await get(store, REGISTRATIONS, row.described_by)
    return loaded.value if loaded else None


async def _claim_of_note(store: Store, note: CompetitorNote) -> Document | None:
    """The claim that describes the record of a note."""
    loaded = await get(store, CUSTOMERS, note.customer_id)
    return await _claim(store, loaded.value) if loaded else None


CUSTOMERS = Kind(
    "end_customer",
    EndCustomer,
    (
        *serving("view", orders=("", "update_time")),
        *(Index(("partner_id", "view", *order)) for order in ((), ("update_time",))),
        *(Index((key, "view")) for key in ("registration_key", "domain_key", "name_key")),
        Index(("view", "last_won_date")),
        Index(("merged_into_id",)),
        Index(("propose_since",)),
    ),
    owner="partner_id",
    persons=Persons(
        of=persons,
        country=_country,
        about=_about,
        retained=retained("deals", "end_customer", RULES),
        judged=_claim,
        emptied=emptied,
    ),
)
ENTRIES = Kind(
    "customer_entry",
    CustomerEntry,
    (
        Index(("customer_id", "place")),
        Index(("customer_id", "partner_id", "place")),
        Index(("customer_id", "type", "place")),
        Index(("customer_id", "partner_id", "type", "place")),
        Index(("customer_id", "won_key")),
        Index(("customer_id", "told_key")),
        Index(("parent_id",)),
    ),
    owner="partner_id",
)
NOTES = Kind(
    "competitor_note",
    CompetitorNote,
    (Index(("whole_id", "place")), Index(("whole_id", "partner_id", "place")), Index(("customer_id",))),
    owner="partner_id",
    persons=Persons(of=notes.persons, retained=retained("deals", "competitor_note", RULES), judged=_claim_of_note),
)
PROPOSALS = Kind(
    "merge_proposal",
    MergeProposal,
    (*serving("state", orders=("", "update_time")), Index(("one_id",)), Index(("other_id",))),
)

CUSTOMER_WALKS = Kind("customer_walk", CustomerWalk)

KINDS = (CUSTOMERS, ENTRIES, NOTES, PROPOSALS, CUSTOMER_WALKS)
