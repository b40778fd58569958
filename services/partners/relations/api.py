"""The gRPC side of the relationship: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.relations import wire
from services.partners.relations.usecases import log, ratings, reviews
from services.partners.settings import Env


class Api:
    """The RPCs for the contact log, business reviews and ratings."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordLogEntry(self, request: pb.RecordLogEntryRequest, call: Call) -> pb.RecordLogEntryResponse:
        done = await self._env.run(log.record_log_entry, wire.RECORD_ENTRY.decode(request, call=call))
        return pb.RecordLogEntryResponse(log_entry=wire.ENTRY.encode(done))

    async def ShareLogEntry(self, request: pb.ShareLogEntryRequest, call: Call) -> pb.ShareLogEntryResponse:
        done = await self._env.run(log.share_log_entry, wire.SHARE_ENTRY.decode(request, call=call))
        return pb.ShareLogEntryResponse(log_entry=wire.ENTRY.encode(done))

    async def RecordReview(self, request: pb.RecordReviewRequest, call: Call) -> pb.RecordReviewResponse:
        done = await self._env.run(reviews.record_review, wire.RECORD_REVIEW.decode(request, call=call))
        return pb.RecordReviewResponse(business_review=wire.REVIEW.encode(done))

    async def ShareReview(self, request: pb.ShareReviewRequest, call: Call) -> pb.ShareReviewResponse:
        done = await self._env.run(reviews.share_review, wire.SHARE_REVIEW.decode(request, call=call))
        return pb.ShareReviewResponse(business_review=wire.REVIEW.encode(done))

    async def CloseReviewDecision(
        self, request: pb.CloseReviewDecisionRequest, call: Call
    ) -> pb.CloseReviewDecisionResponse:
        done = await self._env.run(reviews.close_review_decision, wire.CLOSE_DECISION.decode(request, call=call))
        return pb.CloseReviewDecisionResponse(business_review=wire.REVIEW.encode(done))

    async def RateDistributor(self, request: pb.RateDistributorRequest, call: Call) -> pb.RateDistributorResponse:
        done = await self._env.run(ratings.rate_distributor, wire.RATE.decode(request, call=call))
        return pb.RateDistributorResponse(distributor_rating=wire.RATING.encode(done))

    async def ListLogEntries(self, request: pb.ListLogEntriesRequest, call: Call) -> pb.ListLogEntriesResponse:
        page = await log.list_log_entries(self._env, wire.LIST_ENTRIES.decode(request, call=call))
        found = [wire.ENTRY.encode(loaded.value) for loaded in page.rows]
        return pb.ListLogEntriesResponse(log_entries=found, **page_end(page))

    async def GetReview(self, request: pb.GetReviewRequest, call: Call) -> pb.GetReviewResponse:
        return wire.REVIEW_SHOWN.encode(await reviews.get_review(self._env, wire.GET_REVIEW.decode(request, call=call)))

    async def ListReviews(self, request: pb.ListReviewsRequest, call: Call) -> pb.ListReviewsResponse:
        page = await reviews.list_reviews(self._env, wire.LIST_REVIEWS.decode(request, call=call))
        found = [wire.REVIEW.encode(loaded.value) for loaded in page.rows]
        return pb.ListReviewsResponse(business_reviews=found, **page_end(page))

    async def GetRatingSummary(self, request: pb.GetRatingSummaryRequest, call: Call) -> pb.GetRatingSummaryResponse:
        found = await ratings.get_rating_summary(self._env, wire.GET_SUMMARY.decode(request, call=call))
        return pb.GetRatingSummaryResponse(rating_summary=wire.SUMMARY.encode(found))
