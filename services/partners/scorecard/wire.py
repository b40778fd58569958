"""Protobuf to commands; models, cards, reviews and ratings to protobuf, by field name."""

from libs.mapping import Mapper, to_wire
from libs.pb.prm.partners import v1 as pb
from libs.quarters import next_quarter
from services.partners.scorecard.domain.card import Scorecard
from services.partners.scorecard.domain.model import DimensionSource, ScorecardModel
from services.partners.scorecard.domain.rating import PartnerRating
from services.partners.scorecard.domain.review import ScorecardReview
from services.partners.scorecard.domain.scoring import ScorecardLine
from services.partners.scorecard.usecases import cards, models

MODEL = Mapper(ScorecardModel, pb.ScorecardModel)
REVIEW = Mapper(ScorecardReview, pb.ScorecardReview)
RATING = Mapper(PartnerRating, pb.PartnerRating)
_CARD = Mapper(Scorecard, pb.Scorecard)

DRAFT = Mapper(models.DraftScorecardModel, pb.DraftScorecardModelRequest)
PUBLISH_MODEL = Mapper(models.PublishScorecardModel, pb.PublishScorecardModelRequest)
WITHDRAW_MODEL = Mapper(models.WithdrawScorecardModel, pb.WithdrawScorecardModelRequest)
GET_MODEL = Mapper(models.GetScorecardModel, pb.GetScorecardModelRequest)
LIST_MODELS = Mapper(models.ListScorecardModels, pb.ListScorecardModelsRequest)
GET = Mapper(cards.GetScorecard, pb.GetScorecardRequest)
LIST = Mapper(cards.ListScorecards, pb.ListScorecardsRequest)
PUBLISH = Mapper(cards.PublishScorecard, pb.PublishScorecardRequest)
STATE = Mapper(cards.StateScorecard, pb.StateScorecardRequest)
AGREE = Mapper(cards.AgreeScorecardActions, pb.AgreeScorecardActionsRequest)
RATE = Mapper(cards.RatePartner, pb.RatePartnerRequest)
LIST_RATINGS = Mapper(cards.ListPartnerRatings, pb.ListPartnerRatingsRequest)


def card(found: Scorecard) -> pb.Scorecard:
    """A card as it is shown, each line of facts with its evidence."""
    shown = _CARD.encode(found)
    for line, message in zip(found.lines, shown.lines, strict=True):
        if line.dimension.source is DimensionSource.FACTS:
            message.evidence.CopyFrom(_evidence(line, found))
    return shown


def explained(found: cards.Explained) -> pb.GetScorecardResponse:
    """A card with its review."""
    review = REVIEW.encode(found.review) if found.review else None
    return pb.GetScorecardResponse(scorecard=card(found.scorecard), review=review)


def _evidence(line: ScorecardLine, found: Scorecard) -> pb.ScorecardEvidence:
    metric = line.dimension.metric
    assert metric is not None
    return pb.ScorecardEvidence(
        metric=pb.FactMetric.Value(f"FACT_METRIC_{metric.name}"),
        day_from=to_wire(found.quarter),
        day_before=to_wire(next_quarter(found.quarter)),
        product_line=line.dimension.product_line,
        with_downline=line.dimension.with_downline,
    )
