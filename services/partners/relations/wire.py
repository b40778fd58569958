"""Protobuf to commands; entries, reviews and ratings to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.relations.domain.log import LogEntry
from services.partners.relations.domain.rating import DistributorRating, RatingSummary
from services.partners.relations.domain.review import BusinessReview
from services.partners.relations.usecases import log, ratings, reviews

ENTRY = Mapper(LogEntry, pb.LogEntry)
RECORD_ENTRY = Mapper(log.RecordLogEntry, pb.RecordLogEntryRequest)
SHARE_ENTRY = Mapper(log.ShareLogEntry, pb.ShareLogEntryRequest)
LIST_ENTRIES = Mapper(log.ListLogEntries, pb.ListLogEntriesRequest)
REVIEW = Mapper(BusinessReview, pb.BusinessReview)
RECORD_REVIEW = Mapper(reviews.RecordReview, pb.RecordReviewRequest)
SHARE_REVIEW = Mapper(reviews.ShareReview, pb.ShareReviewRequest)
CLOSE_DECISION = Mapper(reviews.CloseReviewDecision, pb.CloseReviewDecisionRequest)
GET_REVIEW = Mapper(reviews.GetReview, pb.GetReviewRequest)
REVIEW_SHOWN = Mapper(reviews.ReviewShown, pb.GetReviewResponse)
LIST_REVIEWS = Mapper(reviews.ListReviews, pb.ListReviewsRequest)
RATING = Mapper(DistributorRating, pb.DistributorRating)
RATE = Mapper(ratings.RateDistributor, pb.RateDistributorRequest)
GET_SUMMARY = Mapper(ratings.GetRatingSummary, pb.GetRatingSummaryRequest)
SUMMARY = Mapper(RatingSummary, pb.RatingSummary)
