"""The kinds of adjudications, with their indexes."""

from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Document, Index, Kind, Persons, Store, get
from services.deals.adjudication.domain import cases
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.rules import AdjudicationRule
from services.deals.adjudication.domain.sides import AdjudicationSide, awaits_partner, persons
from services.deals.claims.documents import REGISTRATIONS, RULES


async def _claim(store: Store, side: AdjudicationSide) -> Document | None:
    """The claim of a side."""
    loaded = await get(store, REGISTRATIONS, side.registration_id)
    return loaded.value if loaded else None


async def _first_claim(store: Store, case: Adjudication) -> Document | None:
    """The claim about which a case was opened."""
    loaded = await get(store, REGISTRATIONS, case.parties[0].registration_id)
    return loaded.value if loaded else None


ADJUDICATION_RULES = Kind(
    "adjudication_rule",
    AdjudicationRule,
    (Index(("number",), unique=True), *serving("state", orders=("", "update_time"))),
)
ADJUDICATIONS = Kind(
    "adjudication",
    Adjudication,
    (*serving("state", orders=("", "update_time")), Index(("settle_on",)), Index(("settle_time",))),
    persons=Persons(of=cases.persons, retained=retained("deals", "adjudication", RULES), judged=_first_claim),
)
ADJUDICATION_SIDES = Kind(
    "adjudication_side",
    AdjudicationSide,
    (*serving("partner_id", orders=("", "update_time")), Index(("open_registration_id",), unique=True)),
    owner="partner_id",
    awaited=awaits_partner,
    persons=Persons(of=persons, retained=retained("deals", "adjudication_side", RULES), judged=_claim),
)

KINDS = (ADJUDICATION_RULES, ADJUDICATIONS, ADJUDICATION_SIDES)
