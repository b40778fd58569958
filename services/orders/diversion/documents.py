"""The kinds of sightings, custody and cases, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.diversion.domain.case import DiversionCase
from services.orders.diversion.domain.custody import Custody
from services.orders.diversion.domain.sighting import Sighting

SIGHTINGS = Kind(
    "sighting",
    Sighting,
    (*serving("partner_id", orders=("", "seen_on")), Index(("holder_id", "seen_on"))),
    owner="partner_id",
)
CUSTODIES = Kind("custody", Custody, (Index(("serial_id",)),))
DIVERSION_CASES = Kind(
    "diversion_case",
    DiversionCase,
    (
        Index(("open_key",), unique=True),
        Index(("state", "decided_on")),
        *serving("holder_id", "state", orders=("", "update_time")),
    ),
)

KINDS = (SIGHTINGS, CUSTODIES, DIVERSION_CASES)
