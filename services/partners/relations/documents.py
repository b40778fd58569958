"""The kinds of the relationship, with their indexes and the persons whom their texts name."""

from libs.person import Person, persons_named
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of
from services.partners.relations.domain.log import LogEntry
from services.partners.relations.domain.rating import DistributorRating
from services.partners.relations.domain.review import BusinessReview


def _in_entry(entry: LogEntry) -> tuple[Person, ...]:
    return persons_named(entry.text)


def _in_review(review: BusinessReview) -> tuple[Person, ...]:
    return persons_named(review.notes)


LOG_ENTRIES = Kind(
    "log_entry",
    LogEntry,
    serving("partner_id", "channel", "shared", orders=("", "update_time")),
    owner="partner_id",
    persons=Persons(
        of=_in_entry,
        country=country_of,
        retained=retained("partners", "log_entry", PARTNER_ENDED),
        judged=partner_of,
    ),
)
REVIEWS = Kind(
    "business_review",
    BusinessReview,
    (*serving("partner_id", "shared", orders=("", "update_time")), Index(("partner_id", "held_on"))),
    owner="partner_id",
    persons=Persons(
        of=_in_review,
        country=country_of,
        retained=retained("partners", "business_review", PARTNER_ENDED),
        judged=partner_of,
    ),
)
RATINGS = Kind(
    "distributor_rating",
    DistributorRating,
    (Index(("distributor_partner_id", "quarter")),),
    owner="partner_id",
)

KINDS = (LOG_ENTRIES, REVIEWS, RATINGS)
