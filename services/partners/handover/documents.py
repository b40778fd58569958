"""The kinds of handovers and their items, with their indexes, and how long the persons are kept."""

from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.handover.domain import ENDED, Handover, HandoverItem, persons

RULES: dict[str, When[Handover]] = {
    "open": When(starts=lambda one: None, applies=lambda one: one.state not in ENDED),
    "ended": When(starts=lambda one: one.update_time, applies=lambda one: one.state in ENDED),
}

HANDOVERS = Kind(
    "handover",
    Handover,
    (*serving("leaving_partner_id", "state", orders=("", "update_time")), Index(("open_key",), unique=True)),
    persons=Persons(
        of=persons,
        sought=("leaving_user", "target_user"),
        retained=retained("partners", "handover", RULES),
    ),
)
ITEMS = Kind(
    "handover_item",
    HandoverItem,
    tuple(Index(("handover_id", *more)) for more in ((), ("service",), ("outcome",), ("service", "outcome"))),
)

KINDS = (HANDOVERS, ITEMS)
