"""The kinds of tracks, gates, completions and certified persons, with their indexes."""

from libs.person import Person
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.certification.domain.certificates import Certification
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.tracks import CatalogueTotals, Gate, Track
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of


def _persons(completion: Completion) -> tuple[Person, ...]:
    return () if completion.orphaned else (completion.holder,)


def _about(completion: Completion) -> Person | None:
    return next(iter(_persons(completion)), None)


TRACKS = Kind("track", Track, (Index(("code",), unique=True), *serving("product_line", orders=("", "update_time"))))
GATES = Kind(
    "gate",
    Gate,
    (Index(("right", "product_line", "track"), unique=True), *serving("right", "track", orders=("", "update_time"))),
)
CATALOGUE_TOTALS = Kind("catalogue_book", CatalogueTotals)
COMPLETIONS = Kind(
    "completion",
    Completion,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("contact_id",)),
        Index(("state", "act_on")),
        Index(("state", "orphaned")),
    ),
    owner="partner_id",
    persons=Persons(
        of=_persons,
        about=_about,
        country=country_of,
        retained=retained("partners", "completion", PARTNER_ENDED),
        judged=partner_of,
    ),
)
CERTIFICATIONS = Kind("certification", Certification, owner="id")

KINDS = (TRACKS, GATES, CATALOGUE_TOTALS, COMPLETIONS, CERTIFICATIONS)
