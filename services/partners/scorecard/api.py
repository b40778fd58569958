"""The gRPC side of scorecards: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.scorecard import wire
from services.partners.scorecard.usecases import cards, models
from services.partners.settings import Env


class Api:
    """The RPCs of models, cards, reviews and ratings."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftScorecardModel(
        self, request: pb.DraftScorecardModelRequest, call: Call
    ) -> pb.DraftScorecardModelResponse:
        done = await self._env.run(models.draft_scorecard_model, wire.DRAFT.decode(request, call=call))
        return pb.DraftScorecardModelResponse(scorecard_model=wire.MODEL.encode(done))

    async def PublishScorecardModel(
        self, request: pb.PublishScorecardModelRequest, call: Call
    ) -> pb.PublishScorecardModelResponse:
        done = await self._env.run(models.publish_scorecard_model, wire.PUBLISH_MODEL.decode(request, call=call))
        return pb.PublishScorecardModelResponse(scorecard_model=wire.MODEL.encode(done))

    async def WithdrawScorecardModel(
        self, request: pb.WithdrawScorecardModelRequest, call: Call
    ) -> pb.WithdrawScorecardModelResponse:
        done = await self._env.run(models.withdraw_scorecard_model, wire.WITHDRAW_MODEL.decode(request, call=call))
        return pb.WithdrawScorecardModelResponse(scorecard_model=wire.MODEL.encode(done))

    async def GetScorecardModel(self, request: pb.GetScorecardModelRequest, call: Call) -> pb.GetScorecardModelResponse:
        found = await models.get_scorecard_model(self._env, wire.GET_MODEL.decode(request, call=call))
        return pb.GetScorecardModelResponse(scorecard_model=wire.MODEL.encode(found))

    async def ListScorecardModels(
        self, request: pb.ListScorecardModelsRequest, call: Call
    ) -> pb.ListScorecardModelsResponse:
        page = await models.list_scorecard_models(self._env, wire.LIST_MODELS.decode(request, call=call))
        found = [wire.MODEL.encode(loaded.value) for loaded in page.rows]
        return pb.ListScorecardModelsResponse(scorecard_models=found, **page_end(page))

    async def GetScorecard(self, request: pb.GetScorecardRequest, call: Call) -> pb.GetScorecardResponse:
        return wire.explained(await cards.get_scorecard(self._env, wire.GET.decode(request, call=call)))

    async def ListScorecards(self, request: pb.ListScorecardsRequest, call: Call) -> pb.ListScorecardsResponse:
        page = await cards.list_scorecards(self._env, wire.LIST.decode(request, call=call))
        found = [wire.card(loaded.value) for loaded in page.rows]
        return pb.ListScorecardsResponse(scorecards=found, **page_end(page))

    async def PublishScorecard(self, request: pb.PublishScorecardRequest, call: Call) -> pb.PublishScorecardResponse:
        done = await self._env.run(cards.publish_scorecard, wire.PUBLISH.decode(request, call=call))
        return pb.PublishScorecardResponse(scorecard=wire.card(done))

    async def StateScorecard(self, request: pb.StateScorecardRequest, call: Call) -> pb.StateScorecardResponse:
        done = await self._env.run(cards.state_scorecard, wire.STATE.decode(request, call=call))
        return pb.StateScorecardResponse(review=wire.REVIEW.encode(done))

    async def AgreeScorecardActions(
        self, request: pb.AgreeScorecardActionsRequest, call: Call
    ) -> pb.AgreeScorecardActionsResponse:
        done = await self._env.run(cards.agree_scorecard_actions, wire.AGREE.decode(request, call=call))
        return pb.AgreeScorecardActionsResponse(review=wire.REVIEW.encode(done))

    async def RatePartner(self, request: pb.RatePartnerRequest, call: Call) -> pb.RatePartnerResponse:
        done = await self._env.run(cards.rate_partner, wire.RATE.decode(request, call=call))
        return pb.RatePartnerResponse(partner_rating=wire.RATING.encode(done))

    async def ListPartnerRatings(
        self, request: pb.ListPartnerRatingsRequest, call: Call
    ) -> pb.ListPartnerRatingsResponse:
        page = await cards.list_partner_ratings(self._env, wire.LIST_RATINGS.decode(request, call=call))
        found = [wire.RATING.encode(loaded.value) for loaded in page.rows]
        return pb.ListPartnerRatingsResponse(partner_ratings=found, **page_end(page))
