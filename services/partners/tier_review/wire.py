"""Protobuf to commands; memberships, progress and tier history to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.tier_review.domain.enrolment import Enrolment, TierChange
from services.partners.tier_review.usecases import enrolments, progress

ENROLMENT = Mapper(Enrolment, pb.Enrolment)
CHANGE = Mapper(TierChange, pb.TierChange)
PROGRESS = Mapper(progress.TierProgress, pb.GetTierProgressResponse)
ENROLL = Mapper(enrolments.Enroll, pb.EnrollRequest)
END = Mapper(enrolments.EndEnrolment, pb.EndEnrolmentRequest)
WITHDRAW_END = Mapper(enrolments.WithdrawEnrolmentEnd, pb.WithdrawEnrolmentEndRequest)
CONFIRM = Mapper(enrolments.ConfirmPromotion, pb.ConfirmPromotionRequest)
OVERRIDE = Mapper(enrolments.OverrideTier, pb.OverrideTierRequest)
LIST = Mapper(enrolments.ListEnrolments, pb.ListEnrolmentsRequest)
LIST_HISTORY = Mapper(enrolments.ListTierHistory, pb.ListTierHistoryRequest)
GET_PROGRESS = Mapper(progress.GetTierProgress, pb.GetTierProgressRequest)
