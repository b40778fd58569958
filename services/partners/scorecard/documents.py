"""The kinds of scorecards, with their indexes."""

from libs.person import Person, persons_named
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of
from services.partners.scorecard.domain.card import PeerScores, Scorecard
from services.partners.scorecard.domain.model import ScorecardModel
from services.partners.scorecard.domain.rating import PartnerRating
from services.partners.scorecard.domain.review import ScorecardReview
from services.partners.scorecard.domain.run import ScorecardRun


def _in_review(review: ScorecardReview) -> tuple[Person, ...]:
    return persons_named(review.statement)


SCORECARD_MODELS = Kind(
    "scorecard_model",
    ScorecardModel,
    (Index(("code", "number"), unique=True), *serving("code", "state", orders=("", "update_time"))),
)
SCORECARD_RUNS = Kind("scorecard_run", ScorecardRun, (Index(("due_at",)),))
PEER_SCORES = Kind("peer_scores", PeerScores)
SCORECARDS = Kind(
    "scorecard",
    Scorecard,
    (
        *serving("partner_id", "quarter", orders=("", "update_time")),
        Index(("partner_id", "run_id", "revision"), unique=True),
        Index(("run_id", "state")),
        Index(("run_id", "latest")),
        Index(("run_id", "latest", "parent_partner_id")),
    ),
    owner="partner_id",
)
PARTNER_RATINGS = Kind(
    "partner_rating",
    PartnerRating,
    (Index(("partner_id", "aspect", "quarter"), unique=True), Index(("partner_id",)), Index(("quarter",))),
    owner="partner_id",
)
SCORECARD_REVIEWS = Kind(
    "scorecard_review",
    ScorecardReview,
    owner="partner_id",
    persons=Persons(
        of=_in_review,
        country=country_of,
        retained=retained("partners", "scorecard_review", PARTNER_ENDED),
        judged=partner_of,
    ),
)

KINDS = (SCORECARD_MODELS, SCORECARD_RUNS, PEER_SCORES, SCORECARDS, PARTNER_RATINGS, SCORECARD_REVIEWS)
